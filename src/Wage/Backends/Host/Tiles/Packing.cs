using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Wage.Backends.Host;

/// <summary>Brings int8 and int16 tensors into the layouts that <see cref="TileProduct"/> reads.</summary>
internal static unsafe class Packing
{
    /// <summary>
    /// Copies an image [height, width, channels] into a plane [planeHeight, planeWidth, channels] of int16 or of bytes: pixel (y, x)
    /// goes to (y * dilation + top, x * dilation + left), pixels that land outside are left out, all else is
    /// <paramref name="outside"/>. Bytes are combined with <paramref name="zero"/>, their bias, by exclusive or.
    /// </summary>
    public static void Plane<T, TPlane>(
        T* image, int height, int width, int channels, TPlane* plane, int planeHeight, int planeWidth, int top, int left, int dilation, TPlane zero,
        TPlane outside)
        where T : unmanaged, IBinaryInteger<T>
        where TPlane : unmanaged, IBinaryInteger<TPlane>
    {
        if (height != planeHeight || width != planeWidth || top != 0 || left != 0 || dilation != 1)
            new Span<TPlane>(plane, planeHeight * planeWidth * channels).Fill(outside);
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
                Convert(from, to, (last - first) * channels, zero);
                continue;
            }

            for (var x = first; x < last; x++, from += channels, to += (long)dilation * channels) Convert(from, to, channels, zero);
        }
    }

    private static void Convert<T, TPlane>(T* from, TPlane* to, int n, TPlane zero)
        where T : unmanaged, IBinaryInteger<T>
        where TPlane : unmanaged, IBinaryInteger<TPlane>
    {
        if (typeof(TPlane) == typeof(short)) Widen(from, (short*)to, n);
        else QuadPacking.Biased((sbyte*)from, (byte*)to, n, byte.CreateTruncating(zero));
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
            for (; i + 16 <= n; i += 16) Lanes.LoadWords((sbyte*)from + i).Store(to + i);
        for (; i < n; i++) to[i] = short.CreateTruncating(from[i]);
    }

    /// <summary>
    /// to[i] = (first[i], second[i]) for i below n, and zeros up to <paramref name="width"/>; a missing second is 0. The rows of a pair
    /// become one row of pairs.
    /// </summary>
    public static void Interleave<T>(T* first, T* second, int n, short* to, int width)
        where T : unmanaged, IBinaryInteger<T>
    {
        var i = 0;
        for (; i + 16 <= n; i += 16)
        {
            var x = Lanes.LoadWords(first + i);
            var y = second is null ? Vector256<short>.Zero : Lanes.LoadWords(second + i);
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
    /// One run of a panel from rows: to[pair][j] = (rows[j][2 pair], rows[j][2 pair + 1]), row j at from + j * step for j below <paramref
    /// name="columns"/>, 0 beyond it and beyond n terms.
    /// </summary>
    public static void Transpose<T>(T* from, nint step, int columns, int n, short* to)
        where T : unmanaged, IBinaryInteger<T>
    {
        var done = 0;
        if (Avx2.IsSupported && columns == TileLoop.Columns)
        {
            for (; done + 16 <= n; done += 16)
            {
                Transpose8(from + done, step, (int*)to + (done * TileLoop.Columns / 2));
                Transpose8(from + done + (8 * step), step, (int*)to + (done * TileLoop.Columns / 2) + 8);
            }
        }

        for (var j = 0; j < columns; j++)
        {
            var row = from + (j * step);
            var column = (int*)to + j;
            for (var p = done / 2; p < n / 2; p++)
                column[p * TileLoop.Columns] = (int.CreateTruncating(row[2 * p]) & 0xFFFF) | (int.CreateTruncating(row[(2 * p) + 1]) << 16);
            if ((n & 1) != 0) column[n / 2 * TileLoop.Columns] = int.CreateTruncating(row[n - 1]) & 0xFFFF;
        }

        for (var j = columns; j < TileLoop.Columns; j++)
            for (var p = 0; p < TileProduct.Pairs(n); p++) ((int*)to)[(p * TileLoop.Columns) + j] = 0;
    }

    /// <summary>
    /// Eight rows of eight words of 32 bits, <paramref name="step"/> elements apart: to[word][row], words TileLoop.Columns apart. A word is
    /// a pair of int16 to which T is widened, or, of unsigned bytes, a quad as it is.
    /// </summary>
    public static void Transpose8<T>(T* from, nint step, int* to)
        where T : unmanaged
    {
        var (r0, r1, r2, r3) = (Words(from), Words(from + step), Words(from + (2 * step)), Words(from + (3 * step)));
        from += 4 * step;
        var (r4, r5, r6, r7) = (Words(from), Words(from + step), Words(from + (2 * step)), Words(from + (3 * step)));
        Half(Avx2.UnpackLow(r0, r1), Avx2.UnpackLow(r2, r3), Avx2.UnpackLow(r4, r5), Avx2.UnpackLow(r6, r7), to);
        Half(Avx2.UnpackHigh(r0, r1), Avx2.UnpackHigh(r2, r3), Avx2.UnpackHigh(r4, r5), Avx2.UnpackHigh(r6, r7), to + (2 * TileLoop.Columns));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Words<T>(T* from)
        where T : unmanaged => typeof(T) == typeof(byte) ? Vector256.Load((int*)from) : Lanes.LoadWords(from).AsInt32();

    /// <summary>From rows (0,1), (2,3), (4,5), (6,7) zipped, the pairs 0, 1 of the lower lanes and 4, 5 of the upper.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Half(Vector256<int> r01, Vector256<int> r23, Vector256<int> r45, Vector256<int> r67, int* to)
    {
        var low = Avx2.UnpackLow(r01.AsInt64(), r23.AsInt64()).AsInt32();
        var lowRest = Avx2.UnpackLow(r45.AsInt64(), r67.AsInt64()).AsInt32();
        var high = Avx2.UnpackHigh(r01.AsInt64(), r23.AsInt64()).AsInt32();
        var highRest = Avx2.UnpackHigh(r45.AsInt64(), r67.AsInt64()).AsInt32();
        Avx2.Permute2x128(low, lowRest, 0x20).Store(to);
        Avx2.Permute2x128(high, highRest, 0x20).Store(to + TileLoop.Columns);
        Avx2.Permute2x128(low, lowRest, 0x31).Store(to + (4 * TileLoop.Columns));
        Avx2.Permute2x128(high, highRest, 0x31).Store(to + (5 * TileLoop.Columns));
    }

    /// <summary>x0 y0 x1 y1 ... as two vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<short> Low, Vector256<short> High) Zip(Vector256<short> x, Vector256<short> y)
    {
        if (Avx2.IsSupported)
        {
            var (even, odd) = (Avx2.UnpackLow(x, y), Avx2.UnpackHigh(x, y));
            return (Avx2.Permute2x128(even, odd, 0x20), Avx2.Permute2x128(even, odd, 0x31));
        }

        var (xLow, xHigh) = Vector256.Widen(x);
        var (yLow, yHigh) = Vector256.Widen(y);
        var mask = Vector256.Create(0xFFFF);
        return (((xLow & mask) | (yLow << 16)).AsInt16(), ((xHigh & mask) | (yHigh << 16)).AsInt16());
    }
}
