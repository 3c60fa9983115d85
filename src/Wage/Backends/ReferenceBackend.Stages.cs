using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends;

/// <content>Output stages, fused or alone.</content>
public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public long StoredSums { get; private set; }

    /// <inheritdoc/>
    public void Convolve<S>(
        Tensor x, Tensor w, in ConvGeometry g, ElementType accumulator, in PoolGeometry? pool, in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage
    {
        var v = t.Kept ?? Allocate(accumulator, g.OutputShape);
        StoredSums = t.Kept is null ? v.ByteLength : 0;
        Convolve(x, w, g, v);
        if (pool is { } windows)
        {
            var pooled = Allocate(accumulator, windows.OutputShape);
            StoredSums += pooled.ByteLength;
            MaxPool(v, windows, pooled, t.Position!);
            v = pooled;
        }

        Map(v, stage, t);
    }

    /// <inheritdoc/>
    public void ConvolveError<S>(Tensor e, Tensor w, in ConvGeometry g, ElementType accumulator, in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage
    {
        var v = Allocate(accumulator, g.InputShape);
        StoredSums = v.ByteLength;
        ConvolveError(e, w, g, v);
        Map(v, stage, t);
    }

    /// <inheritdoc/>
    public void Map<S>(Tensor x, in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage
    {
        t.RequireColumns();
        var (source, output, mask, gate) = (Host(x), Host(t.Output), Given(t.Mask), Given(t.Gate));
        var (start, multipliers, shifts) = (Given(t.Start), Given(t.Multipliers), Given(t.Shifts));
        var range = StageRange(stage, t);
        var (k, bits) = (stage.Prepare<Lane64>(range), stage.RandomBits(range));
        var column = k.Column;
        var (whole, most) = (new StageMeasure(), StageMeasure.Most(t.StatisticLimit, stage.Exponent(range)));
        for (var i = 0; i < source.Length; i++)
        {
            var j = t.Columns == 0 ? 0 : i % t.Columns;
            var v = new Lane64(start is null ? source[i] : checked(source[i] + start[j]));
            if (multipliers is not null) (column.Multiplier, column.Shift) = (new Lane64(multipliers[j]), new Lane64(shifts![j]));
            if (bits > 0) column.Random = new Lane64(RandomBits.Word(t.Key, (ulong)(t.FirstRandom + i), bits));
            var value = stage.Value(v, k, column).Value;
            output[i] = Passes(t.GateBits) ? value : 0;
            if (Passes(t.StatisticGateBits)) whole.Add(v.Value, value, most);
            if (mask is not null) mask[i] = stage.Mask(v, k).Value;

            bool Passes(int bits) => gate is null || (gate[i] & bits) == bits;
        }

        whole.Write(Given(t.Statistic));
        if (t.ColumnSums is not null) ReduceColumns(t.Output, null, null, 1, default(BatchNormSums), t.ColumnSums);
    }

    private static HostTensor? Given(Tensor? tensor) => tensor is null ? null : Host(tensor);
}
