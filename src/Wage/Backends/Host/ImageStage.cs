using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>The end of a product for one image, while its sums are still in the cache.</summary>
internal abstract unsafe class ImageStage
{
    /// <summary>One image's sums, with room for one window of all channels.</summary>
    public abstract void Run(int image, int* sums, int* window);
}

/// <summary>The maxima of windows, if there are any, then the stage.</summary>
internal sealed unsafe class ImageStage<S> : ImageStage
    where S : unmanaged, IOutputStage
{
    private StageLoop<S> loop;
    private PoolGeometry? pool;
    private int length;
    private sbyte* output;
    private byte* mask;
    private byte* position;

    /// <summary>Sets what to do; the tensors hold whole batches of images of <paramref name="length"/> outputs each.</summary>
    public ImageStage<S> Of(in S stage, long range, in PoolGeometry? pool, int length, in StageTensors t, in StageColumns columns)
    {
        (loop, this.pool, this.length) = (new StageLoop<S>(stage, range, t, columns), pool, length);
        output = ((HostTensor<sbyte>)t.Output).Pointer;
        mask = t.Mask is null ? null : ((HostTensor<byte>)t.Mask).Pointer;
        position = pool is null ? null : ((HostTensor<byte>)t.Position!).Pointer;
        return this;
    }

    /// <inheritdoc/>
    public override void Run(int image, int* sums, int* window)
    {
        var first = (long)image * length;
        if (pool is not { } g)
        {
            loop.Run(sums, first, length, output + first, Mask(first), null);
            return;
        }

        for (var row = 0; row < g.OutputHeight; row++)
        {
            for (var column = 0; column < g.OutputWidth; column++, first += g.Channels)
            {
                PoolingWindow.Maximum(sums + ((((row * g.Stride) * g.Width) + (column * g.Stride)) * g.Channels), g, window, position + first);
                loop.Run(window, first, g.Channels, output + first, Mask(first), null);
            }
        }
    }

    private byte* Mask(long first) => mask is null ? null : mask + first;
}
