using Wage.Backends;
using Wage.Quantization;
using Wage.Simulation.Products;

namespace Wage.Simulation.Layers;

/// <summary>What the poolings share: windows over images. On the way back an image is one thread's, so that overlaps add in one order.</summary>
internal abstract unsafe class FloatPool(FloatEngine engine, string name, PoolGeometry windows, FloatTensor y, FloatTensor? delta)
    : FloatLayer(name)
{
    private FloatTensor? input;

    /// <summary>The extents.</summary>
    public PoolGeometry Windows => windows;

    /// <inheritdoc/>
    public override FloatTensor Forward(FloatTensor x, in StepContext s)
    {
        input = x;
        var rows = windows.Batch * windows.OutputHeight;
        engine.Run(rows, new Work(this, x.Pointer, y.Pointer, null), static (in w, item, _) => w.Pool.ForwardRow(w, item));
        return y;
    }

    /// <inheritdoc/>
    public override FloatTensor Backward(FloatTensor e, bool needsError, in StepContext s)
    {
        if (!needsError || delta is null) return e;
        var work = new Work(this, input!.Pointer, e.Pointer, delta.Pointer);
        engine.Run(windows.Batch, work, static (in w, item, _) => w.Pool.BackwardImage(w, item));
        return delta;
    }

    /// <summary>The output of the window that begins at x.</summary>
    protected abstract void ForwardWindow(int lanes, float* x, float* y);

    /// <summary>Adds to delta what the error e of a window gives it.</summary>
    protected abstract void BackwardWindow(int lanes, float* x, float* e, float* delta);

    /// <summary>From a window's first element to its element (ky,kx).</summary>
    protected nint Offset(int ky, int kx) => (((nint)ky * windows.Width) + kx) * windows.Channels;

    private void ForwardRow(in Work w, int row)
    {
        for (var ox = 0; ox < windows.OutputWidth; ox++) ForwardWindow(engine.Lanes, w.X + From(row, ox), w.Y + To(row, ox));
    }

    private void BackwardImage(in Work w, int n)
    {
        var image = windows.Height * windows.Width * windows.Channels;
        new Span<float>(w.Delta + ((nint)n * image), image).Clear();
        for (var row = n * windows.OutputHeight; row < (n + 1) * windows.OutputHeight; row++)
        {
            for (var ox = 0; ox < windows.OutputWidth; ox++)
                BackwardWindow(engine.Lanes, w.X + From(row, ox), w.Y + To(row, ox), w.Delta + From(row, ox));
        }
    }

    /// <summary>The first input of a window of row n OH + oy.</summary>
    private nint From(int row, int ox)
    {
        var (n, oy) = (row / windows.OutputHeight, row % windows.OutputHeight);
        var line = ((nint)n * windows.Height) + ((nint)oy * windows.Stride);
        return ((line * windows.Width) + ((nint)ox * windows.Stride)) * windows.Channels;
    }

    private nint To(int row, int ox) => (((nint)row * windows.OutputWidth) + ox) * windows.Channels;

    private readonly struct Work(FloatPool pool, float* x, float* y, float* delta)
    {
        public readonly FloatPool Pool = pool;
        public readonly float* X = x, Y = y, Delta = delta;
    }
}
