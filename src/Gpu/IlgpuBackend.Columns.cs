using Wage.Backends;
using Wage.Gpu.Kernels;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Gpu;

/// <content>Operations with columns.</content>
public sealed partial class IlgpuBackend
{
    /// <summary>The fewest elements of a column for which a thread joins others in an atomic operation.</summary>
    private const int LeastColumnPart = 64;

    /// <inheritdoc/>
    public void ReduceColumns<R>(Tensor x, Tensor? y, Tensor? columns, int run, in R statistic, Tensor to)
        where R : unmanaged, IColumnStatistic
    {
        var layout = ColumnLayout.Of(x, y, columns, R.Constants, to.Length / R.Results, run);
        var parts = ColumnParts(layout);
        Clear(to);
        kernels.Run(
            new Kernel(typeof(ColumnKernels), nameof(ColumnKernels.Reduce), Element.Of(x), SecondElement(y), typeof(R)),
            shape.Over(parts * layout.Count), View(x), ViewOrUnread(y), ViewOrUnread(columns), layout, parts, statistic, View(to));
    }

    /// <inheritdoc/>
    public void EachColumn<F>(ReadOnlySpan<Tensor> inputs, in F formula, int columns, params ReadOnlySpan<Tensor> outputs)
        where F : unmanaged, IColumnFormula
    {
        HostNumbers.Require(inputs, outputs, columns);
        var numbers = new ColumnsView
        {
            Input0 = Numbers(inputs, 0),
            Input1 = Numbers(inputs, 1),
            Input2 = Numbers(inputs, 2),
            Input3 = Numbers(inputs, 3),
            Output0 = Numbers(outputs, 0),
            Output1 = Numbers(outputs, 1),
            Output2 = Numbers(outputs, 2),
            Columns = columns,
        };
        kernels.Run(new Kernel(typeof(ColumnKernels), nameof(ColumnKernels.Each), typeof(F)), shape.Over(columns), numbers, formula);
    }

    /// <inheritdoc/>
    public void MapColumns<F, S>(Tensor x, Tensor? y, Tensor columns, int run, in F function, in S stage, in StageTensors t)
        where F : unmanaged, IColumnFunction
        where S : unmanaged, IOutputStage
    {
        var layout = ColumnLayout.Of<F>(x, y, columns, run, t);
        var views = Views(t, x.Length);
        kernels.Run(
            new Kernel(typeof(ColumnKernels), nameof(ColumnKernels.Map), Element.Of(x), SecondElement(y), Element.Of(t.Output), typeof(F), typeof(S)),
            shape.Over(x.Length), View(x), ViewOrUnread(y), View(columns), layout, function, stage, views, x.Length);
    }

    /// <summary>Threads that share a column.</summary>
    private int ColumnParts(in ColumnLayout layout)
    {
        var threads = shape.Over(layout.Count * layout.Each);
        return Math.Max(1, Math.Min((threads.GridDim.X * threads.GroupDim.X) / layout.Count, layout.Each / LeastColumnPart));
    }

    private static Type SecondElement(Tensor? y) => y is null ? typeof(NoElement) : Element.Of(y);

    private NumbersView Numbers(ReadOnlySpan<Tensor> tensors, int i)
    {
        var tensor = i < tensors.Length ? tensors[i] : unread;
        return new NumbersView
        {
            Memory = View(tensor),
            Wide = tensor.Type == ElementType.Int64 ? 1 : 0,
            Single = tensor.Length == 1 ? 1 : 0,
        };
    }
}
