using ILGPU;
using Wage.Losses;

namespace Wage.Gpu.Kernels;

/// <summary>
/// The errors of the last layer, a sample to a thread.
/// The metrics are integer sums, so their order does not matter; the loss proved that they fit.
/// </summary>
internal static class LossErrors
{
    /// <summary>delta = the errors of each row of scores; the metrics grow.</summary>
    public static void Rows<TS, TD, L>(
        ArrayView<byte> scores, int classes, ArrayView<byte> labels, L loss, ArrayView<byte> delta, ArrayView<byte> metrics, int samples)
        where TS : struct, IElement
        where TD : struct, IElement
        where L : unmanaged, ILossRow
    {
        for (var n = Threads.First; n < samples; n += Threads.Step)
        {
            var (first, label) = (n * classes, labels.Cast<int>()[n]);
            if (label < 0)
            {
                for (var j = 0; j < classes; j++) TD.Set(delta, first + j, 0);
                continue;
            }

            var (greatest, best) = (TS.Get(scores, first), 0);
            for (var j = 1; j < classes; j++)
            {
                var score = TS.Get(scores, first + j);
                if (score > greatest) (greatest, best) = (score, j);
            }

            var (known, sum) = (new ScoreRow(greatest, TS.Get(scores, first + label), 0), 0L);
            for (var j = 0; j < classes; j++) sum += loss.Term(TS.Get(scores, first + j), j == label, known);
            known = known with { Sum = sum };
            for (var j = 0; j < classes; j++) TD.Set(delta, first + j, loss.Error(TS.Get(scores, first + j), j == label, known));
            var totals = metrics.Cast<long>();
            Atomic.Add(ref totals[0], loss.Loss(known));
            if (best == label) Atomic.Add(ref totals[1], 1L);
            Atomic.Add(ref totals[2], 1L);
        }
    }
}
