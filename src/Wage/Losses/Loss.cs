using System.Numerics;
using Wage.Backends;
using Wage.Layers;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Losses;

/// <summary>The derivative of a loss with respect to the scores, as exact integers, and the loss itself as an integer sum for reports.</summary>
public abstract class Loss
{
    /// <summary>Samples that the metrics are proved to add up without reaching 64 bits: 2^24.</summary>
    public const int MostSamples = 1 << 24;

    private IBackend? backend;
    private Tensor? delta;

    /// <summary>"sse" or "crossEntropy".</summary>
    public abstract string Name { get; }

    /// <summary>The unit of the loss sum: loss = sum * 2^-LossFractionBits.</summary>
    public int LossFractionBits { get; protected set; }

    /// <summary>Checks the scores [N,classes], allocates, and says what the error is.</summary>
    public abstract SignalSpec Build(BuildContext context, SignalSpec scores);

    /// <summary>The error of the scores; the metrics (Int64 [3]: loss, correct, counted) grow.</summary>
    public abstract Signal Error(Signal scores, Tensor labels, Tensor metrics);

    /// <summary>Refuses scores of a unit that no loss takes.</summary>
    protected static void RequireUnit(SignalSpec scores)
    {
        if (scores.FractionBits is < 0 or > 46)
            throw new WageException($"loss: scores have {scores.FractionBits} fraction bits; it takes 0 to 46.");
    }

    /// <summary>x + y, which fits int64.</summary>
    /// <exception cref="WageException">It does not.</exception>
    protected static long Proved(string what, long x, long y) => x <= long.MaxValue - y
        ? x + y
        : throw new WageException(
            $"loss: {what} can reach {(BigInteger)x + y}, which int64 ({long.MaxValue}) cannot hold.",
            "take smaller bit widths.");

    /// <summary>delta, the errors of this row's loss; the metrics grow.</summary>
    protected Tensor Errors<L>(Signal scores, Tensor labels, in L row, Tensor metrics)
        where L : unmanaged, ILossRow
    {
        backend!.LossErrors(scores.Values, labels, row, delta!, metrics);
        return delta!;
    }

    /// <summary>Checks the scores and allocates delta.</summary>
    protected void Allocate(BuildContext context, SignalSpec scores, ElementType type)
    {
        if (scores.Shape.Rank != 2)
            throw new WageException(
                $"loss: takes scores [N,classes], but the last layer gives {scores.Shape}.",
                "end the network with a Dense layer.");
        if (scores.Type is not (ElementType.Int32 or ElementType.Int64 or ElementType.Int8))
            throw new WageException(
                $"loss: cannot read scores of type {scores.Type}.");
        (backend, delta) = (context.Backend, context.Allocate(MemoryKind.Errors, type, scores.Shape));
    }
}

/// <summary>1/2 sum (out - onehot)^2, summed over the batch. WAGE section 3.3: delta = acc - 2^fractionBits onehot.</summary>
public sealed class SquaredError : Loss
{
    private int dropped;

    /// <inheritdoc/>
    public override string Name => "sse";

    /// <inheritdoc/>
    public override SignalSpec Build(BuildContext context, SignalSpec scores)
    {
        RequireUnit(scores);
        var bound = Proved("a score less its label's", scores.Bound, 1L << scores.FractionBits);
        var type = bound <= int.MaxValue && scores.Type != ElementType.Int64 ? ElementType.Int32 : ElementType.Int64;
        Allocate(context, scores, type);
        dropped = 0;
        while (Sum(bound >> dropped, scores.Shape.Stride) > long.MaxValue) dropped++;
        LossFractionBits = (2 * (scores.FractionBits - dropped)) + 1;
        return new SignalSpec(scores.Shape, type, scores.FractionBits, bound);
    }

    /// <inheritdoc/>
    public override Signal Error(Signal scores, Tensor labels, Tensor metrics) =>
        scores with { Values = Errors(scores, labels, new SquaredErrorRow(1L << scores.FractionBits, dropped), metrics) };

    private static BigInteger Sum(long bound, int classes) => BigInteger.Pow((BigInteger)bound + 1, 2) * classes * MostSamples;
}

/// <summary>-ln softmax(out)[label], summed over the batch: delta = p - onehot in units of 2^-30, see <see cref="IntegerSoftmax"/>.</summary>
public sealed class SoftmaxCrossEntropy : Loss
{
    /// <inheritdoc/>
    public override string Name => "crossEntropy";

    /// <inheritdoc/>
    public override SignalSpec Build(BuildContext context, SignalSpec scores)
    {
        RequireUnit(scores);
        Proved("two scores' difference", scores.Bound, scores.Bound);
        Allocate(context, scores, ElementType.Int32);
        LossFractionBits = IntegerSoftmax.LogBits;
        return new SignalSpec(scores.Shape, ElementType.Int32, IntegerSoftmax.ProbabilityBits, 1L << IntegerSoftmax.ProbabilityBits);
    }

    /// <inheritdoc/>
    public override Signal Error(Signal scores, Tensor labels, Tensor metrics) =>
        new(Errors(scores, labels, new CrossEntropyRow(scores.FractionBits), metrics), IntegerSoftmax.ProbabilityBits);
}
