using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>What the threads measure of one tensor, joined; kept, so that a step allocates nothing.</summary>
internal sealed class JoinedMeasure
{
    private readonly Lock guard = new();
    private StageMeasure whole;

    /// <summary>Of another tensor.</summary>
    public void Begin() => whole = default;

    /// <summary>A part's share; greatest and sums, so the order does not matter.</summary>
    public void Add(in StageMeasure part)
    {
        if (part.Maximum == 0) return;
        lock (guard) whole.Add(part);
    }

    /// <summary>Writes it where it is asked for.</summary>
    public void Write(Tensor? statistic) => whole.Write((HostTensor?)statistic);
}
