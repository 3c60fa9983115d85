using Wage.Backends;
using Wage.Models;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>
/// A mean of codes in the scheme integer-sgd: they get more bits, a mean of 8 would lose what it is of, and the mean becomes codes with a unit of its
/// own. Backward straight through the rounding.
/// </summary>
internal sealed class UnitAverage(AveragePool2d pool, Scheme scheme) : Layer
{
    private const int MoreBits = 15;

    /// <summary>A shortcut of finer codes would lose bits; means of means would get ever finer.</summary>
    private const int LeastExponent = -UnitNorm.FractionBits;

    private IBackend? backend;
    private SignalSpec input;
    private Tensor? wide;
    private Tensor? start;
    private Tensor? codes;
    private Tensor? meanExponent;
    private DelayedExponent? site;
    private CodeStage stage;
    private ShownCodes? shown;
    private UnitScale? widening;
    private UnitScale? ending;

    /// <inheritdoc/>
    public override SignalSpec Build(BuildContext context, SignalSpec input)
    {
        (backend, this.input) = (context.Backend, input);
        if (input.Type != ElementType.Int8 || input.FractionBits != 0)
            throw new WageException(
                $"{context.NextName(pool.NamePrefix)}: takes activations, but its input is {What(input)}.", "place it behind a ReLU.");
        var bound = input.Bound + Math.Abs(input.ZeroPoint);
        var means = pool.Build(context, new SignalSpec(input.Shape, ElementType.Int32, 0, bound << MoreBits));
        Name = pool.Name;
        wide = context.AllocateOutput(ElementType.Int32, input.Shape);
        var channels = input.Shape[input.Shape.Rank - 1];
        if (input.ZeroPoint != 0) start = context.Constant<int>(MemoryKind.Activations, [.. Enumerable.Repeat(-input.ZeroPoint, channels)]);
        codes = context.AllocateOutput(ElementType.Int8, means.Shape);
        meanExponent = context.Allocate(MemoryKind.Activations, ElementType.Int64, new Shape(1));
        stage = UnitActivations.CodesOf(scheme.Units!);
        site = new DelayedExponent(
            context, new TensorSite(TensorRole.Activations, Name, context.NextIndex(), means.Shape, 0), stage.Limit, 0,
            scheme.Units!.ActivationRange == RangeEstimator.Current, LeastExponent)
        {
            IsOfCodes = true,
        };
        context.Note($"{Name}.A", site);
        shown = new ShownCodes(context, stage, scheme.Units!.ActivationBits, means.Shape);
        (widening, ending) = (new UnitScale(context, channels), new UnitScale(context, channels));
        return UnitActivations.SpecOf(stage, means.Shape);
    }

    private static string What(in SignalSpec input) => input.Type == ElementType.Int8 ? "the image" : $"{input.Type}";

    /// <inheritdoc/>
    public override SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError) =>
        pool.BuildBackward(context, error, needsError);

    /// <inheritdoc/>
    public override Signal Forward(Signal x, in StepContext s)
    {
        backend!.Map(x.Values, new UnitStage(int.MaxValue, 0, -MoreBits), new StageTensors(wide!) { Start = start });
        backend.Combine(x.Exponent!, x.Exponent!, new ExponentOf(MoreBits), meanExponent!);
        var mean = pool.Forward(new Signal(wide!, 0, meanExponent), s);
        do backend.Map(mean.Values, stage, site!.Begin(codes!, meanExponent!, s));
        while (site.Repeats(meanExponent!, s));
        shown!.Show(Name, codes!, site, isMean: true);
        return new Signal(codes!, 0, site.Exponent);
    }

    /// <inheritdoc/>
    internal override long Prepare(long exponent)
    {
        var output = site!.Frozen(exponent);
        widening!.Set(MoreBits, -input.ZeroPoint);
        ending!.Set(exponent - MoreBits - output, 0);
        return output;
    }

    /// <inheritdoc/>
    public override int Emit(PlanBuilder plan, int input)
    {
        var from = this.input;
        var bound = (from.Bound + Math.Abs(from.ZeroPoint)) << MoreBits;
        var spec = new SignalSpec(from.Shape, ElementType.Int32, 0, bound);
        var node = widening!.Emit(plan, $"{Name}.input", UnitScale.Stage(0, (int)-bound, (int)bound), spec, input);
        var output = UnitActivations.SpecOf(stage, codes!.Shape);
        return ending!.Emit(plan, $"{Name}.codes", UnitActivations.EndingOf(stage), output, pool.Emit(plan, node));
    }

    /// <inheritdoc/>
    public override Signal Backward(Signal e, in StepContext s) => pool.Backward(e, s);
}
