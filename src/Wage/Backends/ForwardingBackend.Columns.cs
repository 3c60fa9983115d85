using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends;

/// <content>Operations with columns.</content>
public abstract partial class ForwardingBackend
{
    /// <inheritdoc/>
    public void ReduceColumns<R>(Tensor x, Tensor? y, Tensor? columns, int run, in R statistic, Tensor to)
        where R : unmanaged, IColumnStatistic
    {
        var before = Before();
        inner.ReduceColumns(x, y, columns, run, statistic, to);
        After(new BackendCall(FunctionName<R>.Name, null, to, Bytes(x) + Bytes(y) + Bytes(columns) + Bytes(to)), before);
    }

    /// <inheritdoc/>
    public void EachColumn<F>(ReadOnlySpan<Tensor> inputs, in F formula, int columns, params ReadOnlySpan<Tensor> outputs)
        where F : unmanaged, IColumnFormula
    {
        var before = Before();
        inner.EachColumn(inputs, formula, columns, outputs);
        var bytes = 0L;
        foreach (var tensor in inputs) bytes += Bytes(tensor);
        foreach (var tensor in outputs) bytes += Bytes(tensor);
        After(new BackendCall(FunctionName<F>.Name, null, outputs[0], bytes), before);
    }

    /// <inheritdoc/>
    public void MapColumns<F, S>(Tensor x, Tensor? y, Tensor columns, int run, in F function, in S stage, in StageTensors t)
        where F : unmanaged, IColumnFunction
        where S : unmanaged, IOutputStage
    {
        var before = Before();
        inner.MapColumns(x, y, columns, run, function, stage, t);
        After(new BackendCall(FunctionName<F>.Name, null, t.Output, Bytes(x) + Bytes(y) + Bytes(columns) + t.ByteLength), before);
    }

    /// <inheritdoc/>
    public void ConvolveError<F, S>(
        Tensor e, Tensor w, in ConvGeometry g, Tensor sums, Tensor y, Tensor columns, in F function, in S stage, in StageTensors t)
        where F : unmanaged, IColumnFunction
        where S : unmanaged, IOutputStage
    {
        var before = Before();
        inner.ConvolveError(e, w, g, sums, y, columns, function, stage, t);
        var bytes = Bytes(e) + Bytes(w) + Bytes(y) + Bytes(columns) + t.ByteLength;
        After(new BackendCall(FunctionName<F>.ConvolveError, g, t.Output, bytes), before);
    }
}
