using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Backends;

/// <content>The errors of the last layer.</content>
public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void SquaredError(Tensor scores, Tensor labels, long one, int dropped, Tensor delta, Tensor metrics)
    {
        var (score, label, error, totals) = (Host(scores), Host(labels), Host(delta), Host(metrics));
        var classes = scores.Shape.Stride;
        for (var n = 0; n < label.Length; n++)
        {
            var counted = label[n] >= 0;
            for (var j = 0; j < classes; j++)
            {
                var i = (n * classes) + j;
                error[i] = counted ? score[i] - (j == label[n] ? one : 0) : 0;
                var square = FixedPoint.Round(error[i], dropped, Rounding.HalfEven);
                totals[0] = checked(totals[0] + (square * square));
            }

            if (counted) Count(score, n * classes, classes, (int)label[n], totals);
        }
    }

    /// <inheritdoc/>
    public void CrossEntropy(Tensor scores, Tensor labels, int fractionBits, Tensor delta, Tensor metrics)
    {
        var (score, label, error, totals) = (Host(scores), Host(labels), Host(delta), Host(metrics));
        var classes = scores.Shape.Stride;
        for (var n = 0; n < label.Length; n++)
        {
            var first = n * classes;
            if (label[n] < 0)
            {
                for (var j = 0; j < classes; j++) error[first + j] = 0;
                continue;
            }

            var most = score[first + Greatest(score, first, classes)];
            var sum = 0L;
            for (var j = 0; j < classes; j++) sum += IntegerSoftmax.Exponential(most - score[first + j], fractionBits);
            for (var j = 0; j < classes; j++)
            {
                var p = IntegerSoftmax.Probability(IntegerSoftmax.Exponential(most - score[first + j], fractionBits), sum);
                error[first + j] = p - (j == label[n] ? 1L << IntegerSoftmax.ProbabilityBits : 0);
            }

            totals[0] = checked(totals[0] + IntegerSoftmax.NegativeLog(most - score[first + (int)label[n]], fractionBits, sum));
            Count(score, first, classes, (int)label[n], totals);
        }
    }

    private static void Count(HostTensor score, int first, int classes, int label, HostTensor totals)
    {
        if (Greatest(score, first, classes) == label) totals[1]++;
        totals[2]++;
    }

    /// <summary>The first of the greatest scores.</summary>
    private static int Greatest(HostTensor score, int first, int classes)
    {
        var best = 0;
        for (var j = 1; j < classes; j++)
            if (score[first + j] > score[first + best]) best = j;
        return best;
    }
}
