using System.Runtime.Intrinsics;
using Wage.Quantization;

namespace Wage.Backends.Host;

/// <summary>An <see cref="ActivationStage"/> over int32 accumulators, sixteen at a time.</summary>
internal readonly unsafe struct OutputStage
{
    private readonly ActivationStage stage;
    private readonly Requantization requantization;
    private readonly bool vectors;
    private readonly int clip;

    public OutputStage(in ActivationStage stage)
    {
        this.stage = stage;
        vectors = Requantization.Fits(stage.Dropped, stage.Limit, sbyte.MaxValue);
        requantization = vectors ? new Requantization(stage.Dropped, stage.Limit, stage.Rounding) : default;
        clip = (int)Math.Min(stage.Clip, int.MaxValue);
    }

    /// <summary>a and mask of n accumulators.</summary>
    public void Run(int* v, int n, sbyte* a, byte* mask)
    {
        var i = 0;
        if (vectors)
        {
            var most = Vector256.Create(clip);
            for (; i + Lanes.Count <= n; i += Lanes.Count)
            {
                var (low, high) = (Vector256.Load(v + i), Vector256.Load(v + i + 8));
                var (lowRelu, highRelu) = (Vector256.Max(low, default), Vector256.Max(high, default));
                Lanes.StoreWords(Vector256.Narrow(requantization.Round(lowRelu), requantization.Round(highRelu)), a + i);
                Lanes.StoreWords(Vector256.Narrow(Bits(low, lowRelu, most), Bits(high, highRelu, most)), (sbyte*)mask + i);
            }
        }

        for (; i < n; i++) (a[i], mask[i]) = ((sbyte)stage.Value(v[i]), (byte)stage.Mask(v[i]));
    }

    /// <summary>The same of wider accumulators.</summary>
    public void Run(long* v, int n, sbyte* a, byte* mask)
    {
        for (var i = 0; i < n; i++) (a[i], mask[i]) = ((sbyte)stage.Value(v[i]), (byte)stage.Mask(v[i]));
    }

    private static Vector256<int> Bits(Vector256<int> v, Vector256<int> relu, Vector256<int> most) =>
        (Vector256.GreaterThan(v, default) & Vector256.Create(ActivationStage.ReluPasses))
        | Vector256.AndNot(Vector256.Create(ActivationStage.ClipPasses), Vector256.GreaterThan(relu, most));
}

/// <summary>
/// The end of a block for one image: the maxima of windows, if there are any, then the stage, while the sums are still in the cache.
/// </summary>
internal sealed unsafe class ImageStage
{
    private OutputStage stage;
    private PoolGeometry? pool;
    private int length;
    private sbyte* activations;
    private byte* mask;
    private byte* position;

    /// <summary>Sets what to do; the tensors hold whole batches of images of <paramref name="length"/> outputs each.</summary>
    public void Of(in ActivationStage stage, in PoolGeometry? pool, int length, sbyte* activations, byte* mask, byte* position)
    {
        (this.stage, this.pool, this.length) = (new OutputStage(stage), pool, length);
        this.activations = activations;
        this.mask = mask;
        this.position = position;
    }

    /// <summary>One image's sums, with room for one window of all channels.</summary>
    public void Run(int image, int* sums, int* window)
    {
        var first = (long)image * length;
        if (pool is not { } g)
        {
            stage.Run(sums, length, activations + first, mask + first);
            return;
        }

        for (var row = 0; row < g.OutputHeight; row++)
        {
            for (var column = 0; column < g.OutputWidth; column++, first += g.Channels)
            {
                PoolingWindow.Maximum(sums + ((((row * g.Stride) * g.Width) + (column * g.Stride)) * g.Channels), g, window, position + first);
                stage.Run(window, g.Channels, activations + first, mask + first);
            }
        }
    }
}
