using ILGPU;
using Wage.Numbers;

namespace Wage.Gpu.Kernels;

/// <summary>
/// The errors of the last layer, a sample to a thread.
/// The metrics are integer sums, so their order does not matter; the loss proved that they fit.
/// </summary>
internal static class LossErrors
{
    /// <summary>delta = scores - one * onehot.</summary>
    public static void SquaredError<TS, TD>(
        ArrayView<byte> scores, int classes, ArrayView<byte> labels, long one, int dropped,
        ArrayView<byte> delta, ArrayView<byte> metrics, int samples)
        where TS : struct, IElement
        where TD : struct, IElement
    {
        for (var n = Threads.First; n < samples; n += Threads.Step)
        {
            var (first, label, sum) = (n * classes, labels.Cast<int>()[n], 0L);
            for (var j = 0; j < classes; j++)
            {
                var error = label < 0 ? 0 : TS.Get(scores, first + j) - (j == label ? one : 0);
                var square = FixedPoint.Round(error, dropped, Rounding.HalfEven);
                sum += square * square;
                TD.Set(delta, first + j, error);
            }

            if (label >= 0) Count<TS>(scores, first, classes, label, sum, metrics);
        }
    }

    /// <summary>delta = probabilities - 2^30 * onehot.</summary>
    public static void CrossEntropy<TS, TD>(
        ArrayView<byte> scores, int classes, ArrayView<byte> labels, int fractionBits, ArrayView<byte> delta, ArrayView<byte> metrics, int samples)
        where TS : struct, IElement
        where TD : struct, IElement
    {
        for (var n = Threads.First; n < samples; n += Threads.Step)
        {
            var (first, label, sum) = (n * classes, labels.Cast<int>()[n], 0L);
            var most = TS.Get(scores, first + Greatest<TS>(scores, first, classes));
            for (var j = 0; j < classes; j++) sum += IntegerSoftmax.Exponential(most - TS.Get(scores, first + j), fractionBits);
            for (var j = 0; j < classes; j++)
            {
                var p = IntegerSoftmax.Probability(IntegerSoftmax.Exponential(most - TS.Get(scores, first + j), fractionBits), sum);
                TD.Set(delta, first + j, label < 0 ? 0 : p - (j == label ? 1L << IntegerSoftmax.ProbabilityBits : 0));
            }

            if (label < 0) continue;
            var loss = IntegerSoftmax.NegativeLog(most - TS.Get(scores, first + label), fractionBits, sum);
            Count<TS>(scores, first, classes, label, loss, metrics);
        }
    }

    private static void Count<TS>(ArrayView<byte> scores, long first, int classes, int label, long loss, ArrayView<byte> metrics)
        where TS : struct, IElement
    {
        var totals = metrics.Cast<long>();
        Atomic.Add(ref totals[0], loss);
        if (Greatest<TS>(scores, first, classes) == label) Atomic.Add(ref totals[1], 1L);
        Atomic.Add(ref totals[2], 1L);
    }

    /// <summary>The first of the greatest scores.</summary>
    private static int Greatest<TS>(ArrayView<byte> scores, long first, int classes)
        where TS : struct, IElement
    {
        var (best, at) = (TS.Get(scores, first), 0);
        for (var j = 1; j < classes; j++)
        {
            var score = TS.Get(scores, first + j);
            if (score > best) (best, at) = (score, j);
        }

        return at;
    }
}
