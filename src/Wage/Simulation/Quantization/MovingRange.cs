using Wage.Simulation.Conversion;
using Wage.Simulation.Layers;
using Wage.Tensors;

namespace Wage.Simulation.Quantization;

/// <summary>
/// The range of an activation tensor over training steps: the moving average of the batches' least and greatest values, each first extended to
/// contain 0. Jacob et al. 2018, section 3.1. It has a state [3]: the least, the greatest value, and the batches that it has seen (up to 2^24).
/// </summary>
/// <param name="build">Memory.</param>
/// <param name="tensor">"conv1": the name in checkpoints and messages.</param>
/// <param name="rule">How it moves.</param>
internal sealed class MovingRange(FloatBuilder build, string tensor, MovingRangeRule rule)
{
    private const float MostBatches = 1 << 24;

    private readonly FloatTensor values = build.Allocate(MemoryKind.Weights, new Shape(3));

    /// <summary>"conv1.range".</summary>
    public FloatState State => new($"{tensor}.range", values);

    /// <summary>The tensor's name.</summary>
    public string Tensor => tensor;

    /// <summary>Whether a batch has counted.</summary>
    public bool IsKnown => values.Span is [_, _, > 0];

    /// <summary>The least and the greatest value.</summary>
    public (float Least, float Greatest) Ends => (values.Span[0], values.Span[1]);

    /// <summary>
    /// A batch counts: v_t = v_(t-1) + w_t (x_t - v_(t-1)), w_t = (1 - d) / (1 - d^t), which is Adam's average without bias, B_t / (1 - d^t) with
    /// B_t = d B_(t-1) + (1 - d) x_t, B_0 = 0; or w_1 = 1 and later 1 - d. Either way v_1 = x_1.
    /// </summary>
    /// <exception cref="WageException">A value is not finite.</exception>
    public void Add(float least, float greatest)
    {
        LinearRange.Require(tensor, least, greatest);
        var state = values.Span;
        state[2] = Math.Min(state[2] + 1, MostBatches);
        var weight = rule.Weight((long)state[2]);
        state[0] = (float)(state[0] + (weight * (Math.Min(least, 0) - state[0])));
        state[1] = (float)(state[1] + (weight * (Math.Max(greatest, 0) - state[1])));
    }

    /// <summary>No batch has counted.</summary>
    public void Forget() => values.Span.Clear();

    /// <summary>Takes a range that was found in another way, as if one batch had given it.</summary>
    public void Set(float least, float greatest)
    {
        LinearRange.Require(tensor, least, greatest);
        (values.Span[0], values.Span[1], values.Span[2]) = (Math.Min(least, 0), Math.Max(greatest, 0), 1);
    }

    /// <summary>The codes of the range.</summary>
    /// <exception cref="WageException">No batch has counted.</exception>
    public AffineGrid Grid(int bits)
    {
        if (!IsKnown)
        {
            throw new WageException(
                $"{tensor}: its activations have no range yet, so they have no codes.",
                "train a step, load a checkpoint that has one, or calibrate.");
        }

        return AffineGrid.Of(tensor, values.Span[0], values.Span[1], bits);
    }
}

/// <summary>How a <see cref="MovingRange"/> moves.</summary>
/// <param name="Decay">d, below 1.</param>
/// <param name="IsUnbiased">The first batches weigh as in an average without bias; false: as every later one.</param>
internal readonly record struct MovingRangeRule(double Decay, bool IsUnbiased)
{
    /// <summary>The weight of batch t, from 1.</summary>
    public double Weight(long t) => t == 1 ? 1 : IsUnbiased ? (1 - Decay) / (1 - FloatMath.Power(Decay, t)) : 1 - Decay;
}
