using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends;

/// <content>Operations with columns.</content>
public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void ReduceColumns<R>(Tensor x, Tensor? y, Tensor? columns, int run, in R statistic, Tensor to)
        where R : unmanaged, IColumnStatistic
    {
        var layout = ColumnLayout.Of(x, y, columns, R.Constants, to.Length / R.Results, run);
        var (left, right, constants, results) = (Host(x), Given(y), Given(columns), Host(to));
        Clear(to);
        for (var i = 0; i < left.Length; i++)
        {
            var column = layout.Of(i);
            for (var k = 0; k < R.Results; k++)
            {
                var at = (k * layout.Count) + column;
                var term = statistic.Of(new Lane64(left[i]), new Lane64(right?[i] ?? 0), new HostColumn(constants, column, layout.Count), k);
                results[at] = ColumnStatistic.Join<R>(results[at], term.Value);
            }
        }
    }

    /// <inheritdoc/>
    public void EachColumn<F>(ReadOnlySpan<Tensor> inputs, in F formula, int columns, params ReadOnlySpan<Tensor> outputs)
        where F : unmanaged, IColumnFormula
    {
        var numbers = new HostNumbers(inputs, outputs, columns);
        for (var column = 0; column < columns; column++) formula.Of(numbers with { Column = column });
    }

    /// <inheritdoc/>
    public void MapColumns<F, S>(Tensor x, Tensor? y, Tensor columns, int run, in F function, in S stage, in StageTensors t)
        where F : unmanaged, IColumnFunction
        where S : unmanaged, IOutputStage
    {
        var layout = ColumnLayout.Of<F>(x, y, columns, run, t);
        var (left, right, constants) = (Host(x), Given(y), Host(columns));
        var v = HostTensor.Create(ElementType.Int64, x.Shape);
        for (var i = 0; i < left.Length; i++)
            v[i] = function.Of(new Lane64(left[i]), new Lane64(right?[i] ?? 0), new HostColumn(constants, layout.Of(i), layout.Count)).Value;
        Map(v, stage, t);
    }
}
