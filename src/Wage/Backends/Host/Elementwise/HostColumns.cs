using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>Statistics and functions whose constants differ by column.</summary>
internal sealed unsafe class HostColumns(HostEngine engine)
{
    private readonly JoinedMeasure whole = new();

    /// <inheritdoc cref="IBackend.ReduceColumns{R}"/>
    public void Reduce<R>(Tensor x, Tensor? y, Tensor? columns, int run, in R statistic, Tensor to)
        where R : unmanaged, IColumnStatistic
    {
        var layout = ColumnLayout.Of(x, y, columns, R.Constants, to.Length / R.Results, run);
        var parts = Math.Max(1, Math.Min(engine.Pool.Workers, x.Length / 8192));
        var sums = engine.Scratch.Partials.Ensure<long>((long)parts * to.Length);
        var constants = columns is null ? null : ((HostTensor<int>)columns).Pointer;
        var work = (x, y, constants: (nint)constants, layout, statistic, sums: (nint)sums, parts, to.Length);
        engine.Pool.Run(parts, work, static (in s, part, _) =>
        {
            var mine = (long*)s.sums + ((long)part * s.Length);
            new Span<long>(mine, s.Length).Clear();
            long* left = stackalloc long[Elements.Block], right = stackalloc long[Elements.Block];
            new Span<long>(right, Elements.Block).Clear();
            var (first, last) = ((int)((long)s.x.Length * part / s.parts), (int)((long)s.x.Length * (part + 1) / s.parts));
            for (var i = first; i < last; i += Elements.Block)
            {
                var count = Math.Min(Elements.Block, last - i);
                Elements.Read(s.x, i, count, left);
                if (s.y is not null) Elements.Read(s.y, i, count, right);
                for (var j = 0; j < count; j++)
                {
                    var column = s.layout.Of(i + j);
                    var c = new PointedColumn((int*)s.constants + column, s.layout.Count);
                    for (var k = 0; k < R.Results; k++)
                    {
                        var at = mine + (k * s.layout.Count) + column;
                        *at = ColumnStatistic.Join<R>(*at, s.statistic.Of(new Lane64(left[j]), new Lane64(right[j]), c, k).Value);
                    }
                }
            }
        });
        var results = ((HostTensor<long>)to).Span;
        new ReadOnlySpan<long>(sums, results.Length).CopyTo(results);
        for (var part = 1; part < parts; part++)
            for (var i = 0; i < results.Length; i++) results[i] = ColumnStatistic.Join<R>(results[i], sums[((long)part * results.Length) + i]);
    }

    /// <inheritdoc cref="IBackend.MapColumns{F, S}"/>
    public void Map<F, S>(Tensor x, Tensor? y, Tensor columns, int run, in F function, in S stage, long range, in StageTensors t)
        where F : unmanaged, IColumnFunction
        where S : unmanaged, IOutputStage
    {
        var layout = ColumnLayout.Of<F>(x, y, columns, run, t);
        HostEngine.Require(t.Output, x.Length);
        if (t.Mask is not null) HostEngine.Require(t.Mask, x.Length);
        if (t.Gate is not null) HostEngine.Require(t.Gate, x.Length);
        var loop = new StageLoop<S>(stage, range, t, default);
        var (mask, gate) = ((HostTensor<byte>?)t.Mask, (HostTensor<byte>?)t.Gate);
        var work = (x, y, constants: (HostTensor<int>)columns, layout, function, loop, t.Output, mask, gate, whole);
        whole.Begin();
        engine.Ranges(x.Length, work, static (in s, start, n) =>
        {
            var part = default(StageMeasure);
            long* v = stackalloc long[Elements.Block], right = stackalloc long[Elements.Block];
            new Span<long>(right, Elements.Block).Clear();
            for (var i = start; i < start + n; i += Elements.Block)
            {
                var count = Math.Min(Elements.Block, start + n - i);
                Elements.Read(s.x, i, count, v);
                if (s.y is not null) Elements.Read(s.y, i, count, right);
                for (var j = 0; j < count; j++)
                {
                    var c = new PointedColumn(s.constants.Pointer + s.layout.Of(i + j), s.layout.Count);
                    v[j] = s.function.Of(new Lane64(v[j]), new Lane64(right[j]), c).Value;
                }

                Store(v, s.loop, i, count, s.Output, s.mask, s.gate, ref part);
            }

            s.whole.Add(part);
        });
        whole.Write(t.Statistic);
    }

    private static void Store<S>(
        long* v, in StageLoop<S> loop, int first, int n, Tensor output, HostTensor<byte>? mask, HostTensor<byte>? gate, ref StageMeasure part)
        where S : unmanaged, IOutputStage
    {
        var masks = mask is null ? null : mask.Pointer + first;
        var gates = gate is null ? null : gate.Pointer + first;
        switch (output)
        {
            case HostTensor<sbyte> to: loop.Run(v, first, n, to.Pointer + first, masks, gates, ref part); break;
            case HostTensor<short> to: loop.Run(v, first, n, to.Pointer + first, masks, gates, ref part); break;
            case HostTensor<int> to: loop.Run(v, first, n, to.Pointer + first, masks, gates, ref part); break;
            case HostTensor<long> to: loop.Run(v, first, n, to.Pointer + first, masks, gates, ref part); break;
            default: throw new ArgumentException($"stages write signed elements, not {output.Type}", nameof(output));
        }
    }
}

/// <summary>A column's constants behind a pointer.</summary>
internal readonly unsafe struct PointedColumn(int* first, int columns) : IColumnConstants<Lane64>
{
    /// <inheritdoc/>
    public Lane64 At(int row) => new(first[(long)row * columns]);
}
