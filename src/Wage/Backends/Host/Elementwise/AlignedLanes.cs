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
        (Int64x8.IsSupported || Int64x4.IsSupported)
        && z is HostTensor<long> && IsNarrow(x) && IsNarrow(y) && Math.Min(alignment.ShiftX, alignment.ShiftY) >= -30;

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

    private static int Run<TX, TY>(TX* x, TY* y, in ErrorAlignment alignment, long* z, int n)
        where TX : unmanaged
        where TY : unmanaged =>
        Int64x8.IsSupported ? Run<Int64x8, TX, TY>(x, y, alignment, z, n) : Run<Int64x4, TX, TY>(x, y, alignment, z, n);

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int Run<T, TX, TY>(TX* x, TY* y, in ErrorAlignment alignment, long* z, int n)
        where T : struct, IVectorLanes<T>
        where TX : unmanaged
        where TY : unmanaged
    {
        var (rightX, rightY, i) = (Math.Max(alignment.ShiftX, 0), Math.Max(alignment.ShiftY, 0), 0);
        var (leftX, leftY) = (Math.Max(-alignment.ShiftX, 0), Math.Max(-alignment.ShiftY, 0));
        var left = new ShiftRounding<T>(rightX, 0, Rounding.HalfEven);
        var right = new ShiftRounding<T>(rightY, 0, Rounding.HalfEven);
        for (; i + T.Count <= n; i += T.Count)
        {
            var a = left.Quotient(T.ShiftLeft(T.Load(x + i), leftX), default);
            var b = right.Quotient(T.ShiftLeft(T.Load(y + i), leftY), default);
            (a + b).Store(z + i);
        }

        return i;
    }

    private static bool IsNarrow(Tensor tensor) => tensor is HostTensor<sbyte> or HostTensor<short> or HostTensor<int>;
}
