using System.Numerics;
using System.Runtime.Intrinsics;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>The least and the greatest of a range, and 0: all that max |x| and min/max ask of it.</summary>
internal static unsafe class ExtremeLanes
{
    /// <summary>Both, of the first elements of a range. An element whose gate has not all of these bits counts as 0.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="gate">The gate's bytes of the range, or null.</param>
    /// <param name="gateBits">See <paramref name="gate"/>.</param>
    /// <param name="start">Where the range starts.</param>
    /// <param name="n">Its length.</param>
    /// <param name="ends">Written: the two.</param>
    /// <returns>How many elements it took, whole vectors; 0 where it has none for these types.</returns>
    public static int Run(Tensor x, byte* gate, int gateBits, int start, int n, long* ends) => x switch
    {
        HostTensor<int> source when gate != null => Run(source.Pointer + start, gate, gateBits, n, ends),
        _ when gate != null => 0,
        HostTensor<sbyte> source => Run(source.Pointer + start, n, ends),
        HostTensor<short> source => Run(source.Pointer + start, n, ends),
        HostTensor<int> source => Run(source.Pointer + start, n, ends),
        HostTensor<long> source => Run(source.Pointer + start, n, ends),
        _ => 0,
    };

    private static int Run<T>(T* source, int n, long* ends)
        where T : unmanaged, IBinaryInteger<T>
    {
        Vector256<T> greatest = default, least = default;
        var i = 0;
        for (; i + Vector256<T>.Count <= n; i += Vector256<T>.Count)
        {
            var value = Vector256.Load(source + i);
            greatest = Vector256.Max(greatest, value);
            least = Vector256.Min(least, value);
        }

        Keep(least, greatest, ends);
        return i;
    }

    private static int Run(int* source, byte* gate, int gateBits, int n, long* ends)
    {
        var bits = Vector256.Create(gateBits);
        Vector256<int> greatest = default, least = default;
        var i = 0;
        for (; i + Lanes.Count <= n; i += Lanes.Count)
        {
            var (lowBits, highBits) = Lanes.Load((sbyte*)gate + i);
            var low = Vector256.Load(source + i) & Vector256.Equals(lowBits & bits, bits);
            var high = Vector256.Load(source + i + 8) & Vector256.Equals(highBits & bits, bits);
            greatest = Vector256.Max(greatest, Vector256.Max(low, high));
            least = Vector256.Min(least, Vector256.Min(low, high));
        }

        Keep(least, greatest, ends);
        return i;
    }

    private static void Keep<T>(Vector256<T> least, Vector256<T> greatest, long* ends)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (var lane = 0; lane < Vector256<T>.Count; lane++)
        {
            ends[0] = Math.Min(ends[0], long.CreateTruncating(least[lane]));
            ends[1] = Math.Max(ends[1], long.CreateTruncating(greatest[lane]));
        }
    }
}
