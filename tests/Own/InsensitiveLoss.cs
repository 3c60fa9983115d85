using Wage.Layers;
using Wage.Losses;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Own;

/// <summary>Errors up to epsilon = 2^-log2 count as none, as in support vector regression. Reported is the sum of what is beyond.</summary>
public sealed class InsensitiveLoss(int log2) : Loss
{
    public override string Name => "insensitive";

    public override SignalSpec Build(BuildContext context, SignalSpec scores)
    {
        RequireUnit(scores);
        var bound = Proved("a score less its label's", scores.Bound, 1L << scores.FractionBits);
        if (bound > long.MaxValue / MostSamples / scores.Shape.Stride) throw new WageException($"loss: scores to {scores.Bound} are too wide.");
        Allocate(context, scores, ElementType.Int64);
        LossFractionBits = scores.FractionBits;
        return new SignalSpec(scores.Shape, ElementType.Int64, scores.FractionBits, bound);
    }

    public override Signal Error(Signal scores, Tensor labels, Tensor metrics)
    {
        var (one, epsilon) = (1L << scores.FractionBits, 1L << (scores.FractionBits - log2));
        return scores with { Values = Errors(scores, labels, new Row(one, epsilon), metrics) };
    }

    /// <summary>The loss of a sample, which every backend runs: what the classes say is added, then each gets its error.</summary>
    public readonly record struct Row(long One, long Epsilon) : ILossRow
    {
        public long Term(long score, bool isLabel, in ScoreRow row) => Wrapping.Absolute(Error(score, isLabel, row));

        public long Error(long score, bool isLabel, in ScoreRow row)
        {
            var error = isLabel ? checked(score - One) : score;
            return checked(error - FixedPoint.Saturate(error, Epsilon));
        }

        public long Loss(in ScoreRow row) => row.Sum;
    }
}
