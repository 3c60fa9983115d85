using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>
/// The sums of an output by column (<see cref="StageTensors.ColumnSums"/>), image by image while it is in the cache: each thread has sums of its own.
/// </summary>
internal sealed unsafe class OutputSums(HostEngine engine)
{
    private ColumnReduction<BatchNormSums> work;
    private HostTensor<long>? to;

    /// <summary>Of another output; without sums nothing is to be made.</summary>
    public void Begin(in StageTensors t)
    {
        to = (HostTensor<long>?)t.ColumnSums;
        if (to is null) return;
        var columns = to.Length / 2;
        var layout = new ColumnLayout(columns, 1, t.Output.Length / columns);
        work = new ColumnReduction<BatchNormSums>(t.Output, null, layout, default, HostColumns.Whole(columns), engine.Pool.Workers);
        var length = (long)work.Parts * work.Length;
        var sums = engine.Scratch.Partials.Ensure<long>(length);
        new Span<long>(sums, checked((int)length)).Clear();
        work = work with { Sums = (nint)sums };
    }

    /// <summary>Outputs from the first of an image on, all of them.</summary>
    public void Add(long first, int count, int worker) => work.Add(checked((int)first), count, worker);

    /// <summary>Writes them where they are asked for.</summary>
    public void Write()
    {
        if (to is not null) work.Join(to.Span);
    }
}
