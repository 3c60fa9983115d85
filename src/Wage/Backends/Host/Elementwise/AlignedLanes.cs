using System.Runtime.CompilerServices;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary><see cref="ErrorAlignment"/> of elements of up to 32 bits in lanes of 64.</summary>
internal static unsafe class AlignedLanes
{
    /// <summary>Whether nothing saturates: 32 bits and as many as are shifted, of both, stay below 2^63.</summary>
    public static bool Fits(Tensor x, Tensor y, in ErrorAlignment alignment, Tensor z) =>
        Int64x8.IsSupported && z is HostTensor<long> && IsNarrow(x) && IsNarrow(y) && Math.Min(alignment.ShiftX, alignment.ShiftY) >= -30;

    /// <summary>z = the sums of whole vectors of n elements; how many.</summary>
    public static int Run(Tensor x, Tensor y, in ErrorAlignment alignment, Tensor z, int start, int n)
    {
        var to = ((HostTensor<long>)z).Pointer + start;
        return x switch
        {
            HostTensor<sbyte> t => Run(t.Pointer + start, y, alignment, to, start, n),
            HostTensor<short> t => Run(t.Pointer + start, y, alignment, to, start, n),
            _ => Run(((HostTensor<int>)x).Pointer + start, y, alignment, to, start, n),
        };
    }

    private static int Run<TX>(TX* x, Tensor y, in ErrorAlignment alignment, long* z, int start, int n)
        where TX : unmanaged => y switch
        {
            HostTensor<sbyte> t => Run(x, t.Pointer + start, alignment, z, n),
            HostTensor<short> t => Run(x, t.Pointer + start, alignment, z, n),
            _ => Run(x, ((HostTensor<int>)y).Pointer + start, alignment, z, n),
        };

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int Run<TX, TY>(TX* x, TY* y, in ErrorAlignment alignment, long* z, int n)
        where TX : unmanaged
        where TY : unmanaged
    {
        var (rightX, rightY, i) = (Math.Max(alignment.ShiftX, 0), Math.Max(alignment.ShiftY, 0), 0);
        var (leftX, leftY) = (Math.Max(-alignment.ShiftX, 0), Math.Max(-alignment.ShiftY, 0));
        var left = new ShiftRounding<Int64x8>(rightX, 0, Rounding.HalfEven);
        var right = new ShiftRounding<Int64x8>(rightY, 0, Rounding.HalfEven);
        for (; i + Int64x8.Count <= n; i += Int64x8.Count)
        {
            var a = left.Quotient(Int64x8.ShiftLeft(Int64x8.Load(x + i), leftX), default);
            var b = right.Quotient(Int64x8.ShiftLeft(Int64x8.Load(y + i), leftY), default);
            (a + b).Store(z + i);
        }

        return i;
    }

    private static bool IsNarrow(Tensor tensor) => tensor is HostTensor<sbyte> or HostTensor<short> or HostTensor<int>;
}
