using System.Numerics;
using Wage.Backends;
using Wage.Models;
using Wage.Observation;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>
/// A residual block of the scheme integer-sgd: its branch ends in a batch norm, to which the shortcut is added before ReLU and Q_A. The shortcut is
/// the input itself, a subsample of it, or a product with a batch norm of its own. Backward, both sides have the block's errors, and their sums meet
/// as <see cref="IBackend.AddErrors"/> states.
/// </summary>
internal sealed class NormalizedResidual(
    Residual residual, Layer[] before, (ProductLayer Layer, BatchNorm Norm) last, IUnitShortcut? shortcut, Relu relu, Quantize? quantize,
    Scheme network) : Layer, IUnitEnd, IUnitReader
{
    private const int Guard = UnitJoin.Guard;

    private IBackend? backend;
    private StepProbe? probe;
    private Tensor? counted;
    private UnitNorm? unit;
    private UnitActivations? end;
    private Tensor? errorSum;
    private UnitJoin? join;
    private Tensor? exponent;
    private Tensor? inputUnit;
    private int offset;
    private UnitScale? scale;
    private UnitScale? ending;

    /// <inheritdoc/>
    public bool ErrorsAreCurrent { get; set; }

    /// <inheritdoc/>
    public UnitActivations Activations => end!;

    /// <inheritdoc/>
    public IUnitEnd? Before { private get; set; }

    /// <inheritdoc/>
    public override SignalSpec Build(BuildContext context, SignalSpec input)
    {
        (backend, probe) = (context.Backend, context.Probe);
        counted = context.Allocate(MemoryKind.Observation, ElementType.Int64, new Shape(1));
        Name = context.NextName(Residual.NamePrefix);
        residual.Take(Name);
        var spec = input;
        foreach (var layer in before) spec = layer.Build(context, spec);
        unit = new UnitNorm(context, last.Layer, last.Norm, spec, network);
        if (residual.Shortcut is [Subsample { Spec: SubsampleSpec subsample }] && last.Norm.Spec is BatchNormSpec { IsFixup: true })
            subsample.RequireAlive(Name, input.Shape[input.Shape.Rank - 1]);
        var side = shortcut?.Build(context, input) ?? input;
        offset = -side.ZeroPoint;
        if (side.FractionBits != 0) inputUnit = context.Constant<long>(MemoryKind.Activations, [-side.FractionBits]);
        Residual.RequireEqual(Name, unit.Shape, side.Shape);
        context.AddRow(Name, "sum", unit.Shape);
        context.Source = Name;
        if (shortcut is null) scale = new UnitScale(context, input.Shape[input.Shape.Rank - 1]);
        ending = new UnitScale(context, unit.Shape[unit.Shape.Rank - 1]);
        end = NormalizedLayers.End(context, relu, quantize, unit.Shape);
        return end.Spec;
    }

    /// <inheritdoc/>
    public override SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError)
    {
        using var both = context.Branch();
        var e = end!.BuildErrors(context, error, ErrorsAreCurrent);
        var spec = unit!.BuildBackward(context, e, needsError || before.Length > 0);
        for (var i = before.Length - 1; i >= 0; i--) spec = before[i].BuildBackward(context, spec, needsError || i > 0);
        var side = shortcut?.BuildBackward(context, e, needsError) ?? e;
        if (!needsError) return error;
        if (Math.Max(spec.Bound, side.Bound) >= 1L << (62 - Guard))
            throw new WageException(
                $"{Name}: its branch begins with a residual block, whose errors have too many bits to be aligned once more with a shortcut's.",
                "begin the branch with a product.");
        errorSum = context.Allocate(MemoryKind.Errors, ElementType.Int64, spec.Shape);
        exponent = context.AllocateExponent();
        var shifts = context.Allocate(MemoryKind.Errors, ElementType.Int32, new Shape(ErrorSum.Constants, 1));
        join = new UnitJoin(backend!, new ErrorSum(Bits(spec), Bits(side)), shifts, exponent);
        return new SignalSpec(spec.Shape, ElementType.Int64, 0, 1L << 62);
    }

    private static int Bits(in SignalSpec spec) => 64 - BitOperations.LeadingZeroCount((ulong)spec.Bound);

    /// <inheritdoc/>
    public override Signal Forward(Signal x, in StepContext s)
    {
        var left = x;
        foreach (var layer in before) left = layer.Forward(left, s);
        var right = shortcut?.Forward(x, s) ?? x;
        unit!.Forward(left, right.Exponent ?? inputUnit, s);
        if (probe!.IsObserved) end!.Cut = Cut(right, s) + (unit.Beyond ?? 0) + (shortcut?.Beyond ?? 0);
        do unit.End(right.Values, new BatchNormForward(offset, 1), end!.Stage, end.Begin(s));
        while (end.Repeats(s));
        return end.Output;
    }

    /// <summary>The shortcuts that saturate where they are added.</summary>
    private long Cut(in Signal shortcut, in StepContext s)
    {
        var most = BatchNormForward.MostShortcut(backend!.ReadScalar(shortcut.Exponent ?? inputUnit!));
        backend!.Reduce(shortcut.Values, null, 0, new BeyondCount(-most - offset, most - offset), counted!);
        s.Workers?.Sum(counted!);
        return backend.ReadScalar(counted!);
    }

    /// <inheritdoc/>
    internal override long Prepare(long exponent)
    {
        var inner = exponent;
        foreach (var layer in before) inner = layer.Prepare(inner);
        unit!.Prepare(inner, -UnitActivations.FractionBits, isWide: true);
        if (shortcut is null) scale!.Set(exponent + UnitActivations.FractionBits, offset);
        else shortcut.Prepare(exponent);
        ending!.Set(-UnitActivations.FractionBits - end!.Frozen, 0);
        return end.Frozen;
    }

    /// <inheritdoc/>
    public override int Emit(PlanBuilder plan, int input)
    {
        var (left, wide) = (input, new SignalSpec(unit!.Shape, ElementType.Int32, 0, UnitActivations.WideLimit));
        foreach (var layer in before) left = layer.Emit(plan, left);
        left = unit.Emit(plan, left, UnitActivations.Wide, wide);
        var right = shortcut?.Emit(plan, input, wide) ?? scale!.Emit(plan, $"{Name}.shortcut", UnitActivations.Wide, wide, input);
        var sum = plan.Add(Name, new SumOperation(0, 0), wide with { Bound = 2 * wide.Bound }, [left, right]);
        return ending!.Emit(plan, $"{Name}.codes", end!.Ending, end.Spec, sum);
    }

    /// <inheritdoc/>
    public override Signal Backward(Signal e, in StepContext s)
    {
        var d = end!.Errors(e, s);
        var meets = Before is { Activations.EndsSums: true } && (before.Length == 0 || before[0] is NormalizedBlock);
        var joined = meets ? join?.Of(Before!.Activations, shortcut?.Backward(d, s) ?? d) : null;
        if (before.FirstOrDefault() is NormalizedBlock first) first.Join = joined;
        var left = unit!.Backward(d, before.Length == 0 ? joined : (before[^1] as IUnitEnd)?.Activations, s);
        for (var i = before.Length - 1; i >= 0; i--) left = before[i].Backward(left, s);
        if (joined is not null) return left;
        var right = shortcut?.Backward(d, s) ?? d;
        if (errorSum is null) return e;

        backend!.AddErrors(
            left.Values, left.Exponent, -left.FractionBits, right.Values, right.Exponent, -right.FractionBits, Guard, errorSum, exponent!);
        return new Signal(errorSum, 0, exponent);
    }
}
