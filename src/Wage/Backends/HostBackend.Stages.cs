using System.Numerics;
using Wage.Backends.Host;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends;

/// <content>
/// Output stages. A product's end in one pass: an image's accumulators are pooled, rounded and masked while they are in the cache, and never reach
/// main memory. The way back reads the mask, a byte an element, instead of the accumulators.
/// </content>
public sealed unsafe partial class HostBackend
{
    private readonly Dictionary<Type, ImageStage> imageStages = [];

    /// <inheritdoc/>
    public void Convolve<S>(
        Tensor x, Tensor w, in ConvGeometry g, ElementType accumulator, in PoolGeometry? pool, in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage
    {
        Require(x, g.InputLength);
        Require(w, g.WeightLength);
        Require(t.Output, pool?.OutputLength ?? g.OutputLength);
        if (pool is not null) Require(t.Position!, t.Output.Length);
        var endsInCache = accumulator == ElementType.Int32 && !g.IsDense && (g.Groups == 1 || g.IsDepthwise) && g.Batch >= Pool.Workers;
        if (endsInCache && t is { Kept: null, Gate: null, Output: HostTensor<sbyte> })
        {
            if (t.Mask is not null) Require(t.Mask, t.Output.Length);
            products.Forward(x, w, g, null, StageOf<S>().Of(stage, StageRange(stage, t), pool, t.Output.Length / g.Batch, t, ColumnsOf(t)));
            return;
        }

        var v = t.Kept ?? engine.Scratch.Tensor(KeptTensor.Sums, accumulator, g.OutputLength);
        Convolve(x, w, g, v);
        if (pool is { } windows)
        {
            var pooled = engine.Scratch.Tensor(KeptTensor.Maxima, accumulator, t.Output.Length);
            MaxPool(v, windows, pooled, t.Position!);
            v = pooled;
        }

        Map(v, stage, t);
    }

    /// <inheritdoc/>
    public void Map<S>(Tensor x, in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage
    {
        Require(t.Output, x.Length);
        if (t.Mask is not null) Require(t.Mask, x.Length);
        if (t.Gate is not null) Require(t.Gate, x.Length);
        var loop = new StageLoop<S>(stage, StageRange(stage, t), t, ColumnsOf(t));
        switch (x)
        {
            case HostTensor<sbyte> source: Map(source, loop, t); break;
            case HostTensor<short> source: Map(source, loop, t); break;
            case HostTensor<int> source: Map(source, loop, t); break;
            case HostTensor<long> source: Map(source, loop, t); break;
            default: throw new ArgumentException($"stages read signed elements, not {x.Type}", nameof(x));
        }
    }

    private void Map<S, TX>(HostTensor<TX> x, in StageLoop<S> loop, in StageTensors t)
        where S : unmanaged, IOutputStage
        where TX : unmanaged, IBinaryInteger<TX>
    {
        switch (t.Output)
        {
            case HostTensor<sbyte> output: Map(x, loop, output, t); break;
            case HostTensor<short> output: Map(x, loop, output, t); break;
            case HostTensor<int> output: Map(x, loop, output, t); break;
            case HostTensor<long> output: Map(x, loop, output, t); break;
            default: throw new ArgumentException($"stages write signed elements, not {t.Output.Type}", nameof(t));
        }
    }

    private void Map<S, TX, TY>(HostTensor<TX> x, in StageLoop<S> loop, HostTensor<TY> y, in StageTensors t)
        where S : unmanaged, IOutputStage
        where TX : unmanaged, IBinaryInteger<TX>
        where TY : unmanaged, IBinaryInteger<TY> =>
        Ranges(x.Length, (x, loop, y, mask: (HostTensor<byte>?)t.Mask, gate: (HostTensor<byte>?)t.Gate), static (in s, start, n) =>
        {
            var mask = s.mask is null ? null : s.mask.Pointer + start;
            var gate = s.gate is null ? null : s.gate.Pointer + start;
            s.loop.Run(s.x.Pointer + start, start, n, s.y.Pointer + start, mask, gate);
        });

    /// <summary>The one of this stage; kept, so that a step allocates nothing.</summary>
    private ImageStage<S> StageOf<S>()
        where S : unmanaged, IOutputStage
    {
        if (imageStages.TryGetValue(typeof(S), out var known)) return (ImageStage<S>)known;
        var stage = new ImageStage<S>();
        imageStages.Add(typeof(S), stage);
        return stage;
    }

    private StageColumns ColumnsOf(in StageTensors t)
    {
        t.RequireColumns();
        return t.Columns == 0 ? default : new StageColumns(t, engine.Scratch.Columns);
    }
}
