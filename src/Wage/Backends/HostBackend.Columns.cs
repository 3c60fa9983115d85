using Wage.Backends.Host;
using Wage.Quantization;
using Wage.Tensors;
using static Wage.Backends.Host.HostEngine;

namespace Wage.Backends;

/// <content>Formulas whose constants differ by column.</content>
public sealed partial class HostBackend
{
    /// <inheritdoc/>
    public void ReduceColumns<R>(Tensor x, Tensor? y, Tensor? columns, int run, in R statistic, Tensor to)
        where R : unmanaged, IColumnStatistic => this.columns.Reduce(x, y, columns, run, statistic, to);

    /// <summary>A few numbers of each column, for which the definition is fast enough.</summary>
    public void EachColumn<F>(ReadOnlySpan<Tensor> inputs, in F formula, int columns, params ReadOnlySpan<Tensor> outputs)
        where F : unmanaged, IColumnFormula => definition.EachColumn(inputs, formula, columns, outputs);

    /// <inheritdoc/>
    public void MapColumns<F, S>(Tensor x, Tensor? y, Tensor columns, int run, in F function, in S stage, in StageTensors t)
        where F : unmanaged, IColumnFunction
        where S : unmanaged, IOutputStage => this.columns.Map(x, y, columns, run, function, stage, StageRange(stage, t), t);

    /// <inheritdoc/>
    public void ConvolveError<F, S>(
        Tensor e, Tensor w, in ConvGeometry g, Tensor sums, Tensor y, Tensor columns, in F function, in S stage, in StageTensors t)
        where F : unmanaged, IColumnFunction
        where S : unmanaged, IOutputStage
    {
        Require(e, g.OutputLength);
        Require(w, g.WeightLength);
        Require(sums, g.InputLength);
        if (sums is HostTensor<int> && HostProducts.ErrorEndsInStage(g, Pool.Workers)
            && this.columns.Of(sums, y, columns, function, stage, StageRange(stage, t), t.Output.Length / g.Batch, t) is { } end)
        {
            products.Error(e, w, g, end);
            this.columns.Measured(t);
            return;
        }

        ConvolveError(e, w, g, sums);
        MapColumns(sums, y, columns, 1, function, stage, t);
    }
}
