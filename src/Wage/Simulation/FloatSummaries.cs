using Wage.Numbers;
using Wage.Observation;
using Wage.Simulation.Conversion;

namespace Wage.Simulation;

/// <summary>Where the channels of a tensor lie.</summary>
internal enum FloatChannelsOf
{
    /// <summary>They do not count.</summary>
    None,

    /// <summary>[filters, terms]: weights.</summary>
    Rows,

    /// <summary>[..., channels]: activations.</summary>
    Columns,
}

/// <summary>What observers are told of a tensor besides its values: counts of its codes and its channels. Observed steps alone make them.</summary>
internal static class FloatSummaries
{
    /// <summary>What became of values.</summary>
    /// <param name="x">What entered the quantizer.</param>
    /// <param name="y">What left it: values of codes.</param>
    /// <param name="bits">k.</param>
    /// <param name="grids">One, or one for each of as many equal parts.</param>
    public static CodeSummary Codes(ReadOnlySpan<float> x, ReadOnlySpan<float> y, int bits, ReadOnlySpan<AffineGrid> grids)
    {
        var (first, codes) = (grids[0], 0);
        var (least, greatest, scales, zeroPoints) = (
            first.Least, first.Greatest, (Least: first.Scale, Greatest: first.Scale), (Least: first.ZeroPoint, Greatest: first.ZeroPoint));
        var (saturated, underflowed, used) = (0L, 0L, new bool[1 << AffineGrid.MostBits]);
        var length = x.Length / grids.Length;
        for (var g = 0; g < grids.Length; g++)
        {
            var grid = grids[g];
            codes = Math.Max(codes, grid.Codes.High - grid.Codes.Low + 1);
            (least, greatest) = (Math.Min(least, grid.Least), Math.Max(greatest, grid.Greatest));
            scales = (Math.Min(scales.Least, grid.Scale), Math.Max(scales.Greatest, grid.Scale));
            zeroPoints = (Math.Min(zeroPoints.Least, grid.ZeroPoint), Math.Max(zeroPoints.Greatest, grid.ZeroPoint));
            var (below, above, scale) = (grid.Least - (0.5 * grid.Scale), grid.Greatest + (0.5 * grid.Scale), (double)grid.Scale);
            for (var i = g * length; i < (g + 1) * length; i++)
            {
                if (!(x[i] >= below && x[i] <= above)) saturated++;
                if (x[i] != 0 && y[i] == 0) underflowed++;
                used[(int)Math.Round(y[i] / scale) + grid.ZeroPoint + (1 << (AffineGrid.MostBits - 1))] = true;
            }
        }

        return new CodeSummary
        {
            Bits = bits,
            Codes = codes,
            Used = used.Count(one => one),
            Saturated = saturated,
            Underflowed = underflowed,
            Least = Exact(least),
            Greatest = Exact(greatest),
            Scale = (Exact(scales.Least), Exact(scales.Greatest)),
            ZeroPoint = zeroPoints,
            Grids = grids.Length,
        };
    }

    /// <summary>How the channels of a tensor compare; null where they do not count. What is not finite reaches as far as a float can.</summary>
    /// <param name="x">What entered the quantizer: whose reach counts.</param>
    /// <param name="y">What left it: which channels are 0; x where there is none.</param>
    /// <param name="of">Where they lie.</param>
    /// <param name="clip">The bound of the ReLU6 that made it.</param>
    public static ChannelSummary? Channels(FloatTensor x, FloatTensor y, FloatChannelsOf of, float? clip)
    {
        if (of == FloatChannelsOf.None) return null;
        var (count, length) = (of == FloatChannelsOf.Rows ? x.Shape[0] : x.Shape[x.Shape.Rank - 1], x.Span.Length);
        var (reach, alive, terms) = (new float[count], new bool[count], length / count);
        ReadOnlySpan<float> entered = x.Span, left = y.Span;
        for (var i = 0; i < length; i++)
        {
            var c = of == FloatChannelsOf.Rows ? i / terms : i % count;
            reach[c] = Math.Max(reach[c], float.IsFinite(entered[i]) ? Math.Abs(entered[i]) : float.MaxValue);
            alive[c] |= left[i] != 0;
        }

        var widest = reach.Index().MaxBy(channel => channel.Item).Index;
        float[] others = [.. reach.Where((magnitude, c) => c != widest && magnitude > 0).Order()];
        var dead = Array.IndexOf(alive, false);
        return new ChannelSummary
        {
            Count = count,
            Dead = alive.Count(one => !one),
            FirstDead = dead < 0 ? null : dead,
            Widest = widest,
            Reach = Exact(reach[widest]),
            Median = Exact(others.Length == 0 ? 0 : others[(others.Length - 1) / 2]),
            Clip = clip is { } bound ? Exact(bound) : null,
        };
    }

    /// <summary>The least and the greatest magnitude.</summary>
    public static (BinaryNumber Least, BinaryNumber Greatest) Ends(ReadOnlySpan<double> values)
    {
        var (least, greatest) = (double.PositiveInfinity, 0.0);
        foreach (var value in values) (least, greatest) = (Math.Min(least, Math.Abs(value)), Math.Max(greatest, Math.Abs(value)));
        return (Exact((float)least), Exact((float)greatest));
    }

    /// <summary>As an integer and a power of two; the value is finite.</summary>
    public static BinaryNumber Exact(double value)
    {
        if (value == 0) return default;
        var exponent = Math.ILogB(value) - 52;
        return new BinaryNumber((long)Math.ScaleB(value, -exponent), exponent);
    }
}
