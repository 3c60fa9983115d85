using ILGPU;
using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Gpu.Kernels;

/// <summary>Pooling. On the way back every input gathers from the windows that read it, so no two threads write one element.</summary>
internal static class Pooling
{
    /// <summary>y and position: the first maximum of each window.</summary>
    public static void MaxPool<TX>(ArrayView<byte> x, PoolGeometry g, ArrayView<byte> y, ArrayView<byte> position, int length)
        where TX : struct, IElement
    {
        for (var i = Threads.First; i < length; i += Threads.Step)
        {
            var (best, at) = Greatest<TX>(x, g, (int)i);
            TX.Set(y, i, best);
            position[i] = (byte)at;
        }
    }

    /// <summary>MaxPool, then the stage: the end of a block whose windows the product kernel does not take.</summary>
    public static void PooledStage<TX, S>(
        ArrayView<byte> x, PoolGeometry g, S stage, ArrayView<byte> a, ArrayView<byte> mask, ArrayView<byte> position,
        int length)
        where TX : struct, IElement
        where S : unmanaged, IOutputStage
    {
        for (var i = Threads.First; i < length; i += Threads.Step)
        {
            var (best, at) = Greatest<TX>(x, g, (int)i);
            position[i] = (byte)at;
            Stages.Put(i, best, stage, a, mask);
        }
    }

    /// <summary>The first maximum of the window of output i, and where in the window it is.</summary>
    private static (long Best, int At) Greatest<TX>(ArrayView<byte> x, PoolGeometry g, int i)
        where TX : struct, IElement
    {
        var first = Input(g, i);
        var (best, at) = (TX.Get(x, first), 0);
        for (var k = 1; k < g.Window; k++)
        {
            var value = TX.Get(x, Element(g, first, k));
            if (value > best) (best, at) = (value, k);
        }

        return (best, at);
    }

    /// <summary>Each input gets the errors of the windows whose maximum it is, saturated.</summary>
    public static void MaxPoolError<TE>(
        ArrayView<byte> e, ArrayView<byte> position, PoolGeometry g, long limit, ArrayView<byte> destination, int length)
        where TE : struct, IElement
    {
        for (var i = Threads.First; i < length; i += Threads.Step)
        {
            var (n, row, column, c) = Place(g, (int)i);
            var sum = 0L;
            for (var y = FirstWindow(row, g.WindowHeight, g.Stride); y <= LastWindow(row, g.Stride, g.OutputHeight); y++)
            {
                for (var x = FirstWindow(column, g.WindowWidth, g.Stride); x <= LastWindow(column, g.Stride, g.OutputWidth); x++)
                {
                    var output = (((((n * g.OutputHeight) + y) * g.OutputWidth) + x) * g.Channels) + c;
                    var k = ((row - (y * g.Stride)) * g.WindowWidth) + column - (x * g.Stride);
                    if (position[output] == k) sum = FixedPoint.AddSaturated(sum, TE.Get(e, output));
                }
            }

            TE.Set(destination, i, FixedPoint.Saturate(sum, limit));
        }
    }

    /// <summary>y = the rounded mean of each window.</summary>
    public static void AveragePool<TX>(ArrayView<byte> x, PoolGeometry g, Rounding rounding, ArrayView<byte> y, int length)
        where TX : struct, IElement
    {
        for (var i = Threads.First; i < length; i += Threads.Step)
        {
            var (first, sum) = (Input(g, (int)i), 0L);
            for (var k = 0; k < g.Window; k++) sum += TX.Get(x, Element(g, first, k));
            TX.Set(y, i, FixedPoint.Divide(sum, g.Window, rounding));
        }
    }

    /// <summary>Each input gets the errors of all windows that read it, saturated.</summary>
    public static void AveragePoolError<TE>(ArrayView<byte> e, PoolGeometry g, long limit, ArrayView<byte> destination, int length)
        where TE : struct, IElement
    {
        for (var i = Threads.First; i < length; i += Threads.Step)
        {
            var (n, row, column, c) = Place(g, (int)i);
            var sum = 0L;
            for (var y = FirstWindow(row, g.WindowHeight, g.Stride); y <= LastWindow(row, g.Stride, g.OutputHeight); y++)
                for (var x = FirstWindow(column, g.WindowWidth, g.Stride); x <= LastWindow(column, g.Stride, g.OutputWidth); x++)
                    sum = FixedPoint.AddSaturated(sum, TE.Get(e, (((((n * g.OutputHeight) + y) * g.OutputWidth) + x) * g.Channels) + c));
            TE.Set(destination, i, FixedPoint.Saturate(sum, limit));
        }
    }

    /// <summary>The first element of the window of output i.</summary>
    private static int Input(PoolGeometry g, int i)
    {
        var (c, position) = (i % g.Channels, i / g.Channels);
        var (x, row) = (position % g.OutputWidth, position / g.OutputWidth);
        var (y, n) = (row % g.OutputHeight, row / g.OutputHeight);
        return (((((n * g.Height) + (y * g.Stride)) * g.Width) + (x * g.Stride)) * g.Channels) + c;
    }

    /// <summary>Element k, row-major, of the window that starts at <paramref name="first"/>.</summary>
    private static int Element(PoolGeometry g, int first, int k) => first + ((((k / g.WindowWidth) * g.Width) + (k % g.WindowWidth)) * g.Channels);

    /// <summary>Where input i is.</summary>
    private static (int N, int Row, int Column, int C) Place(PoolGeometry g, int i)
    {
        var position = i / g.Channels;
        var row = position / g.Width;
        return (row / g.Height, row % g.Height, position % g.Width, i % g.Channels);
    }

    private static int FirstWindow(int at, int window, int stride) => at < window ? 0 : ((at - window) / stride) + 1;

    private static int LastWindow(int at, int stride, int windows) => Math.Min(at / stride, windows - 1);
}
