using Wage.Numbers;

namespace Wage.Simulation;

/// <summary>
/// A loss on scores [N,classes]: its mean derivative over the batch, and its value as an integer of 2^-24, so that sums over samples are exact.
/// </summary>
internal abstract class FloatLoss
{
    /// <summary>The unit of a loss: 2^-24.</summary>
    public const int FractionBits = 24;

    /// <summary>A checkpoint holds the loss of a sample in 39 bits.</summary>
    private const double Greatest = 1L << 39;

    /// <summary>"sse" or "crossEntropy", as the losses of integers are called.</summary>
    public abstract string Name { get; }

    /// <summary>The images over which a derivative is the mean: of the whole batch, of which the labels may be a part.</summary>
    public required int Batch { get; init; }

    /// <summary>The loss of this name.</summary>
    /// <exception cref="WageException">There is none.</exception>
    /// <param name="name">"sse" or "crossEntropy".</param>
    /// <param name="smoothing">Of the labels; null: none.</param>
    /// <param name="batch">See <see cref="Batch"/>.</param>
    public static FloatLoss Of(string name, int batch, Ratio? smoothing = null) => name switch
    {
        "sse" when smoothing is { } given => throw new WageException(
            $"{Term.Option("labelSmoothing")}: is {given}, but the loss is sse, which has none.", "take the loss crossEntropy."),
        "sse" => new FloatSquaredError { Batch = batch },
        "crossEntropy" => new FloatCrossEntropy(FloatMath.ToFloat(smoothing)) { Batch = batch },
        _ => throw new WageException($"loss: is {name}, but scheme float32 has sse and crossEntropy."),
    };

    /// <summary>Writes delta [N,classes] for labels [N], -1 ignored; adds to the metrics.</summary>
    /// <param name="scores">[N,classes].</param>
    /// <param name="labels">[N].</param>
    /// <param name="delta">[N,classes].</param>
    /// <param name="metrics">They grow.</param>
    /// <param name="saturates">A loss beyond 2^15 counts as 2^15; false: it is refused.</param>
    /// <exception cref="WageException">A loss is no number, or beyond 2^15.</exception>
    public void Error(FloatTensor scores, ReadOnlySpan<int> labels, FloatTensor delta, ref FloatMetrics metrics, bool saturates = false)
    {
        var (classes, batch) = (scores.Shape.Stride, (float)Batch);
        for (var n = 0; n < labels.Length; n++)
        {
            Span<float> row = scores.Span.Slice(n * classes, classes), to = delta.Span.Slice(n * classes, classes);
            to.Clear();
            if (labels[n] < 0) continue;
            var loss = Math.Round(Sample(row, labels[n], to) * (double)(1 << FractionBits));
            if (saturates) loss = Math.Clamp(loss, -Greatest, Greatest);
            if (!(Math.Abs(loss) <= Greatest))
                throw new WageException($"loss: an image's is {loss / (1 << FractionBits)}, not a number up to {Greatest / (1 << FractionBits)}: " +
                    "the training diverged.", $"take a smaller {Term.Eta}.");
            foreach (ref var value in to) value /= batch;
            metrics.LossSum += (long)loss;
            metrics.Correct += FirstGreatest(row) == labels[n] ? 1 : 0;
            metrics.Counted++;
        }
    }

    /// <summary>The first of the greatest scores.</summary>
    public static int FirstGreatest(ReadOnlySpan<float> scores)
    {
        var best = 0;
        for (var j = 1; j < scores.Length; j++)
        {
            if (scores[j] > scores[best]) best = j;
        }

        return best;
    }

    /// <summary>The loss of one sample and its derivative.</summary>
    protected abstract float Sample(ReadOnlySpan<float> scores, int label, Span<float> derivative);
}

/// <summary>What a loss counts.</summary>
internal struct FloatMetrics
{
    public long LossSum;
    public long Correct;
    public long Counted;
}

/// <summary>1/2 sum (out - onehot)^2, the derivative out - onehot.</summary>
internal sealed class FloatSquaredError : FloatLoss
{
    /// <inheritdoc/>
    public override string Name => "sse";

    /// <inheritdoc/>
    protected override float Sample(ReadOnlySpan<float> scores, int label, Span<float> derivative)
    {
        var sum = 0f;
        for (var j = 0; j < scores.Length; j++)
        {
            derivative[j] = scores[j] - (j == label ? 1 : 0);
            sum = MathF.FusedMultiplyAdd(derivative[j], derivative[j], sum);
        }

        return sum / 2;
    }
}

/// <summary>
/// -ln softmax(out)[label], the derivative softmax(out) - onehot. With a smoothing s (Szegedy et al. 2016) the targets are t = (1 - s) onehot +
/// s / classes: the loss -sum t ln softmax(out), the derivative softmax(out) - t.
/// </summary>
internal sealed class FloatCrossEntropy(float smoothing) : FloatLoss
{
    /// <inheritdoc/>
    public override string Name => "crossEntropy";

    /// <inheritdoc/>
    protected override float Sample(ReadOnlySpan<float> scores, int label, Span<float> derivative)
    {
        var (greatest, sum) = (scores[FirstGreatest(scores)], 0f);
        for (var j = 0; j < scores.Length; j++)
        {
            derivative[j] = FloatMath.Exp(scores[j] - greatest);
            sum += derivative[j];
        }

        foreach (ref var value in derivative) value /= sum;
        derivative[label] -= 1 - smoothing;
        var loss = FloatMath.Log(sum) - (scores[label] - greatest);
        return smoothing == 0 ? loss : Smoothed(loss, scores, label, derivative);
    }

    /// <summary>-sum t ln p = -ln p[label] + s / classes sum (out[label] - out).</summary>
    private float Smoothed(float loss, ReadOnlySpan<float> scores, int label, Span<float> derivative)
    {
        var (each, below) = (smoothing / scores.Length, 0f);
        for (var j = 0; j < scores.Length; j++)
        {
            derivative[j] -= each;
            below += scores[label] - scores[j];
        }

        return MathF.FusedMultiplyAdd(each, below, loss);
    }
}
