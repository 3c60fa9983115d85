using Wage.Backends;
using Wage.Gpu.Kernels;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Gpu;

/// <content>One element at a time.</content>
public sealed partial class IlgpuBackend
{
    /// <inheritdoc/>
    public void Map<S>(Tensor x, in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage
    {
        var views = Views(t, x.Length);
        if (t.ColumnSums is not null)
        {
            MapAndSum(x, stage, t, views, t.ColumnSums);
            return;
        }

        kernels.Run(
            new Kernel(typeof(Stages), nameof(Stages.Map), Element.Of(x), Element.Of(t.Output), typeof(S)), shape.Over(x.Length),
            View(x), stage, views, ViewOrUnread(t.Start), ViewOrUnread(t.Multipliers), ViewOrUnread(t.Shifts), x.Length);
    }

    private void MapAndSum<S>(Tensor x, in S stage, in StageTensors t, in StageViews views, Tensor sums)
        where S : unmanaged, IOutputStage
    {
        var layout = ColumnLayout.Of(x, null, null, 0, sums.Length / 2, 1);
        var parts = ColumnParts(layout);
        Clear(sums);
        kernels.Run(
            new Kernel(typeof(Stages), nameof(Stages.MapAndSum), Element.Of(x), Element.Of(t.Output), typeof(S)), shape.Over(parts * layout.Count),
            View(x), stage, views, ViewOrUnread(t.Start), ViewOrUnread(t.Multipliers), ViewOrUnread(t.Shifts), layout, parts, View(sums));
    }

    /// <summary>The tensors of a stage of so many elements for a kernel; its statistic begins at 0.</summary>
    private StageViews Views(in StageTensors t, long length)
    {
        Require(t.Output, length);
        if (t.Mask is not null) Require(t.Mask, length);
        if (t.Gate is not null) Require(t.Gate, length);
        t.RequireColumns();
        if (t.Statistic is not null) Clear(t.Statistic);
        return new StageViews
        {
            Output = View(t.Output),
            Mask = ViewOrUnread(t.Mask),
            Position = View(unread),
            Gate = ViewOrUnread(t.Gate),
            Range = ViewOrZero(t.Range),
            ExponentIn = ViewOrZero(t.ExponentIn),
            Exponent = ViewOrUnread(t.Exponent),
            Statistic = ViewOrUnread(t.Statistic),
            Has = new StageParts
            {
                Mask = t.Mask is null ? 0 : 1,
                GateBits = t.Gate is null ? 0 : t.GateBits,
                Columns = t.Columns,
                Start = t.Start is null ? 0 : 1,
                Scales = t.Multipliers is null ? 0 : 1,
                Statistic = t.Statistic is null ? 0 : 1,
                StatisticLimit = t.StatisticLimit,
                StatisticGateBits = t.Gate is null ? 0 : t.StatisticGateBits,
                Key = t.Key,
                FirstRandom = t.FirstRandom,
            },
        };
    }

    /// <inheritdoc/>
    public void Combine<F>(Tensor x, Tensor y, in F function, Tensor z)
        where F : unmanaged, IPairFunction
    {
        Require(x, z.Length);
        Require(y, z.Length);
        kernels.Run(
            new Kernel(typeof(Elementwise), nameof(Elementwise.Combine), Element.Of(x), Element.Of(y), Element.Of(z), typeof(F)),
            shape.Over(z.Length), View(x), View(y), function, View(z), z.Length);
    }

    /// <inheritdoc/>
    public void CopyColumns(Tensor source, Tensor destination, int first)
    {
        var columns = Columns.Of(source, destination, first);
        kernels.Run(
            KernelOf(typeof(Elementwise), nameof(Elementwise.CopyColumns), source), shape.Over(source.Length),
            View(source), columns, View(destination), source.Length);
    }

    /// <inheritdoc/>
    public void Lookup(Tensor x, int least, Tensor table, Tensor y)
    {
        Require(x, y.Length);
        kernels.Run(
            KernelOf(typeof(Elementwise), nameof(Elementwise.Lookup), x, y), shape.Over(y.Length),
            View(x), least, View(table), table.Length, View(y), y.Length);
    }

    /// <inheritdoc/>
    public void Unpack(Tensor packed, int bits, int shift, Tensor codes)
    {
        Require(packed, (int)BitPacking.Bytes(codes.Length, bits));
        kernels.Run(
            KernelOf(typeof(Elementwise), nameof(Elementwise.Unpack)), shape.Over(codes.Length),
            View(packed), bits, shift, View(codes), codes.Length);
    }

    /// <summary>results = f(x, y), Int64, element by element: a check of the device's arithmetic.</summary>
    internal void Evaluate<TFunction>(Tensor x, Tensor y, Tensor results)
        where TFunction : struct, IEdgeFunction
    {
        Require(x, results.Length);
        Require(y, results.Length);
        kernels.Run(
            new Kernel(typeof(EdgeArithmetic), nameof(EdgeArithmetic.Map), typeof(TFunction)), shape.Over(results.Length),
            View(x), View(y), View(results), results.Length);
    }
}
