using Wage.Simulation.Layers;
using Wage.Tensors;

namespace Wage.Simulation.Ranges;

/// <summary>
/// What is remembered of a tensor's range from step to step, a state of 7 values: the least and the greatest value, the tensors that moved it (up to
/// 2^24), those that were skipped because a value was not finite, of the last training step the share of values beyond the range and that of values
/// other than 0 which became 0, and DSGC's deviation.
/// </summary>
/// <param name="build">Memory.</param>
/// <param name="name">"conv1.range", "conv1.errorRange".</param>
internal sealed class RangeState(FloatBuilder build, string name)
{
    private const float MostCounted = 1 << 24;

    private readonly FloatTensor values = build.Allocate(MemoryKind.Weights, new Shape(7));

    /// <summary>As checkpoints have it.</summary>
    public FloatState State => new(name, values);

    /// <summary>Whether a tensor has counted.</summary>
    public bool IsKnown => values.Span is [_, _, > 0, ..];

    /// <summary>The range as the last step left it.</summary>
    public TensorRange Range => new(values.Span[0], values.Span[1]);

    /// <summary>The tensors that were skipped.</summary>
    public long Skipped => (long)values.Span[3];

    /// <summary>The share of the last training step's values that lay more than half a step beyond the grid.</summary>
    public float Saturated => values.Span[4];

    /// <summary>The share of its values other than 0 which became 0.</summary>
    public float Underflowed => values.Span[5];

    /// <summary>1 - cos(G, Q(G)) of the last search.</summary>
    public float Deviation
    {
        get => values.Span[6];
        set => values.Span[6] = value;
    }

    /// <summary>A tensor counts.</summary>
    public void Move(TensorRange to)
    {
        var state = values.Span;
        (state[0], state[1], state[2]) = (to.Least, to.Greatest, Math.Min(state[2] + 1, MostCounted));
    }

    /// <summary>A tensor is skipped.</summary>
    public void Skip() => values.Span[3] = Math.Min(values.Span[3] + 1, MostCounted);

    /// <summary>What became of the values of a training step.</summary>
    public void Count(CodingCounts counts, int length)
    {
        values.Span[4] = (float)((double)counts.Saturated / length);
        values.Span[5] = counts.Nonzero == 0 ? 0 : (float)((double)counts.Underflowed / counts.Nonzero);
    }
}
