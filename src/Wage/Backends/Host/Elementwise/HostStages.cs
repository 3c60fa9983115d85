using System.Numerics;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>
/// Output stages. A product's end in one pass: an image's accumulators are pooled, rounded and masked while they are in the cache, and never reach
/// main memory. The way back reads the mask, a byte an element, instead of the accumulators.
/// </summary>
internal sealed unsafe class HostStages(HostEngine engine)
{
    private readonly Dictionary<Type, ImageStage> imageStages = [];
    private readonly JoinedMeasure whole = new();
    private readonly OutputSums totals = new(engine);

    /// <summary>As <see cref="IBackend.Map{S}"/>; <paramref name="range"/> is what the range's tensor holds.</summary>
    public void Map<S>(Tensor x, in S stage, long range, in StageTensors t)
        where S : unmanaged, IOutputStage
    {
        Begin();
        MapPart(x, stage, range, t);
        Measured(t);
    }

    /// <summary>The same of a block of images, between <see cref="Begin"/> and <see cref="Measured"/> of the whole.</summary>
    public void MapPart<S>(Tensor x, in S stage, long range, in StageTensors t)
        where S : unmanaged, IOutputStage
    {
        HostEngine.Require(t.Output, x.Length);
        if (t.Mask is not null) HostEngine.Require(t.Mask, x.Length);
        if (t.Gate is not null) HostEngine.Require(t.Gate, x.Length);
        var loop = new StageLoop<S>(stage, range, t, ColumnsOf(t));
        switch (x)
        {
            case HostTensor<sbyte> source: Map(source, loop, t); break;
            case HostTensor<short> source: Map(source, loop, t); break;
            case HostTensor<int> source: Map(source, loop, t); break;
            case HostTensor<long> source: Map(source, loop, t); break;
            default: throw new ArgumentException($"stages read signed elements, not {x.Type}", nameof(x));
        }
    }

    /// <summary>Forgets what was measured.</summary>
    public void Begin() => whole.Begin();

    /// <summary>Writes what the last stage measured.</summary>
    public void Measured(in StageTensors t) => whole.Write(t.Statistic);

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
        engine.Ranges(x.Length, (x, loop, y, mask: (HostTensor<byte>?)t.Mask, gate: (HostTensor<byte>?)t.Gate, whole), static (in s, start, n) =>
        {
            var part = default(StageMeasure);
            var mask = s.mask is null ? null : s.mask.Pointer + start;
            var gate = s.gate is null ? null : s.gate.Pointer + start;
            s.loop.Run(s.x.Pointer + start, start, n, s.y.Pointer + start, mask, gate, ref part);
            s.whole.Add(part);
        });

    /// <summary>The same behind a product of the way forward that ended image by image.</summary>
    public void Ended(in StageTensors t)
    {
        Measured(t);
        totals.Write();
    }

    /// <summary>The stage at the end of an image's product; kept, so that a step allocates nothing.</summary>
    public ImageStage Of<S>(in S stage, long range, in PoolGeometry? pool, int length, in StageTensors t)
        where S : unmanaged, IOutputStage
    {
        if (!imageStages.TryGetValue(typeof(S), out var known)) imageStages.Add(typeof(S), known = new ImageStage<S>());
        whole.Begin();
        totals.Begin(t);
        return ((ImageStage<S>)known).Of(stage, range, pool, length, t, ColumnsOf(t), whole, totals);
    }

    private StageColumns ColumnsOf(in StageTensors t)
    {
        t.RequireColumns();
        return t.Columns == 0 ? default : new StageColumns(t, engine.Scratch.Columns);
    }
}
