using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Wage.Backends.Host;

/// <summary>
/// The places of neighbouring tiles as pairs of int16, [point][..][pair][16][2], what <see cref="WinogradGradient"/> multiplies. The zips are
/// those of halves of 128 bits: of 16 channels or filters the second four and the third are exchanged (<see cref="Place"/>).
/// </summary>
internal static unsafe class WinogradSpread
{
    /// <summary>Where channel or filter i is found, and which one is found at i.</summary>
    public static int Place(int i) => (i & 12) is 4 or 8 ? i ^ 12 : i;

    /// <summary>v[point][pair][channels / 16][16][2] = B' d B of the two tiles of some pairs, in the order of padded images.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Inputs(short* planes, in PlaneGeometry p, int firstPair, int pairs, short* v)
    {
        var (channels, pitch, width) = ((nint)p.Channels, (nint)p.PlaneWidth * p.Channels, p.OutputWidth / 4);
        var (perImage, point) = (p.OutputHeight / 2 * width, (nint)pairs * 2 * channels);
        for (var pair = firstPair; pair < firstPair + pairs; pair++)
        {
            var (image, place) = Math.DivRem(pair, perImage);
            var (row, column) = Math.DivRem(place, width);
            var from = planes + ((nint)image * p.PlaneLength) + (2 * row * pitch) + (4 * column * channels);
            for (var end = from + channels; from < end; from += Lanes.Count, v += 2 * Lanes.Count)
            {
                Line(from, from + (2 * pitch), channels, false, v, point);
                Line(from + pitch, from + (2 * pitch), channels, true, v + (4 * point), point);
                Line(from + (2 * pitch), from + pitch, channels, false, v + (8 * point), point);
                Line(from + pitch, from + (3 * pitch), channels, false, v + (12 * point), point);
            }
        }
    }

    /// <summary>
    /// t[point][panel][pair][16][2] = A e A' of the two tiles of some pairs, the last line and the last column of A e A' negated, for which
    /// <see cref="WinogradSums"/> subtracts what it would add.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Errors(sbyte* errors, in PlaneGeometry p, int filters, int firstPair, int pairs, short* t)
    {
        var (width, line) = (p.OutputWidth / 4, (nint)p.OutputWidth * filters);
        var (panel, point) = ((nint)pairs * TileLoop.PairLength, (nint)pairs * 2 * filters);
        for (var pair = firstPair; pair < firstPair + pairs; pair++, t += TileLoop.PairLength)
        {
            var (row, column) = Math.DivRem(pair, width);
            var from = errors + (2 * row * line) + (4 * (nint)column * filters);
            var to = t;
            for (var end = from + filters; from < end; from += TileLoop.Columns, to += panel)
            {
                var (a0, a1) = (Lanes.LoadWords(from), Lanes.LoadWords(from + filters));
                var (a2, a3) = (Lanes.LoadWords(from + (2 * (nint)filters)), Lanes.LoadWords(from + (3 * (nint)filters)));
                var lower = from + line;
                var (b0, b1) = (Lanes.LoadWords(lower), Lanes.LoadWords(lower + filters));
                var (b2, b3) = (Lanes.LoadWords(lower + (2 * (nint)filters)), Lanes.LoadWords(lower + (3 * (nint)filters)));
                Four(a0, a1, a2, a3, to, point);
                Four(a0 + b0, a1 + b1, a2 + b2, a3 + b3, to + (4 * point), point);
                Four(a0 - b0, a1 - b1, a2 - b2, a3 - b3, to + (8 * point), point);
                Four(b0, b1, b2, b3, to + (12 * point), point);
            }
        }
    }

    /// <summary>A line of B' d of six columns, the sum or the difference of two lines of d, times B: four places of two tiles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Line(short* a, short* b, nint pixel, bool isSum, short* to, nint point)
    {
        var (d0, d1, d2) = (Of(a, b, isSum), Of(a + pixel, b + pixel, isSum), Of(a + (2 * pixel), b + (2 * pixel), isSum));
        a += 3 * pixel;
        b += 3 * pixel;
        var (d3, d4, d5) = (Of(a, b, isSum), Of(a + pixel, b + pixel, isSum), Of(a + (2 * pixel), b + (2 * pixel), isSum));
        Zip(d0 - d2, d2 - d4, to);
        Zip(d1 + d2, d3 + d4, to + point);
        Zip(d2 - d1, d4 - d3, to + (2 * point));
        Zip(d1 - d3, d3 - d5, to + (3 * point));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Of(short* a, short* b, bool isSum) =>
        isSum ? Vector256.Load(a) + Vector256.Load(b) : Vector256.Load(a) - Vector256.Load(b);

    /// <summary>A line of errors of two tiles: four places of each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(Vector256<short> x0, Vector256<short> x1, Vector256<short> x2, Vector256<short> x3, short* to, nint point)
    {
        Zip(x0, x2, to);
        Zip(x0 + x1, x2 + x3, to + point);
        Zip(x0 - x1, x2 - x3, to + (2 * point));
        Zip(x1, x3, to + (3 * point));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Zip(Vector256<short> first, Vector256<short> second, short* to)
    {
        Avx2.UnpackLow(first, second).Store(to);
        Avx2.UnpackHigh(first, second).Store(to + Lanes.Count);
    }
}
