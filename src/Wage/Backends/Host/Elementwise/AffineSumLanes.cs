using Wage.Quantization;

namespace Wage.Backends.Host;

/// <summary>AffineSum of codes of 8 bits in lanes of 32.</summary>
internal static unsafe class AffineSumLanes
{
    /// <summary>The first elements of n, in whole vectors; returns how many. Requires <see cref="AffineSum.FitsInt32"/>.</summary>
    public static int Run(sbyte* x, sbyte* y, in AffineSum sum, sbyte* z, int n) =>
        Int32x16.IsSupported ? Run<Int32x16>(x, y, sum, z, n) : Run<Int32x8>(x, y, sum, z, n);

    private static int Run<T>(sbyte* x, sbyte* y, in AffineSum sum, sbyte* z, int n)
        where T : struct, IVectorLanes<T>
    {
        var (f, k, i) = (sum, sum.Prepare<T>(), 0);                         // of this method, so that registers keep them
        for (; i + T.Count <= n; i += T.Count) f.Value(T.Load(x + i), T.Load(y + i), k).Store(z + i);
        return i;
    }
}
