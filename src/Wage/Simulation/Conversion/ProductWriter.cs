using Wage.Backends;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Simulation.Layers;
using Wage.Simulation.Quantization;
using Wage.Tensors;

namespace Wage.Simulation.Conversion;

/// <summary>What conversion needs of a product: its extents, its weights as codes, and its bias.</summary>
/// <param name="Geometry">The extents.</param>
/// <param name="Codes">The weights.</param>
/// <param name="Bias">Of each filter; with a batch norm beta + gamma (b - mu) / sigma of the moving averages.</param>
internal sealed record ProductWeights(ConvGeometry Geometry, WeightCodes Codes, float[] Bias)
{
    /// <summary>Of a product without a batch norm.</summary>
    public static ProductWeights Of(FloatConvolution product)
    {
        var weights = product.Weights as FakeWeights ?? throw new WageException(
            $"{product.Name}: its weights have no codes.", "train with the scheme affine.");
        var bias = product.Bias?.Value.Span.ToArray() ?? new float[product.Geometry.Filters];
        return new ProductWeights(product.Geometry, weights.Quantizer.Codes(product.Weights.Parameter.Value), bias);
    }

    /// <summary>Of a product with the batch norm behind it.</summary>
    public static ProductWeights Of(FoldedConvolution product)
    {
        var (norm, weights, bias) = (product.Norm, product.Weights, new float[product.Product.Geometry.Filters]);
        for (var c = 0; c < bias.Length; c++)
        {
            double before = (product.Product.Bias?.Value.Span[c] ?? 0) - (double)norm.Mean.Values.Span[c];
            bias[c] = (float)(norm.Beta.Value.Span[c] + (norm.Gamma.Value.Span[c] * before / weights.Roots[c]));
        }

        return new ProductWeights(product.Product.Geometry, weights.Quantizer.Codes(weights.Folded), bias);
    }
}

/// <summary>Writes products into a plan: weights, biases, multipliers and shifts.</summary>
internal sealed class ProductWriter(PlanBuilder plan, MultiplierRounding rounding)
{
    private const StageReads All = StageReads.Start | StageReads.Multipliers | StageReads.Shifts;

    private readonly List<ConvertedWeights> weights = [];

    /// <summary>What was written.</summary>
    public IReadOnlyList<ConvertedWeights> Weights => weights;

    /// <summary>A product that ends in codes.</summary>
    public int Add(string name, ProductWeights product, Coded x, PoolGeometry? pool, AffineGrid grid, CodeRange clamp)
    {
        var (geometry, filters) = (product.Geometry with { Batch = 1 }, product.Geometry.Filters);
        PoolGeometry? windows = pool is { } given ? given with { Batch = 1 } : null;
        var stored = Stored(product.Codes);
        var scales = new QuantizedMultiplier[filters];
        for (var c = 0; c < filters; c++)
            scales[c] = Requantization.OfProduct(x.Grid.Scale, stored.Scales[stored.Scales.Length == 1 ? 0 : c], grid.Scale);
        var stage = FusedStage.Of(new AffineStage(default, grid.ZeroPoint, clamp.Low, clamp.High, rounding));
        var shape = windows?.OutputShape ?? geometry.OutputShape;
        return Write(name, product, stored, x, windows, stage, scales, new SignalSpec(shape, ElementType.Int8, 0, -(long)sbyte.MinValue));
    }

    /// <summary>A product that gives the scores, of 32 bits: with a scale a filter all in the unit of the greatest.</summary>
    public int AddScores(string name, ProductWeights product, Coded x)
    {
        var output = new SignalSpec((product.Geometry with { Batch = 1 }).OutputShape, ElementType.Int32, 0, int.MaxValue);
        var stored = Stored(product.Codes);
        if (stored.Scales.Length == 1) return Write(name, product, stored, x, null, FusedStage.Of(default(RawStage)), null, output);
        var stage = FusedStage.Of(new AffineStage(default, 0, int.MinValue, int.MaxValue, rounding));
        return Write(name, product, stored, x, null, stage, Requantization.OfScores(stored.Scales), output);
    }

    /// <summary>A tensor of the host's.</summary>
    public static HostTensor Host(ElementType type, IEnumerable<long> values)
    {
        long[] all = [.. values];
        var tensor = HostTensor.Create(type, new Shape(all.Length));
        for (var i = 0; i < all.Length; i++) tensor[i] = all[i];
        return tensor;
    }

    private int Write(
        string name, ProductWeights product, (int[] Codes, float[] Scales) stored, Coded x, PoolGeometry? pool, FusedStage stage,
        QuantizedMultiplier[]? scales, in SignalSpec output)
    {
        var (geometry, input) = (product.Geometry with { Batch = 1 }, x.Node);
        geometry = geometry with { Padding = geometry.Padding with { Value = x.Grid.ZeroPoint } };
        var codes = Fit(stored.Codes) ? Array.ConvertAll(stored.Codes, code => (sbyte)code) : InTwo(name, stored.Codes, ref geometry, ref input);
        var (sums, most) = Sums(codes, geometry, x.Grid.ZeroPoint);
        var (bias, clamped) = Requantization.OfBias(product.Bias, x.Grid.Scale, stored.Scales, most);
        var start = Host(ElementType.Int32, bias.Select((b, c) => b - ((long)x.Grid.ZeroPoint * sums[c])));
        weights.Add(new ConvertedWeights(name, product.Codes.Grids, product.Geometry with { Batch = 1 }, clamped));
        List<(string, Tensor)> constants = [(name, Host(ElementType.Int8, codes.Select(w => (long)w))), ($"{name}.start", start)];
        if (scales is not null)
        {
            constants.Add(($"{name}.multipliers", Host(ElementType.Int32, scales.Select(scale => (long)scale.Multiplier))));
            constants.Add(($"{name}.shifts", Host(ElementType.Int32, scales.Select(scale => (long)scale.Shift))));
        }

        var operation = new ProductOperation(geometry, ElementType.Int32, pool, stage, scales is null ? StageReads.Start : All);
        return plan.Add(name, operation, output, [input], [.. constants]);
    }

    /// <summary>
    /// Codes around 0 and what 1 of them means, times the greatest power of two that int8 has room for: biases have the unit of the sums, S1 Sw, and
    /// that of few bits is so wide that rounding them to it would change the answers.
    /// </summary>
    private static (int[] Codes, float[] Scales) Stored(WeightCodes weights)
    {
        var (codes, shift, greatest) = (WithoutZeroPoint(weights), 0, 0);
        foreach (var code in codes) greatest = Math.Max(greatest, Math.Abs(code));
        while (greatest > 0 && greatest << (shift + 1) <= sbyte.MaxValue) shift++;
        for (var i = 0; i < codes.Length; i++) codes[i] <<= shift;
        return (codes, Array.ConvertAll(weights.Scales, scale => MathF.ScaleB(scale, -shift)));
    }

    /// <summary>Codes around 0: where they have a zero point, q - Z, from -254 to 254.</summary>
    private static int[] WithoutZeroPoint(WeightCodes weights)
    {
        var (codes, terms) = (new int[weights.Codes.Length], weights.Codes.Length / weights.Grids.Length);
        for (var i = 0; i < codes.Length; i++) codes[i] = weights.Codes[i] - weights.Grids[i / terms].ZeroPoint;
        return codes;
    }

    private static bool Fit(int[] codes) => Array.TrueForAll(codes, code => Math.Abs(code) <= sbyte.MaxValue);

    /// <summary>
    /// Codes that int8 does not hold, as sums of two that it holds: the product reads its inputs twice, once with each. Side by side, or, where the
    /// channels are in groups, which must stay together, each channel behind itself.
    /// </summary>
    /// <param name="name">The layer.</param>
    /// <param name="codes">[filters, terms], from -254 to 254.</param>
    /// <param name="geometry">The product's; afterwards with twice the channels.</param>
    /// <param name="input">The node that it reads; afterwards the one that has it twice.</param>
    private sbyte[] InTwo(string name, int[] codes, ref ConvGeometry geometry, ref int input)
    {
        var (spec, twice) = (plan[input], new sbyte[2 * codes.Length]);
        var columns = spec.Shape[spec.Shape.Rank - 1];
        int[] extents = [.. Enumerable.Range(0, spec.Shape.Rank - 1).Select(i => spec.Shape[i]), 2 * columns];
        var (isGrouped, doubled) = (geometry.Groups > 1, spec with { Shape = new Shape(extents) });
        for (var i = 0; i < codes.Length; i++)
        {
            var first = Math.Clamp(codes[i], -sbyte.MaxValue, sbyte.MaxValue);
            var to = isGrouped ? 2 * i : (i / columns * 2 * columns) + (i % columns);
            (twice[to], twice[to + (isGrouped ? 1 : columns)]) = ((sbyte)first, (sbyte)(codes[i] - first));
        }

        input = isGrouped ? Behind($"{name}.inputs", geometry, doubled, input)
            : plan.Add($"{name}.inputs", new ConcatOperation(), doubled, [input, input]);
        geometry = geometry with { Channels = 2 * geometry.Channels };
        return twice;
    }

    /// <summary>Each channel twice, by a depthwise product of one pixel whose weights and scale are 1.</summary>
    private int Behind(string name, in ConvGeometry g, in SignalSpec doubled, int input)
    {
        var copies = new ConvGeometry(1, g.Height, g.Width, g.Channels, 2 * g.Channels, 1, 1, 1, Padding.None, Groups: g.Channels);
        var stage = FusedStage.Of(new AffineStage(Requantization.Of(1), 0, sbyte.MinValue, sbyte.MaxValue, rounding));
        return plan.Add(
            name, new ProductOperation(copies, ElementType.Int32, null, stage, StageReads.None), doubled, [input],
            (name, Host(ElementType.Int8, Enumerable.Repeat(1L, copies.Filters))));
    }

    /// <summary>The sum of each filter's weights, and the magnitude that int32 leaves to every bias.</summary>
    private static (long[] Sums, int Most) Sums(sbyte[] codes, in ConvGeometry geometry, int zeroPoint)
    {
        var (sums, greatest) = (new long[geometry.Filters], 0L);
        for (var c = 0; c < sums.Length; c++)
        {
            var magnitude = 0L;
            foreach (var w in codes.AsSpan(c * geometry.FanIn, geometry.FanIn))
            {
                sums[c] += w;
                magnitude += Math.Abs((int)w);
            }

            greatest = Math.Max(greatest, (magnitude * -sbyte.MinValue) + Math.Abs(zeroPoint * sums[c]));
        }

        return (sums, (int)Math.Max(0, int.MaxValue - greatest));
    }
}
