using Wage.Losses;
using Wage.Tensors;

namespace Wage.Backends;

/// <content>The errors of the last layer.</content>
public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void LossErrors<L>(Tensor scores, Tensor labels, in L loss, Tensor delta, Tensor metrics)
        where L : unmanaged, ILossRow
    {
        var (score, label, error, totals) = (Host(scores), Host(labels), Host(delta), Host(metrics));
        var classes = scores.Shape.Stride;
        for (var n = 0; n < label.Length; n++)
        {
            var (first, own) = (n * classes, n * classes + (int)label[n]);
            var best = first;
            for (var i = first; i < first + classes; i++)
            {
                error[i] = 0;
                if (score[i] > score[best]) best = i;
            }

            if (own < first) continue;
            var (known, sum) = (new ScoreRow(score[best], score[own], 0), 0L);
            for (var i = first; i < first + classes; i++) sum = checked(sum + loss.Term(score[i], i == own, known));
            known = known with { Sum = sum };
            for (var i = first; i < first + classes; i++) error[i] = loss.Error(score[i], i == own, known);
            totals[0] = checked(totals[0] + loss.Loss(known));
            if (best == own) totals[1]++;
            totals[2]++;
        }
    }
}
