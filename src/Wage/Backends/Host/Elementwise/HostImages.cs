using Wage.Data;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>Batches of images.</summary>
internal sealed class HostImages(HostEngine engine)
{
    /// <inheritdoc cref="IBackend.LoadImages"/>
    public void Load(Tensor pixels, Tensor order, int offset, Tensor table, in Augmentation augmentation, in RandomKey key, Tensor images)
    {
        HostEngine.Require(table, 256);
        HostEngine.Require(pixels, (long)pixels.Shape[0] * images.Shape.Stride);
        var (source, indices, map, to) = ((HostTensor<byte>)pixels, (HostTensor<int>)order, (HostTensor<sbyte>)table, (HostTensor<sbyte>)images);
        var (moves, bits) = (augmentation, key);
        engine.Pool.Run(images.Shape[0], (source, indices, map, to, moves, bits, offset), static (in s, n, _) =>
        {
            var (position, length) = (s.offset + n, s.to.Shape.Stride);
            var index = position < s.indices.Length ? s.indices.Span[position] : -1;
            if (index >= s.source.Shape[0]) throw new IndexOutOfRangeException($"image {index} of {s.source.Shape[0]}");
            var image = s.to.Span.Slice(n * length, length);
            if (index < 0) image.Clear();
            else Move(s.source.Span.Slice(index * length, length), s.moves.Draw(s.bits, (ulong)position), s.map.Span, s.to.Shape, image);
        });
    }

    /// <summary>
    /// Pixel (row, column) is the table's value of the source's (row + dy, column + dx), the columns mirrored first; 0 outside.
    /// </summary>
    private static void Move(ReadOnlySpan<byte> pixels, (int Dy, int Dx, bool Flip) by, ReadOnlySpan<sbyte> map, in Shape shape, Span<sbyte> image)
    {
        var (height, width, channels) = (shape[1], shape[2], shape[3]);
        if (by == (0, 0, false))
        {
            Look(pixels, map, image);
            return;
        }

        var stride = width * channels;
        var (first, last) = (Math.Clamp(-by.Dx, 0, width), Math.Clamp(width - by.Dx, 0, width));
        for (var row = 0; row < height; row++)
        {
            var to = image.Slice(row * stride, stride);
            to.Clear();
            var from = row + by.Dy;
            if (from < 0 || from >= height || first >= last) continue;
            var seen = pixels.Slice((from * stride) + ((first + by.Dx) * channels), (last - first) * channels);
            if (by.Flip) Mirror(seen, map, channels, to.Slice((width - last) * channels, seen.Length));
            else Look(seen, map, to.Slice(first * channels, seen.Length));
        }
    }

    /// <summary>Each byte's value. By pointers: the bounds of table and rows, checked for every pixel, took most of the time.</summary>
    private static unsafe void Look(ReadOnlySpan<byte> from, ReadOnlySpan<sbyte> map, Span<sbyte> to)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(from.Length, to.Length);
        fixed (byte* x = from)
        fixed (sbyte* values = map, y = to)
        {
            for (var i = 0; i < to.Length; i++) y[i] = values[x[i]];
        }
    }

    /// <summary>The same with the pixels' order turned round, each pixel's channels in theirs.</summary>
    private static unsafe void Mirror(ReadOnlySpan<byte> from, ReadOnlySpan<sbyte> map, int channels, Span<sbyte> to)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(from.Length, to.Length);
        fixed (byte* x = from)
        fixed (sbyte* values = map, y = to)
        {
            for (var pixel = 0; pixel < to.Length; pixel += channels)
            {
                for (var c = 0; c < channels; c++) y[pixel + c] = values[x[to.Length - channels - pixel + c]];
            }
        }
    }
}
