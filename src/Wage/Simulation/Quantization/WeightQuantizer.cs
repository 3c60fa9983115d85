using Wage.Observation;
using Wage.Quantization;
using Wage.Simulation.Conversion;
using Wage.Simulation.Products;
using Wage.Tensors;

namespace Wage.Simulation.Quantization;

/// <summary>
/// Weights of k bits: R = max |w| of all, or of each filter, S = R / (2^(k-1) - 1), Z = 0; or, asymmetric, a grid with a zero point between the least
/// and the greatest. The grid is made anew whenever the weights are used, so no state outlives a step.
/// </summary>
/// <param name="build">Whose threads do it.</param>
/// <param name="layer">"conv1".</param>
/// <param name="filters">The filters of [filters, terms].</param>
/// <param name="rule">Bits and grids.</param>
internal sealed unsafe class WeightQuantizer(FloatBuilder build, string layer, int filters, WeightRule rule)
{
    private readonly FloatEngine engine = build.Engine;
    private readonly FloatTensor least = build.Allocate(MemoryKind.Scratch, new Shape(filters));
    private readonly FloatTensor greatest = build.Allocate(MemoryKind.Scratch, new Shape(filters));
    private readonly AffineGrid[] grids = new AffineGrid[rule.PerChannel ? filters : 1];

    /// <summary>Bits and grids.</summary>
    public WeightRule Rule => rule;

    /// <summary>Whether weights were seen.</summary>
    public bool IsKnown => grids[0] != default;

    /// <summary>One, or one a filter, of the last <see cref="Run"/>.</summary>
    public ReadOnlySpan<AffineGrid> Grids => grids;

    /// <summary>The values of the weights' codes.</summary>
    /// <exception cref="WageException">A weight is not finite.</exception>
    public void Run(FloatTensor w, FloatTensor q)
    {
        Measure(w);
        if (rule.PerChannel) FakeQuantization.RunRows(engine, w.Pointer, w.Span.Length / filters, grids, q.Pointer);
        else FakeQuantization.Run(engine, w.Pointer, w.Span.Length, grids[0], q.Pointer);
    }

    /// <summary>Shows the weights that are in use to observers.</summary>
    /// <param name="w">What entered.</param>
    /// <param name="q">What products read.</param>
    /// <param name="isOn">Whether <see cref="Run"/> made it.</param>
    /// <param name="folded">|gamma| / sigma of each filter, where a batch norm is folded in.</param>
    public void Show(FloatTensor w, FloatTensor q, bool isOn, ReadOnlySpan<double> folded = default) =>
        build.View.ShowCodes(layer, Quantity.Weights, w, q, rule.Bits, isOn ? grids : [], folded: folded);

    /// <summary>The codes whose values <see cref="Run"/> gives.</summary>
    /// <exception cref="WageException">A weight is not finite.</exception>
    public WeightCodes Codes(FloatTensor w) => rule.IsSymmetric
        ? WeightCodes.Symmetric(layer, w.Span, filters, rule.Bits, rule.PerChannel)
        : WeightCodes.Asymmetric(layer, w.Span, filters, rule.Bits, rule.PerChannel);

    /// <summary>The gradient of the codes' values as that of the weights: straight through, but for weights outside a nudged range.</summary>
    public void Pass(FloatTensor w, FloatTensor gradient)
    {
        if (rule.IsSymmetric) return;
        var terms = w.Span.Length / grids.Length;
        for (var i = 0; i < grids.Length; i++)
            FakeQuantization.Pass(engine, w.Pointer + ((nint)i * terms), terms, grids[i], gradient.Pointer + ((nint)i * terms));
    }

    /// <summary>The grids of these weights.</summary>
    public void Measure(FloatTensor w)
    {
        engine.Run(
            filters, ((nint)w.Pointer, (nint)least.Pointer, (nint)greatest.Pointer, w.Span.Length / filters), static (in a, filter, _) =>
            {
                var part = new ReadOnlySpan<float>((float*)a.Item1 + ((nint)filter * a.Item4), a.Item4);
                var (low, high) = (float.PositiveInfinity, float.NegativeInfinity);
                foreach (var value in part) (low, high) = (Math.Min(low, value), Math.Max(high, value));
                (((float*)a.Item2)[filter], ((float*)a.Item3)[filter]) = (low, high);
            });
        if (rule.PerChannel)
        {
            for (var c = 0; c < filters; c++) grids[c] = rule.Grid(layer, least.Span[c], greatest.Span[c]);
            return;
        }

        var (from, to) = (float.PositiveInfinity, float.NegativeInfinity);
        for (var c = 0; c < filters; c++) (from, to) = (Math.Min(from, least.Span[c]), Math.Max(to, greatest.Span[c]));
        grids[0] = rule.Grid(layer, from, to);
    }
}

/// <summary>How weights get their codes.</summary>
/// <param name="Bits">k, 2 to 8.</param>
/// <param name="PerChannel">A grid for each filter; false: one for all.</param>
/// <param name="IsSymmetric">Z = 0.</param>
internal readonly record struct WeightRule(int Bits, bool PerChannel, bool IsSymmetric)
{
    /// <summary>The grid of weights between these.</summary>
    public AffineGrid Grid(string layer, float least, float greatest) => IsSymmetric
        ? AffineGrid.Symmetric(layer, Math.Max(-least, greatest), Bits) : AffineGrid.Asymmetric(layer, least, greatest, Bits);
}

/// <summary>Weights that a product reads as the values of their codes, from the delay on and in every evaluation.</summary>
internal sealed class FakeWeights(FloatBuilder build, FloatParameter parameter, WeightQuantizer quantizer, uint delay)
    : FloatProductWeights(parameter)
{
    private readonly FloatTensor values = build.Allocate(MemoryKind.Scratch, parameter.Value.Shape);
    private bool isOn;

    /// <summary>The quantizer.</summary>
    public WeightQuantizer Quantizer => quantizer;

    /// <inheritdoc/>
    public override FloatTensor Value => isOn ? values : Parameter.Value;

    /// <inheritdoc/>
    public override void Use(in StepContext s)
    {
        isOn = s.Phase == Phase.Evaluation || s.Step >= delay;
        if (isOn) quantizer.Run(Parameter.Value, values);
        if (s.Phase == Phase.Training) quantizer.Show(Parameter.Value, Value, isOn);
    }

    /// <inheritdoc/>
    public override void PassGradient(in StepContext s)
    {
        if (isOn) quantizer.Pass(Parameter.Value, Parameter.Gradient);
    }
}
