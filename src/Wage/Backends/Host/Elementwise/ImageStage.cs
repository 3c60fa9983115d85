using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>The end of a product for one image, while its sums are still in the cache.</summary>
internal abstract unsafe class ImageStage
{
    /// <summary>The maxima for which <see cref="Run(int, int*, int*)"/> needs room: a row of windows; 0 without a pooling.</summary>
    public abstract int RowLength { get; }

    /// <summary>One image's sums, with room for a row of maxima.</summary>
    public abstract void Run(int image, int* sums, int* maxima);

    /// <summary>
    /// Rows of <paramref name="width"/> sums each, without a pooling: the first row's are the output's elements from <paramref name="first"/> on, a
    /// following row's <paramref name="pitch"/> elements behind.
    /// </summary>
    public abstract void Run(int* sums, long first, int rows, int width, int pitch);

    /// <summary>
    /// Of a product that ends image by image, not of a dense one: all of this image's outputs are there. The thread is <paramref name="worker"/>.
    /// </summary>
    public virtual void End(int image, int worker)
    {
    }
}

/// <summary>The maxima of windows, if there are any, a row at a time, then the stage.</summary>
internal sealed unsafe class ImageStage<S> : ImageStage
    where S : unmanaged, IOutputStage
{
    private StageLoop<S> loop;
    private PoolGeometry? pool;
    private int length;
    private sbyte* narrow;
    private short* wide;
    private byte* mask;
    private byte* gate;
    private byte* position;
    private JoinedMeasure? whole;
    private OutputSums? totals;

    /// <summary>Sets what to do; the tensors hold whole batches of images of <paramref name="length"/> outputs each.</summary>
    public ImageStage<S> Of(
        in S stage, long range, in PoolGeometry? pool, int length, in StageTensors t, in StageColumns columns, JoinedMeasure whole,
        OutputSums totals)
    {
        (loop, this.pool, this.length, this.whole) = (new StageLoop<S>(stage, range, t, columns), pool, length, whole);
        this.totals = t.ColumnSums is null ? null : totals;
        wide = t.Output is HostTensor<short> words ? words.Pointer : null;
        narrow = wide is null ? ((HostTensor<sbyte>)t.Output).Pointer : null;
        mask = t.Mask is null ? null : ((HostTensor<byte>)t.Mask).Pointer;
        gate = t.Gate is null ? null : ((HostTensor<byte>)t.Gate).Pointer;
        position = pool is null ? null : ((HostTensor<byte>)t.Position!).Pointer;
        return this;
    }

    /// <inheritdoc/>
    public override int RowLength => pool is { } g ? g.OutputWidth * g.Channels : 0;

    /// <inheritdoc/>
    public override void Run(int image, int* sums, int* maxima)
    {
        var (first, part) = ((long)image * length, default(StageMeasure));
        if (pool is not { } g)
        {
            Run(sums, first, length, ref part);
            whole!.Add(part);
            return;
        }

        for (var row = 0; row < g.OutputHeight; row++, first += RowLength)
        {
            for (var column = 0; column < g.OutputWidth; column++)
            {
                var (window, at) = (((row * g.Stride * g.Width) + (column * g.Stride)) * g.Channels, column * g.Channels);
                PoolingWindow.Maximum(sums + window, g, maxima + at, position + first + at);
            }

            Run(maxima, first, RowLength, ref part);
        }

        whole!.Add(part);
    }

    /// <inheritdoc/>
    public override void Run(int* sums, long first, int rows, int width, int pitch)
    {
        var part = default(StageMeasure);
        if (width == pitch) (rows, width) = (1, checked(rows * width));
        for (var row = 0; row < rows; row++, sums += width, first += pitch) Run(sums, first, width, ref part);
        whole!.Add(part);
    }

    /// <inheritdoc/>
    public override void End(int image, int worker) => totals?.Add((long)image * length, length, worker);

    /// <summary>Elements from <paramref name="first"/> of the output on.</summary>
    private void Run(int* sums, long first, int n, ref StageMeasure part)
    {
        var masked = mask is null ? null : mask + first;
        var gated = gate is null ? null : gate + first;
        if (wide is null) loop.Run(sums, first, n, narrow + first, masked, gated, ref part);
        else loop.Run(sums, first, n, wide + first, masked, gated, ref part);
    }
}
