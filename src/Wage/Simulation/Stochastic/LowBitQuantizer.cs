using Wage.Simulation.Products;
using Wage.Tensors;

namespace Wage.Simulation.Stochastic;

/// <summary>
/// The binary or ternary values of a layer's weights W, filter by filter. BWN: alpha = mean |W_i|, Q = alpha sign(W), sign(0) = 1. TWN: Delta = 0.7
/// mean |W|; alpha = mean |W| of |W| above Delta, 0 where there is none; Q = alpha sign(W) above Delta, else 0. Sums are binary64 over a filter's
/// terms in their order, then over the filters, so threads change nothing.
/// </summary>
/// <param name="build">Whose threads do it.</param>
/// <param name="layer">"conv1".</param>
/// <param name="filters">The filters of [filters, terms].</param>
/// <param name="rule">BWN or TWN, and which.</param>
internal sealed class LowBitQuantizer(FloatBuilder build, string layer, int filters, LowBitRule rule)
{
    private const double ThresholdFactor = 0.7;

    private readonly FloatEngine engine = build.Engine;
    private readonly double[] sums = build.Doubles(new Shape(filters));
    private readonly double[] signed = build.Doubles(new Shape(filters));
    private readonly double[] thresholds = build.Doubles(new Shape(filters));
    private readonly double[] beyond = build.Doubles(new Shape(filters));
    private readonly double[] counts = build.Doubles(new Shape(filters));
    private readonly double[] distances = build.Doubles(new Shape(filters));
    private readonly FloatTensor alpha = build.Allocate(MemoryKind.Scratch, new Shape(filters));
    private FloatTensor? weights;
    private FloatTensor? values;
    private int terms;
    private double center;

    /// <summary>BWN or TWN, and which.</summary>
    public LowBitRule Rule => rule;

    /// <summary>Whether weights were seen.</summary>
    public bool IsKnown => weights is not null;

    /// <summary>Of each filter.</summary>
    public ReadOnlySpan<float> Alpha => alpha.Span;

    /// <summary>Delta of each filter; zeros of BWN.</summary>
    public ReadOnlySpan<double> Thresholds => thresholds;

    /// <summary>The values that are not 0.</summary>
    public double NonZeros => rule.IsTernary ? counts.Sum() : (double)filters * terms;

    /// <summary>e of a filter: sum |W - Q| / sum |W|; 0 of zeros alone.</summary>
    public double ErrorOf(int filter) => sums[filter] == 0 ? 0 : distances[filter] / sums[filter];

    /// <summary>e of one weight: |w - q| / |w|; 0 of 0.</summary>
    public static double ErrorOf(float w, float q) => w == 0 ? 0 : Math.Abs((double)w - q) / Math.Abs((double)w);

    /// <summary>q becomes the values of w.</summary>
    /// <exception cref="WageException">A weight is not finite.</exception>
    public void Run(FloatTensor w, FloatTensor q)
    {
        (weights, values, terms) = (w, q, w.Span.Length / filters);
        engine.Run(filters, this, static (in self, filter, _) => self.Measure(filter));
        RequireFinite();
        if (rule.IsTernary) FindAlpha();
        else
        {
            for (var i = 0; i < filters; i++) alpha.Span[i] = (float)(sums[i] / terms);
        }

        engine.Run(filters, this, static (in self, filter, _) => self.Quantize(filter));
    }

    private void FindAlpha()
    {
        center = rule.Variant == SqVariant.Program ? Total(signed) / ((double)filters * terms) : 0;
        if (rule.Variant == SqVariant.Program) engine.Run(filters, this, static (in self, filter, _) => self.MeasureCentred(filter));
        var (from, isOne) = rule.Variant == SqVariant.Program ? (beyond, true) : (sums, rule.ThresholdOfLayer);
        var ofLayer = ThresholdFactor * (Total(from) / ((double)filters * terms));
        for (var i = 0; i < filters; i++) thresholds[i] = isOne ? ofLayer : ThresholdFactor * (from[i] / terms);
        engine.Run(filters, this, static (in self, filter, _) => self.MeasureBeyond(filter));
        var (sum, count) = (Total(beyond), Total(counts));
        for (var i = 0; i < filters; i++)
            alpha.Span[i] = rule.AlphaOfLayer ? Mean(sum, count) : Mean(beyond[i], counts[i]);
    }

    private static float Mean(double sum, double count) => count == 0 ? 0 : (float)(sum / count);

    private static double Total(double[] parts)
    {
        var sum = 0.0;
        foreach (var part in parts) sum += part;
        return sum;
    }

    private void Measure(int filter)
    {
        var (sum, direct) = (0.0, 0.0);
        foreach (var w in Row(weights!, filter))
        {
            sum += Math.Abs((double)w);
            direct += w;
        }

        (sums[filter], signed[filter]) = (sum, direct);
    }

    private void MeasureCentred(int filter)
    {
        var sum = 0.0;
        foreach (var w in Row(weights!, filter)) sum += Math.Abs(w - center);
        beyond[filter] = sum;
    }

    private void MeasureBeyond(int filter)
    {
        var (sum, count, threshold) = (0.0, 0, thresholds[filter]);
        foreach (var w in Row(weights!, filter))
        {
            if (!(Math.Abs((double)w) > threshold)) continue;
            sum += Math.Abs((double)w);
            count++;
        }

        (beyond[filter], counts[filter]) = (sum, count);
    }

    private void Quantize(int filter)
    {
        ReadOnlySpan<float> from = Row(weights!, filter);
        var to = Row(values!, filter);
        var (a, threshold, distance) = (alpha.Span[filter], thresholds[filter], 0.0);
        for (var i = 0; i < from.Length; i++)
        {
            to[i] = a * Code(from[i], threshold);
            distance += Math.Abs((double)from[i] - to[i]);
        }

        distances[filter] = distance;
    }

    private sbyte Code(float w, double threshold) =>
        rule.IsTernary && !(Math.Abs((double)w) > threshold) ? (sbyte)0 : w < 0 ? (sbyte)-1 : (sbyte)1;

    private void RequireFinite()
    {
        foreach (var sum in sums)
        {
            if (!double.IsFinite(sum))
                throw new WageException($"{layer}: weights are no finite numbers any more: the training diverged.", $"take a smaller {Term.Eta}.");
        }
    }

    private Span<float> Row(FloatTensor tensor, int filter) => tensor.Span.Slice(filter * terms, terms);
}
