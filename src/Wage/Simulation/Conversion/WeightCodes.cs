namespace Wage.Simulation.Conversion;

/// <summary>A layer's weights as codes: one grid for all, or one for each filter, which is the output channel.</summary>
/// <param name="Codes">[filters, terms].</param>
/// <param name="Grids">One, or one a filter.</param>
internal sealed record WeightCodes(sbyte[] Codes, AffineGrid[] Grids)
{
    /// <summary>Codes around 0: Z = 0.</summary>
    /// <param name="layer">Its name, for errors.</param>
    /// <param name="weights">[filters, terms].</param>
    /// <param name="filters">The filters.</param>
    /// <param name="bits">2 to 8.</param>
    /// <param name="perChannel">A grid for each filter.</param>
    public static WeightCodes Symmetric(string layer, ReadOnlySpan<float> weights, int filters, int bits, bool perChannel) =>
        Of(weights, filters, perChannel, (least, most) => AffineGrid.Symmetric(layer, Math.Max(-least, most), bits));

    /// <summary>Codes with zero points, whose least is left out.</summary>
    /// <inheritdoc cref="Symmetric"/>
    public static WeightCodes Asymmetric(string layer, ReadOnlySpan<float> weights, int filters, int bits, bool perChannel) =>
        Of(weights, filters, perChannel, (least, most) => AffineGrid.Asymmetric(layer, least, most, bits));

    /// <summary>S of each grid.</summary>
    public float[] Scales => Array.ConvertAll(Grids, grid => grid.Scale);

    private static WeightCodes Of(ReadOnlySpan<float> weights, int filters, bool perChannel, Func<float, float, AffineGrid> grid)
    {
        var (codes, grids) = (new sbyte[weights.Length], new AffineGrid[perChannel ? filters : 1]);
        var terms = weights.Length / grids.Length;
        for (var i = 0; i < grids.Length; i++)
        {
            var part = weights.Slice(i * terms, terms);
            var (least, most) = (float.PositiveInfinity, float.NegativeInfinity);
            foreach (var w in part) (least, most) = (Math.Min(least, w), Math.Max(most, w));
            grids[i] = grid(least, most);
            grids[i].Quantize(part, codes.AsSpan(i * terms, terms));
        }

        return new WeightCodes(codes, grids);
    }
}
