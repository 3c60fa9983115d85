using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Wage.Backends.Host;

/// <summary>Brings int8 and int16 tensors into the layouts that <see cref="TileProduct"/> reads.</summary>
internal static unsafe class Packing
{
    /// <summary>
    /// Copies an image [height, width, channels] into a plane [planeHeight, planeWidth, channels] of int16: pixel (y, x) goes to (y * dilation + top,
    /// x * dilation + left), pixels that land outside are left out, all else is 0.
    /// </summary>
    public static void Plane<T>(
        T* image, int height, int width, int channels, short* plane, int planeHeight, int planeWidth, int top, int left, int dilation)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (height != planeHeight || width != planeWidth || top != 0 || left != 0 || dilation != 1)
            new Span<short>(plane, planeHeight * planeWidth * channels).Clear();
        var first = left >= 0 ? 0 : (-left + dilation - 1) / dilation;
        var last = Math.Min(width, planeWidth - left <= 0 ? 0 : (planeWidth - left + dilation - 1) / dilation);
        if (first >= last) return;
        for (var y = 0; y < height; y++)
        {
            var row = (y * dilation) + top;
            if (row < 0 || row >= planeHeight) continue;
            var from = image + ((((long)y * width) + first) * channels);
            var to = plane + ((((long)row * planeWidth) + (first * dilation) + left) * channels);
            if (dilation == 1)
            {
                Widen(from, to, (last - first) * channels);
                continue;
            }

            for (var x = first; x < last; x++, from += channels, to += (long)dilation * channels) Widen(from, to, channels);
        }
    }

    /// <summary>Copies n values, int8 or int16, to int16.</summary>
    public static void Widen<T>(T* from, short* to, int n)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (typeof(T) == typeof(short))
        {
            new ReadOnlySpan<short>(from, n).CopyTo(new Span<short>(to, n));
            return;
        }

        var i = 0;
        if (typeof(T) == typeof(sbyte))
            for (; i + 16 <= n; i += 16) Load16((sbyte*)from + i).Store(to + i);
        for (; i < n; i++) to[i] = short.CreateTruncating(from[i]);
    }

    /// <summary>
    /// to[i] = (first[i], second[i]) for i below n, and zeros up to <paramref name="width"/>; a missing second is 0. The rows of a pair become one
    /// row of pairs.
    /// </summary>
    public static void Interleave<T>(T* first, T* second, int n, short* to, int width)
        where T : unmanaged, IBinaryInteger<T>
    {
        var i = 0;
        for (; i + 16 <= n; i += 16)
        {
            var x = Load16(first + i);
            var y = second is null ? Vector256<short>.Zero : Load16(second + i);
            var (low, high) = Zip(x, y);
            low.Store(to + (2 * i));
            high.Store(to + (2 * i) + 16);
        }

        for (; i < n; i++)
        {
            to[2 * i] = short.CreateTruncating(first[i]);
            to[(2 * i) + 1] = second is null ? (short)0 : short.CreateTruncating(second[i]);
        }

        if (i < width) new Span<short>(to + (2 * i), 2 * (width - i)).Clear();
    }

    /// <summary>
    /// One run of a panel from rows: to[pair][j] = (rows[j][2 pair], rows[j][2 pair + 1]), row j at from + j * step for j below
    /// <paramref name="columns"/>, 0 beyond it and beyond n terms.
    /// </summary>
    public static void Transpose<T>(T* from, nint step, int columns, int n, short* to)
        where T : unmanaged, IBinaryInteger<T>
    {
        var pairs = n / 2;
        for (var j = 0; j < columns; j++)
        {
            var row = from + (j * step);
            var column = (int*)to + j;
            for (var p = 0; p < pairs; p++)
                column[p * TileLoop.Columns] = (int.CreateTruncating(row[2 * p]) & 0xFFFF) | (int.CreateTruncating(row[(2 * p) + 1]) << 16);
            if ((n & 1) != 0) column[pairs * TileLoop.Columns] = int.CreateTruncating(row[n - 1]) & 0xFFFF;
        }

        for (var j = columns; j < TileLoop.Columns; j++)
            for (var p = 0; p < TileProduct.Pairs(n); p++) ((int*)to)[(p * TileLoop.Columns) + j] = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Load16<T>(T* from)
        where T : unmanaged
    {
        if (typeof(T) == typeof(short)) return Vector256.Load((short*)from);
        var (low, high) = Vector128.Widen(Vector128.Load((sbyte*)from));
        return Vector256.Create(low, high);
    }

    /// <summary>x0 y0 x1 y1 ... as two vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<short> Low, Vector256<short> High) Zip(Vector256<short> x, Vector256<short> y)
    {
        var (xLow, xHigh) = Vector256.Widen(x);
        var (yLow, yHigh) = Vector256.Widen(y);
        var mask = Vector256.Create(0xFFFF);
        return (((xLow & mask) | (yLow << 16)).AsInt16(), ((xHigh & mask) | (yHigh << 16)).AsInt16());
    }
}
