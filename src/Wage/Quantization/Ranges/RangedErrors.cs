using Wage.Layers;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Quantization;

/// <summary>Q_E by a range that is not this step's maximum: as <see cref="ShiftErrors"/>, but 2^s is of a moving or of a fixed range.</summary>
/// <param name="bits">k_E.</param>
/// <param name="rounding">How the bits are dropped.</param>
/// <param name="rule">How the range is found; <see cref="RangeEstimator.Current"/> is <see cref="ShiftErrors"/>.</param>
public sealed class RangedErrors(int bits, Rounding rounding, RangeRule rule) : IQuantizer
{
    /// <inheritdoc/>
    public QuantizedRange Range { get; } = new(ElementTypes.ForBits(bits), 0, BitWidths.Limit(bits));

    /// <inheritdoc/>
    public bool HasStage => true;

    /// <inheritdoc/>
    public TensorQuantizer For(in TensorSite site, BuildContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var stage = FusedStage.Of(new ErrorStage(bits, rounding, MovingMaximum.FractionBits));
        return new Quantizer(context, site.Index, stage, new PowerRange(rule, context, MemoryKind.Errors), Range.Limit);
    }

    private sealed class Quantizer(BuildContext context, int index, FusedStage stage, PowerRange range, int limit)
        : StageQuantizer(context.Backend, TensorRole.Errors, index, stage, stage, range.Range)
    {
        public override IEnumerable<NamedState> States => range.States;

        public override bool CanBeStatic => range.CanBeStatic;

        public override Tensor? Statistic => range.Statistic;

        public override bool IsStatic(in StepContext s) => range.IsStatic;

        public override Tensor? LeftMaximum => range.Left;

        public override void Measure(Tensor x, Tensor? gate, int gateBits, in StepContext s)
        {
            range.Measure(x, gate, gateBits);
            if (range.Measured is { } maximum) s.Workers?.Max(maximum);
            range.Join(s);
        }

        public override StageTensors Complete(in StageTensors t, in StepContext s) =>
            base.Complete(t, s) with { Statistic = range.Statistic, StatisticLimit = limit };

        public override void Advance(in StepContext s) => range.Advance(s);
    }
}
