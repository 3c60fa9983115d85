using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Wage.Backends.Host;

/// <summary>4 G g G' of a panel of 16 columns: [point][panel][pair of terms][16][2], what <see cref="WinogradProduct"/> multiplies by.</summary>
internal static unsafe class WinogradWeights
{
    private const int Points = WinogradProduct.Points;

    /// <summary>Columns are filters, w[filter][3][3][channel], terms their channels.</summary>
    /// <param name="w">The weights.</param>
    /// <param name="channels">Terms.</param>
    /// <param name="product">Whose panels are written.</param>
    /// <param name="panel">Which.</param>
    /// <param name="kept">Room for [point][16][channels].</param>
    public static void Pack(sbyte* w, int channels, in TileProduct product, int panel, short* kept)
    {
        var from = w + ((long)panel * TileLoop.Columns * 9 * channels);
        var step = TileLoop.Columns * channels;
        for (var filter = 0; filter < TileLoop.Columns; filter++, from += 9 * channels)
        {
            for (var c = 0; c < channels; c += Lanes.Count)
                Transform(from + c, channels, kept + (filter * channels) + c, step);
        }

        for (var point = 0; point < Points; point++)
            Packing.Transpose(kept + (point * step), channels, TileLoop.Columns, channels, Panel(product, panel, point, channels));
    }

    /// <summary>Columns are channels, w[filter][3][3][channel] read from the last tap to the first, terms the filters.</summary>
    /// <param name="w">The weights.</param>
    /// <param name="filters">Terms.</param>
    /// <param name="product">Whose panels are written.</param>
    /// <param name="panel">Which.</param>
    /// <param name="kept">Room for [2][point][16].</param>
    public static void PackMirrored(sbyte* w, int filters, in TileProduct product, int panel, short* kept)
    {
        var (channels, half) = (product.Columns, Points * TileLoop.Columns);
        for (var filter = 0; filter < filters; filter += 2)
        {
            for (var i = 0; i < 2; i++)
                Transform(w + ((((filter + i) * 9L) + 8) * channels) + (panel * TileLoop.Columns), -channels, kept + (i * half), TileLoop.Columns);
            for (var point = 0; point < Points; point++)
            {
                var first = kept + (point * TileLoop.Columns);
                var to = Panel(product, panel, point, filters) + (filter * TileLoop.Columns);
                Packing.Interleave(first, first + half, TileLoop.Columns, to, TileLoop.Columns);
            }
        }
    }

    private static short* Panel(in TileProduct product, int panel, int point, int terms) =>
        (short*)product.Panels + ((((nint)point * product.Columns) + (panel * TileLoop.Columns)) * terms);

    /// <summary>Sixteen filters' or channels' taps, <paramref name="tap"/> elements apart, to their places, <paramref name="step"/> apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transform(sbyte* taps, nint tap, short* to, nint step)
    {
        var columns = stackalloc short[4 * 3 * Lanes.Count];
        for (var x = 0; x < 3; x++)
        {
            Four(
                Lanes.LoadWords(taps + (x * tap)), Lanes.LoadWords(taps + ((3 + x) * tap)), Lanes.LoadWords(taps + ((6 + x) * tap)),
                columns + (x * Lanes.Count), 3 * Lanes.Count);
        }

        for (var y = 0; y < 4; y++, columns += 3 * Lanes.Count, to += 4 * step)
            Four(Vector256.Load(columns), Vector256.Load(columns + Lanes.Count), Vector256.Load(columns + (2 * Lanes.Count)), to, step);
    }

    /// <summary>2 G (g0, g1, g2).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(Vector256<short> g0, Vector256<short> g1, Vector256<short> g2, short* to, nint step)
    {
        var outer = g0 + g2;
        (g0 + g0).Store(to);
        (outer + g1).Store(to + step);
        (outer - g1).Store(to + (2 * step));
        (g2 + g2).Store(to + (3 * step));
    }
}
