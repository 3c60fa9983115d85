using System.Runtime.Intrinsics;
using Wage.Quantization;

namespace Wage.Backends.Host;

/// <summary>AffineSum of codes of 8 bits in lanes of 32.</summary>
internal static unsafe class AffineSumLanes
{
    /// <summary>The first elements of n, in whole vectors; returns how many. Requires <see cref="AffineSum.FitsInt32"/>.</summary>
    public static int Run(sbyte* x, sbyte* y, in AffineSum sum, sbyte* z, int n)
    {
        var (f, k) = (sum, sum.Prepare<Int32x8>());                         // of this method, so that registers keep them
        var i = 0;
        for (; i + Lanes.Count <= n; i += Lanes.Count)
        {
            var ((x0, x1), (y0, y1)) = (Lanes.Load(x + i), Lanes.Load(y + i));
            var low = f.Value(new(x0), new(y0), k).Value;
            var high = f.Value(new(x1), new(y1), k).Value;
            Lanes.StoreWords(Vector256.Narrow(low, high), z + i);
        }

        return i;
    }
}
