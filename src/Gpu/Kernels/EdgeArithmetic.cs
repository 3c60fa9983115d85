using ILGPU;

namespace Wage.Gpu.Kernels;

/// <summary>What kernels calculate with, as functions of two words, so that a device can be compared with the host at every edge.</summary>
internal interface IEdgeFunction
{
    /// <summary>The function's value for the arguments that it makes of any two words.</summary>
    static abstract long Of(long x, long y);
}

/// <summary>A function on the device.</summary>
internal static class EdgeArithmetic
{
    /// <summary>results[i] = f(x[i], y[i]), Int64.</summary>
    public static void Map<TFunction>(ArrayView<byte> x, ArrayView<byte> y, ArrayView<byte> results, int length)
        where TFunction : struct, IEdgeFunction
    {
        for (var i = Threads.First; i < length; i += Threads.Step)
            Int64Element.Set(results, i, TFunction.Of(Int64Element.Get(x, i), Int64Element.Get(y, i)));
    }
}
