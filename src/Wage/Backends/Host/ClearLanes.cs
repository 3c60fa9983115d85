using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary><see cref="ClearOutside"/> in place, over vectors.</summary>
internal static unsafe class ClearLanes
{
    /// <summary>e = 0 where x is not within the rule's limits, of a range of n elements.</summary>
    /// <returns>How many elements it took, whole vectors; 0 where lanes of 32 bits do not hold the types.</returns>
    public static int Run(Tensor x, in ClearOutside rule, Tensor e, int start, int n) =>
        rule.Low > int.MaxValue || rule.High < int.MinValue ? 0 : x switch
        {
            HostTensor<sbyte> value => Run(value.Pointer + start, rule, e, start, n),
            HostTensor<short> value => Run(value.Pointer + start, rule, e, start, n),
            HostTensor<int> value => Run(value.Pointer + start, rule, e, start, n),
            _ => 0,
        };

    private static int Run<TX>(TX* x, in ClearOutside rule, Tensor e, int start, int n)
        where TX : unmanaged => e switch
        {
            HostTensor<sbyte> error => Run(x, rule, error.Pointer + start, n),
            HostTensor<short> error => Run(x, rule, error.Pointer + start, n),
            HostTensor<int> error => Run(x, rule, error.Pointer + start, n),
            _ => 0,
        };

    private static int Run<TX, TE>(TX* x, in ClearOutside rule, TE* e, int n)
        where TX : unmanaged
        where TE : unmanaged => Int32x16.IsSupported ? Run<Int32x16, TX, TE>(x, rule, e, n) : Run<Int32x8, TX, TE>(x, rule, e, n);

    private static int Run<T, TX, TE>(TX* x, in ClearOutside rule, TE* e, int n)
        where T : struct, IVectorLanes<T>
        where TX : unmanaged
        where TE : unmanaged
    {
        var (low, high, i) = (T.Of(Math.Max(rule.Low, int.MinValue)), T.Of(Math.Min(rule.High, int.MaxValue)), 0);
        for (; i + T.Count <= n; i += T.Count)
        {
            var value = T.Load(x + i);
            (T.Load(e + i) & T.Same(T.Greater(low, value) | T.Greater(value, high), T.Of(0))).Store(e + i);
        }

        return i;
    }
}
