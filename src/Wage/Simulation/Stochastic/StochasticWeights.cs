using Wage.Numbers;
using Wage.Observation;
using Wage.Quantization;
using Wage.Simulation.Layers;
using Wage.Tensors;

namespace Wage.Simulation.Stochastic;

/// <summary>
/// Weights of which a step quantizes a share, another one in every step, and an evaluation all. Product and gradient take this hybrid; its gradient
/// is that of all stored weights. Dong et al. 2017, algorithm 1.
/// </summary>
internal sealed class StochasticWeights : FloatProductWeights
{
    private const int LowBits = 20;
    private const long Low = (1L << LowBits) - 1;

    /// <summary>The step of the partition that is scored: no run has so many.</summary>
    private const uint ShownStep = uint.MaxValue;

    private readonly FloatView view;
    private readonly string layer;
    private readonly FloatTensor values;
    private readonly FloatTensor ratio;
    private readonly SqSettings settings;
    private readonly bool[] drawn;
    private readonly double[] errors;
    private readonly long[] weights;
    private readonly Roulette? roulette;
    private readonly int units;

    /// <summary>Of a layer with so many filters.</summary>
    public StochasticWeights(FloatBuilder build, FloatParameter parameter, string layer, int filters, SqSettings settings)
        : base(parameter)
    {
        (this.settings, this.layer, view, units) = (settings, layer, build.View, settings.ByElement ? parameter.Value.Shape.Length : filters);
        values = build.Allocate(MemoryKind.Scratch, parameter.Value.Shape);
        ratio = build.Allocate(MemoryKind.Weights, new Shape(4));
        Quantizer = new LowBitQuantizer(build, layer, filters, settings.Rule);
        if (settings.Schedule.IsWhole)
        {
            (drawn, errors, weights) = ([], [], []);
            return;
        }

        (drawn, errors, weights) = (build.Room<bool>(units), build.Doubles(new Shape(units)), build.Room<long>(units));
        roulette = new Roulette(build.Room<long>(units + 1));
        States = [new FloatState($"{layer}.ratio", ratio, Require: RequireRatio)];
    }

    /// <summary>The codes.</summary>
    public LowBitQuantizer Quantizer { get; }

    /// <summary>How it was set.</summary>
    public SqSettings Settings => settings;

    /// <summary>Filters or elements.</summary>
    public int Units => units;

    /// <summary>Which units the last <see cref="Use"/> quantized; none: all.</summary>
    public ReadOnlySpan<bool> Drawn => drawn;

    /// <summary>Binary or ternary where <see cref="Use"/> quantized, else as they are stored.</summary>
    public override FloatTensor Value => values;

    /// <inheritdoc/>
    public override IEnumerable<FloatState> States { get; } = [];

    /// <summary>A file is not trusted: zeros before the first step, else a share.</summary>
    private void RequireRatio(ReadOnlySpan<float> values)
    {
        if (!values.ContainsAnyExcept(0f)) return;
        foreach (var value in values)
        {
            if (value is < 0 or > Low || value != (long)value)
                throw new WageException(
                    $"{layer}.ratio: holds {value}, but parts of a share are whole and from 0 to {Low}.", "take another checkpoint.");
        }

        var (numerator, denominator) = Parts(values);
        if (numerator <= 0 || numerator > denominator)
            throw new WageException(
                $"{layer}.ratio: is {numerator} in {denominator}, but a share is more than 0 and at most 1.", "take another checkpoint.");
    }

    private static (long Numerator, long Denominator) Parts(ReadOnlySpan<float> parts) =>
        (((long)parts[0] << LowBits) | (long)parts[1], ((long)parts[2] << LowBits) | (long)parts[3]);

    /// <summary>The share that the last step quantized; before the first that of the first.</summary>
    public Ratio Ratio
    {
        get => Parts(ratio.Span) is (var numerator, not 0 and var denominator) ? new Ratio(numerator, denominator) : settings.Schedule.First;
        private set => (ratio.Span[0], ratio.Span[1], ratio.Span[2], ratio.Span[3]) = (
            value.Numerator >> LowBits, value.Numerator & Low, value.Denominator >> LowBits, value.Denominator & Low);
    }

    /// <inheritdoc/>
    public override void Use(in StepContext s)
    {
        Quantizer.Run(Parameter.Value, values);
        if (roulette is not null) Select(s);
        if (s.Phase == Phase.Training) view.ShowCodes(layer, Quantity.Weights, Parameter.Value, values, settings.Rule.IsTernary ? 2 : 1, []);
    }

    private void Select(in StepContext s)
    {
        if (s.Phase == Phase.Training) Ratio = settings.Schedule.At(s.Position);
        else if (!s.IsHybrid) return;
        var count = RatioSchedule.Quantized(Ratio, units);
        var stream = RandomStream.Partition(Parameter.Index);
        if (count < units) Mix(count, s.Phase == Phase.Training ? new RandomKey(s.Seed, stream, s.Step) : new RandomKey(0, stream, ShownStep));
        else drawn.AsSpan().Fill(true);
    }

    /// <summary>Gives the units that are not drawn their stored values back.</summary>
    private void Mix(int count, in RandomKey key)
    {
        Measure();
        if (settings.Rule.Variant == SqVariant.Program)
        {
            SelectionLaw.Share(errors, weights);
            roulette!.Draw(weights, units - count, key, drawn);
            foreach (ref var one in drawn.AsSpan()) one = !one;
        }
        else
        {
            SelectionLaw.Weigh(settings.Probability, errors, weights);
            roulette!.Draw(weights, count, key, drawn);
        }

        Span<float> from = Parameter.Value.Span, to = values.Span;
        var length = to.Length / units;
        for (var i = 0; i < units; i++)
        {
            if (!drawn[i]) from.Slice(i * length, length).CopyTo(to.Slice(i * length, length));
        }
    }

    private void Measure()
    {
        for (var i = 0; i < units; i++)
            errors[i] = settings.ByElement ? LowBitQuantizer.ErrorOf(Parameter.Value.Span[i], values.Span[i]) : Quantizer.ErrorOf(i);
    }
}

/// <summary>How a layer is quantized.</summary>
/// <param name="Rule">Its codes.</param>
/// <param name="ByElement">A unit is one weight; false: a filter.</param>
/// <param name="Probability">By what the roulette draws.</param>
/// <param name="Schedule">The share.</param>
internal sealed record SqSettings(LowBitRule Rule, bool ByElement, Probability Probability, RatioSchedule Schedule);
