using ILGPU;
using Wage.Gpu.Kernels;

namespace Wage.Gpu.TensorCores;

/// <summary>Element by element, from one layout to another.</summary>
internal static class PreparationKernels
{
    /// <summary>[rows, channels] to [rows, padded] with zeros.</summary>
    public static void Pad(ArrayView<byte> source, ArrayView<byte> target, int channels, int padded, int length)
    {
        for (var at = Threads.First; at < length; at += Threads.Step)
        {
            var i = (int)at;
            var row = i / padded;
            var c = i - (row * padded);
            target[i] = c < channels ? source[(row * channels) + c] : (byte)0;
        }
    }

    /// <summary>[filters, taps, channels] to [channels, taps from the last to the first, padded] with zeros.</summary>
    public static void Turn(ArrayView<byte> source, ArrayView<byte> target, int filters, int padded, int taps, int channels, int length)
    {
        for (var at = Threads.First; at < length; at += Threads.Step)
        {
            var i = (int)at;
            var row = i / padded;
            var f = i - (row * padded);
            var c = row / taps;
            var tap = taps - 1 - (row - (c * taps));
            target[i] = f < filters ? source[(((f * taps) + tap) * channels) + c] : (byte)0;
        }
    }

    /// <summary>Int32 [rows, padded] to [rows, channels].</summary>
    public static void Crop(ArrayView<byte> source, ArrayView<byte> target, int padded, int channels, int length)
    {
        var (from, to) = (source.Cast<int>(), target.Cast<int>());
        for (var at = Threads.First; at < length; at += Threads.Step)
        {
            var i = (int)at;
            var row = i / channels;
            to[i] = from[(row * padded) + i - (row * channels)];
        }
    }
}
