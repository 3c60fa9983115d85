using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Wage.Numbers;

namespace Wage.Backends.Host;

/// <summary>One window of a pooling, all channels of it.</summary>
internal static unsafe class PoolingWindow
{
    /// <summary>The offset of element k, row-major, from the window's first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Element(in PoolGeometry g, int k) => (((k / g.WindowWidth) * g.Width) + (k % g.WindowWidth)) * g.Channels;

    /// <summary>y = the maximum, position = the first k that has it, for every channel.</summary>
    public static void Maximum<T>(T* x, in PoolGeometry g, T* y, byte* position)
        where T : unmanaged, IBinaryInteger<T>
    {
        var c = 0;
        for (; c + Vector256<T>.Count <= g.Channels; c += Vector256<T>.Count)
        {
            var best = Vector256.Load(x + c);
            var first = Vector256<T>.Zero;
            var k = 0;
            for (var row = 0; row < g.WindowHeight; row++)
            {
                var from = x + c + ((long)row * g.Width * g.Channels);
                for (var column = 0; column < g.WindowWidth; column++, k++, from += g.Channels)
                {
                    var value = Vector256.Load(from);
                    first = Vector256.ConditionalSelect(Vector256.GreaterThan(value, best), Vector256.Create(T.CreateTruncating(k)), first);
                    best = Vector256.Max(best, value);
                }
            }

            best.Store(y + c);
            StoreBytes(first, position + c);
        }

        for (; c < g.Channels; c++)
        {
            var (best, first) = (x[c], 0);
            for (var k = 1; k < g.Window; k++)
            {
                var value = x[Element(g, k) + c];
                if (value > best) (best, first) = (value, k);
            }

            (y[c], position[c]) = (best, (byte)first);
        }
    }

    /// <summary>One image's errors, saturated, to the maxima of windows that do not overlap; 0 elsewhere.</summary>
    public static void Scatter<T>(T* e, byte* position, in PoolGeometry g, T limit, T* image)
        where T : unmanaged, IBinaryInteger<T>
    {
        var covered = g.Stride == g.WindowHeight && g.Stride == g.WindowWidth && g.Height % g.Stride == 0 && g.Width % g.Stride == 0;
        if (!covered) new Span<T>(image, g.Height * g.Width * g.Channels).Clear();
        var bound = Vector256.Create(limit);
        for (var row = 0; row < g.OutputHeight; row++)
        {
            for (var column = 0; column < g.OutputWidth; column++, e += g.Channels, position += g.Channels)
            {
                var window = image + (((long)row * g.Stride * g.Width) + ((long)column * g.Stride)) * g.Channels;
                var c = 0;
                for (; c + Vector256<T>.Count <= g.Channels; c += Vector256<T>.Count)
                {
                    var value = Vector256.Max(Vector256.Min(Vector256.Load(e + c), bound), -bound);
                    var first = LoadBytes<T>(position + c);
                    for (var k = 0; k < g.Window; k++)
                        (value & Vector256.Equals(first, Vector256.Create(T.CreateTruncating(k)))).Store(window + Element(g, k) + c);
                }

                for (; c < g.Channels; c++)
                {
                    for (var k = 0; k < g.Window; k++) window[Element(g, k) + c] = T.Zero;
                    window[Element(g, position[c]) + c] = T.Clamp(e[c], -limit, limit);
                }
            }
        }
    }

    /// <summary>One image's errors, saturated, to every element of windows that do not overlap; 0 elsewhere.</summary>
    public static void Spread<T>(T* e, in PoolGeometry g, T limit, T* image)
        where T : unmanaged, IBinaryInteger<T>
    {
        new Span<T>(image, g.Height * g.Width * g.Channels).Clear();
        for (var row = 0; row < g.OutputHeight; row++)
        {
            for (var column = 0; column < g.OutputWidth; column++, e += g.Channels)
            {
                var window = image + (((long)row * g.Stride * g.Width) + ((long)column * g.Stride)) * g.Channels;
                for (var c = 0; c < g.Channels; c++) window[c] = T.Clamp(e[c], -limit, limit);
                for (var k = 1; k < g.Window; k++) new Span<T>(window, g.Channels).CopyTo(new Span<T>(window + Element(g, k), g.Channels));
            }
        }
    }

    /// <summary>The sums over a window of the first so many channels, whole vectors.</summary>
    public static void Sums(int* x, in PoolGeometry g, int channels, long* sums)
    {
        for (var c = 0; c < channels; c += Vector256<int>.Count)
        {
            Vector256<long> low = default, high = default;
            for (var row = 0; row < g.WindowHeight; row++)
            {
                var from = x + c + ((long)row * g.Width * g.Channels);
                for (var column = 0; column < g.WindowWidth; column++, from += g.Channels)
                {
                    var (lower, upper) = Vector256.Widen(Vector256.Load(from));
                    low += lower;
                    high += upper;
                }
            }

            low.Store(sums + c);
            high.Store(sums + c + Vector256<long>.Count);
        }
    }

    /// <summary>One image's errors added to sums: at the windows' maxima, or at every element where no position is given.</summary>
    public static void Sum<T>(T* e, byte* position, in PoolGeometry g, long* sums)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (var row = 0; row < g.OutputHeight; row++)
        {
            for (var column = 0; column < g.OutputWidth; column++)
            {
                var window = sums + (((long)row * g.Stride * g.Width) + ((long)column * g.Stride)) * g.Channels;
                for (var c = 0; c < g.Channels; c++)
                {
                    var value = long.CreateTruncating(*e++);
                    if (position is not null) Gain<T>(ref window[Element(g, *position++) + c], value);
                    else for (var k = 0; k < g.Window; k++) Gain<T>(ref window[Element(g, k) + c], value);
                }
            }
        }
    }

    /// <summary>Fewer than 2^31 windows read an element, so only errors of 64 bits can add up to more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Gain<T>(ref long sum, long value)
        where T : unmanaged => sum = sizeof(T) == sizeof(long) ? FixedPoint.AddSaturated(sum, value) : sum + value;

    /// <summary>Byte i from lane i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreBytes<T>(Vector256<T> lanes, byte* to)
        where T : unmanaged
    {
        if (sizeof(T) == 1)
        {
            lanes.AsByte().Store(to);
        }
        else if (sizeof(T) == sizeof(short))
        {
            var narrow = lanes.AsUInt16();
            Vector128.Narrow(narrow.GetLower(), narrow.GetUpper()).Store(to);
        }
        else if (sizeof(T) == sizeof(int))
        {
            var narrow = Vector128.Narrow(lanes.AsUInt32().GetLower(), lanes.AsUInt32().GetUpper());
            Vector128.Narrow(narrow, narrow).GetLower().Store(to);
        }
        else
        {
            for (var i = 0; i < Vector256<T>.Count; i++) to[i] = (byte)lanes.AsUInt64()[i];
        }
    }

    /// <summary>Lane i from byte i; equal bytes give equal lanes, and lane values are what T.CreateTruncating makes of the byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> LoadBytes<T>(byte* from)
        where T : unmanaged
    {
        if (sizeof(T) == 1) return Vector256.Load(from).As<byte, T>();
        if (sizeof(T) == sizeof(short)) return Vector256.WidenLower(Vector128.Load(from).ToVector256Unsafe()).As<ushort, T>();
        if (sizeof(T) == sizeof(int))
        {
            var words = Vector128.WidenLower(Vector64.Load(from).ToVector128Unsafe());
            return Vector256.WidenLower(words.ToVector256Unsafe()).As<uint, T>();
        }

        return Vector256.Create(from[0], from[1], from[2], (ulong)from[3]).As<ulong, T>();
    }
}
