using System.Numerics;
using Wage.Backends;
using Wage.Models;
using Wage.Observation;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>
/// The sum of a branch and a shortcut (empty: the input itself). Both are brought to the finer of their two
/// units by exact left shifts, so the sum is exact; the Quantize layer that follows rounds and saturates it.
/// Backward, the two errors have units that only the run knows; they are summed as <see cref="IBackend.AddErrors"/> states.
/// </summary>
public sealed class Residual(IReadOnlyList<Layer> branch, IReadOnlyList<Layer> shortcut) : Layer
{
    internal const string NamePrefix = "residual";

    private Layer[] branch = [.. branch];
    private Layer[] shortcut = [.. shortcut];
    private IBackend? backend;
    private StepProbe? probe;
    private Tensor? sum;
    private Tensor? errorSum;
    private Tensor? exponent;
    private int fractionBits;
    private SignalSpec spec;

    /// <summary>The layers of the branch, as given.</summary>
    public IReadOnlyList<Layer> Branch { get; } = [.. branch];

    /// <summary>The layers of the shortcut, as given; none: the input itself.</summary>
    public IReadOnlyList<Layer> Shortcut { get; } = [.. shortcut];

    /// <summary>
    /// How far below the coarser of the two errors' units their sum is made at most, 8 to 31 bits: see
    /// <see cref="Quantization.ErrorAlignment"/>. 0 where no error is needed.
    /// </summary>
    public int Guard { get; private set; }

    /// <inheritdoc/>
    public override LayerSpec Spec => new ResidualSpec(ModelSpec.SpecsOf(Branch), ModelSpec.SpecsOf(Shortcut));

    /// <inheritdoc/>
    public override SignalSpec Build(BuildContext context, SignalSpec input)
    {
        Name = context.NextName(NamePrefix);
        (backend, probe) = (context.Backend, context.Probe);
        (branch, shortcut) = (context.Arrange(branch), context.Arrange(shortcut));
        var left = Run(branch, context, input with { Shared = true });
        var right = Run(shortcut, context, input with { Shared = true });
        RequireEqual(Name, left.Shape, right.Shape);
        fractionBits = Math.Max(left.FractionBits, right.FractionBits);
        var bound = ((BigInteger)left.Bound << (fractionBits - left.FractionBits)) + ((BigInteger)right.Bound << (fractionBits - right.FractionBits));
        var proof = new AccumulatorBound(1, 1, bound > long.MaxValue ? long.MaxValue : (long)bound);
        if (bound > long.MaxValue)
            throw new WageException(
                $"{Name}: the sum can reach {bound}, which int64 cannot hold.",
                "take smaller bit widths.");
        var type = proof.Choose($"{Name} sum", context.Accumulator);
        sum = context.AllocateOutput(type, left.Shape);
        context.AddRow(Name, "sum", left.Shape);
        context.Source = Name;
        return spec = new SignalSpec(left.Shape, type, fractionBits, (long)bound);
    }

    /// <inheritdoc/>
    internal override void Claim()
    {
        base.Claim();
        foreach (var layer in Branch.Concat(Shortcut)) layer.Claim();
    }

    /// <inheritdoc/>
    public override SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError)
    {
        using var both = context.Branch();
        var left = RunBackward(branch, context, error with { Shared = true }, needsError);
        var right = RunBackward(shortcut, context, error with { Shared = true }, needsError);
        if (!needsError) return error;
        var bits = (int)((BigInteger)Math.Max(left.Bound, right.Bound)).GetBitLength();
        Guard = Math.Min(31, 61 - bits);
        if (Guard < 8)
            throw new WageException(
                $"{Name}: errors of {bits} bits leave only {Guard} bits to align the branches in 64; at least 8 are needed.",
                "take smaller bit widths.");
        errorSum = context.Allocate(MemoryKind.Errors, ElementType.Int64, left.Shape);
        exponent = context.AllocateExponent();
        return new SignalSpec(left.Shape, ElementType.Int64, 0, 1L << (bits + Guard + 1));
    }

    /// <inheritdoc/>
    public override Signal Forward(Signal x, in StepContext s)
    {
        var (left, right) = (x, x);
        foreach (var layer in branch) left = layer.Forward(left, s);
        foreach (var layer in shortcut) right = layer.Forward(right, s);
        var aligned = new AlignedSum(fractionBits - left.FractionBits, fractionBits - right.FractionBits);
        backend!.Combine(left.Values, right.Values, aligned, sum!);
        var output = new Signal(sum!, fractionBits);
        probe!.Show(Name, Quantity.Accumulators, output);
        return output;
    }

    /// <inheritdoc/>
    public override Signal Backward(Signal e, in StepContext s)
    {
        var (left, right) = (e, e);
        for (var i = branch.Length - 1; i >= 0; i--) left = branch[i].Backward(left, s);
        for (var i = shortcut.Length - 1; i >= 0; i--) right = shortcut[i].Backward(right, s);
        if (errorSum is null) return e;
        backend!.AddErrors(
            left.Values, left.Exponent, -left.FractionBits,
            right.Values, right.Exponent, -right.FractionBits,
            Guard, errorSum, exponent!);
        return new Signal(errorSum, 0, exponent);
    }

    /// <inheritdoc/>
    public override int Emit(PlanBuilder plan, int input)
    {
        var (left, right) = (input, input);
        foreach (var layer in branch) left = layer.Emit(plan, left);
        foreach (var layer in shortcut) right = layer.Emit(plan, right);
        var operation = new SumOperation(fractionBits - plan[left].FractionBits, fractionBits - plan[right].FractionBits);
        return plan.Add(Name, operation, spec, [left, right]);
    }

    /// <summary>Both sides give the same extents.</summary>
    /// <exception cref="WageException">They do not.</exception>
    internal static void RequireEqual(string name, Shape branch, Shape shortcut)
    {
        if (branch != shortcut)
            throw new WageException(
                $"{name}: the branch gives {branch} but the shortcut {shortcut}.",
                "give the shortcut a 1x1 convolution with the branch's filters and stride.");
    }

    private static SignalSpec Run(IReadOnlyList<Layer> layers, BuildContext context, SignalSpec spec)
    {
        foreach (var layer in layers) spec = layer.Build(context, spec);
        return spec;
    }

    private static SignalSpec RunBackward(IReadOnlyList<Layer> layers, BuildContext context, SignalSpec spec, bool needsError)
    {
        for (var i = layers.Count - 1; i >= 0; i--) spec = layers[i].BuildBackward(context, spec, needsError || i > 0);
        Block.JoinErrors(layers);
        return spec;
    }
}
