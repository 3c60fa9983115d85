using System.Runtime.CompilerServices;
using Wage.Backends;
using Wage.Simulation.Products;

namespace Wage.Simulation.Layers;

/// <summary>The maximum of each window; the error goes to the first maximum.</summary>
internal sealed unsafe class FloatMaxPool(FloatEngine engine, string name, PoolGeometry windows, FloatTensor y, FloatTensor? delta)
    : FloatPool(engine, name, windows, y, delta)
{
    /// <inheritdoc/>
    protected override void ForwardWindow(int lanes, float* x, float* y) =>
        FloatElements.Row(lanes, 0, Windows.Channels, new Maximum(this, x, y));

    /// <inheritdoc/>
    protected override void BackwardWindow(int lanes, float* x, float* e, float* delta) =>
        FloatElements.Row(lanes, 0, Windows.Channels, new ToFirst(this, x, e, delta));

    /// <summary>The greatest of a window; of equal ones the first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T Greatest<T>(float* x)
        where T : struct, IFloatLanes<T>
    {
        var most = T.Load(x);
        for (var ky = 0; ky < Windows.WindowHeight; ky++)
        {
            for (var kx = ky == 0 ? 1 : 0; kx < Windows.WindowWidth; kx++)
            {
                var value = T.Load(x + Offset(ky, kx));
                most = T.IfLessOrEqual(value, most, most, value);
            }
        }

        return most;
    }

    private readonly struct Maximum(FloatMaxPool pool, float* x, float* y) : IFloatChannelLoop
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<T>(nint i, int c)
            where T : struct, IFloatLanes<T> => pool.Greatest<T>(x + i).Store(y + i);
    }

    private readonly struct ToFirst(FloatMaxPool pool, float* x, float* e, float* delta) : IFloatChannelLoop
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<T>(nint i, int c)
            where T : struct, IFloatLanes<T>
        {
            var (most, left) = (pool.Greatest<T>(x + i), T.Load(e + i));
            for (var ky = 0; ky < pool.Windows.WindowHeight; ky++)
            {
                for (var kx = 0; kx < pool.Windows.WindowWidth; kx++)
                {
                    var at = i + pool.Offset(ky, kx);
                    var value = T.Load(x + at);
                    (T.Load(delta + at) + T.IfLessOrEqual(most, value, left, T.Of(0))).Store(delta + at);
                    left = T.IfLessOrEqual(most, value, T.Of(0), left);
                }
            }
        }
    }
}

/// <summary>The mean of each window: the sum in the order of the window, divided by its elements; each element has its share of the error.</summary>
internal sealed unsafe class FloatAveragePool(FloatEngine engine, string name, PoolGeometry windows, FloatTensor y, FloatTensor? delta)
    : FloatPool(engine, name, windows, y, delta)
{
    /// <inheritdoc/>
    protected override void ForwardWindow(int lanes, float* x, float* y) =>
        FloatElements.Row(lanes, 0, Windows.Channels, new Mean(this, x, y));

    /// <inheritdoc/>
    protected override void BackwardWindow(int lanes, float* x, float* e, float* delta) =>
        FloatElements.Row(lanes, 0, Windows.Channels, new Shares(this, e, delta));

    private readonly struct Mean(FloatAveragePool pool, float* x, float* y) : IFloatChannelLoop
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<T>(nint i, int c)
            where T : struct, IFloatLanes<T>
        {
            var sum = T.Of(0);
            for (var ky = 0; ky < pool.Windows.WindowHeight; ky++)
            {
                for (var kx = 0; kx < pool.Windows.WindowWidth; kx++) sum += T.Load(x + i + pool.Offset(ky, kx));
            }

            (sum / T.Of(pool.Windows.Window)).Store(y + i);
        }
    }

    private readonly struct Shares(FloatAveragePool pool, float* e, float* delta) : IFloatChannelLoop
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<T>(nint i, int c)
            where T : struct, IFloatLanes<T>
        {
            var share = T.Load(e + i) / T.Of(pool.Windows.Window);
            for (var ky = 0; ky < pool.Windows.WindowHeight; ky++)
            {
                for (var kx = 0; kx < pool.Windows.WindowWidth; kx++)
                {
                    var at = i + pool.Offset(ky, kx);
                    (T.Load(delta + at) + share).Store(delta + at);
                }
            }
        }
    }
}
