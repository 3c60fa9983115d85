using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Wage.Numbers;

namespace Wage.Backends.Host;

/// <summary>
/// saturate(round(x / 2^shift), limit) in 32-bit lanes, for shifts of 0 to 31: floor and carry, so nothing is added before the shift and
/// nothing overflows.
/// </summary>
internal readonly struct Requantization
{
    private readonly int shift;
    private readonly bool even;
    private readonly Vector256<int> mask;
    private readonly Vector256<int> half;
    private readonly Vector256<int> limit;

    public Requantization(int shift, int limit, Rounding rounding)
    {
        this.shift = shift;
        even = rounding == Rounding.HalfEven;
        mask = Vector256.Create(shift == 0 ? 0 : int.MaxValue >> (31 - shift));
        half = Vector256.Create(shift == 0 ? int.MaxValue : 1 << (shift - 1));
        this.limit = Vector256.Create(limit);
    }

    /// <summary>True where the lanes can hold the whole computation.</summary>
    public static bool Fits(int shift, long limit, long maximum) => shift is >= 0 and <= 31 && limit <= maximum;

    /// <summary>n elements; the source is int8, int16 or int32, the destination int8 or int16.</summary>
    public unsafe void Run<TX, TY>(TX* x, TY* y, int n)
        where TX : unmanaged, IBinaryInteger<TX>
        where TY : unmanaged, IBinaryInteger<TY>
    {
        var i = 0;
        for (; i + Lanes.Count <= n; i += Lanes.Count)
        {
            var (low, high) = Lanes.Load(x + i);
            Lanes.StoreWords(Vector256.Narrow(Round(low), Round(high)), y + i);
        }

        for (; i < n; i++) y[i] = TY.CreateTruncating(Round(Vector256.CreateScalar(int.CreateTruncating(x[i]))).ToScalar());
    }

    /// <summary>
    /// The same in int64, in place, any shift. For a positive shift without branches, which the dropped bits would mislead: floor + ((rest
    /// + half - 1 + up) >> shift), up = 1 where a tie goes up; the bracket is below 2^(shift + 1).
    /// </summary>
    public static unsafe void Run(long* values, int n, int shift, int limit, Rounding rounding)
    {
        if (shift <= 0)
        {
            for (var i = 0; i < n; i++) values[i] = FixedPoint.RoundToLimit(values[i], shift, limit, rounding);
            return;
        }

        var mask = (1L << shift) - 1;
        var below = (1L << (shift - 1)) - 1;
        var even = rounding == Rounding.HalfEven ? 1L : 0L;
        for (var i = 0; i < n; i++)
        {
            var floor = values[i] >> shift;
            var up = (floor & even) + ((1 - even) & (long)((ulong)-values[i] >> 63));
            var rounded = floor + (((values[i] & mask) + below + up) >> shift);
            values[i] = Math.Max(Math.Min(rounded, limit), -limit);
        }
    }

    /// <summary>Eight elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<int> Round(Vector256<int> x)
    {
        var floor = x >> shift;
        var rest = x & mask;
        var tie = Vector256.Equals(rest, half);
        var odd = even ? Vector256.Equals(floor & Vector256<int>.One, Vector256<int>.One) : Vector256.GreaterThan(x, Vector256<int>.Zero);
        var up = Vector256.GreaterThan(rest, half) | (tie & odd);
        return Vector256.Max(Vector256.Min(floor - up, limit), -limit);
    }
}
