using Wage.Backends;
using Wage.Layers;
using Wage.Tensors;

namespace Wage.Quantization;

/// <summary>
/// The range of one tensor, moving or fixed, in units of 2^-<see cref="MovingMaximum.FractionBits"/>: it lives where the tensors live.
/// </summary>
internal sealed class PowerRange : IStateful
{
    private readonly RangeRule rule;
    private readonly IBackend backend;
    private readonly Tensor maximum;
    private bool isKnown;
    private bool hasMeasured;

    /// <summary>A range that knows nothing yet, or a fixed one.</summary>
    public PowerRange(RangeRule rule, BuildContext context, MemoryKind kind)
    {
        (this.rule, backend) = (rule, context.Backend);
        hasMeasured = !CanBeStatic;
        Range = rule.Estimator == RangeEstimator.Fixed
            ? context.Constant<long>(kind, [1L << (rule.FixedLog2 + MovingMaximum.FractionBits)])
            : context.Allocate(kind, ElementType.Int64, new Shape(1));
        Statistic = context.Allocate(kind, ElementType.Int64, new Shape(3));
        maximum = Statistic.First(new Shape(1))!;
    }

    /// <summary>R, Int64 [1]; 0 before the first tensor that is not all zeros.</summary>
    public Tensor Range { get; }

    /// <summary>What the pass that quantizes writes: see <see cref="StageTensors.Statistic"/>.</summary>
    public Tensor Statistic { get; }

    /// <inheritdoc/>
    public IEnumerable<NamedState> States => rule.Estimator == RangeEstimator.Fixed ? [] : [new("range", Range, RequireRange)];

    /// <summary>A file is not trusted: of another R nothing below was proved.</summary>
    /// <exception cref="WageException">It is none that a step leaves.</exception>
    private void RequireRange()
    {
        isKnown = false;
        const long Least = 1L << MovingMaximum.FractionBits, Most = 1L << 62;
        if (backend.ReadScalar(Range) is var range and not 0 and (< Least or > Most))
            throw new WageException($"checkpoint: holds a range of {range}, but ranges are 0 or from {Least} to {Most}.", "take another checkpoint.");
    }

    /// <summary>True where the range may be known before the tensor.</summary>
    public bool CanBeStatic => rule.Estimator is RangeEstimator.InHindsight or RangeEstimator.Fixed;

    /// <summary>True where it is; the device is asked until there is a first maximum, and not once more.</summary>
    public bool IsStatic => CanBeStatic && (isKnown = isKnown || backend.ReadScalar(Range) > 0);

    /// <summary>The maximum that <see cref="Measure"/> took, to be made everybody's before <see cref="Join"/>; null where it took none.</summary>
    public Tensor? Measured => hasMeasured ? maximum : null;

    /// <summary>The maximum that the pass left, to be made everybody's before <see cref="Advance"/>; null where nobody needs it.</summary>
    public Tensor? Left => rule.Estimator == RangeEstimator.InHindsight ? maximum : null;

    /// <summary>
    /// The tensor's maximum, where the range is made of it: of a running average always, in hindsight until there was a tensor that is not all zeros.
    /// </summary>
    public void Measure(Tensor x, Tensor? gate, int gateBits)
    {
        hasMeasured = !IsStatic;
        if (hasMeasured) backend.Reduce(x, gate, gateBits, default(MaxAbs), maximum);
    }

    /// <summary>The range of this tensor, from the maximum that was measured.</summary>
    public void Join(in StepContext s)
    {
        if (!hasMeasured || s.Phase != Phase.Training) return;
        backend.Combine(Range, maximum, rule.Moving, Range);
        isKnown = CanBeStatic && backend.ReadScalar(Range) > 0;
    }

    /// <summary>
    /// In hindsight, the next step's range, from the maximum that the pass left. Of the first tensor, whose maximum the range is, it is the same.
    /// </summary>
    public void Advance(in StepContext s)
    {
        if (rule.Estimator == RangeEstimator.InHindsight && s.Phase == Phase.Training) backend.Combine(Range, maximum, rule.Moving, Range);
    }
}
