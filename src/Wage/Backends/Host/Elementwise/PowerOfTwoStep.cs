using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Backends.Host;

/// <summary>
/// GradientScale's step for int32 gradients and a rate that is a power of two, in 32-bit lanes and without branches, which random bits
/// would mislead. |g| is clipped to the scale's most and, for the 16-bit randomizer of a large scale, rounded to 15 fraction bits; then
/// step = sgn(g) min((q >> kept) + [(q mod 2^kept) 2^lift > random and randomMask], 32767).
/// </summary>
internal readonly struct PowerOfTwoStep
{
    private readonly int rounded;
    private readonly int kept;
    private readonly int lift;
    private readonly bool even;
    private readonly Vector256<int> randomMask;
    private readonly Vector256<uint> most;

    private PowerOfTwoStep(int rounded, int kept, int lift, bool even, int randomMask, long most)
    {
        (this.rounded, this.kept, this.lift, this.even) = (rounded, kept, lift, even);
        this.most = Vector256.Create((uint)Math.Min(most, uint.MaxValue));
        this.randomMask = Vector256.Create(randomMask);
    }

    /// <summary>Null where the lanes are too narrow or the rate is no power of two.</summary>
    public static PowerOfTwoStep? For(in GradientScale scale, in GradientRule rule)
    {
        if (scale.PowerShift is not { } dropped || dropped < 1) return null;
        var (even, most) = (rule.Rounding == Rounding.HalfEven, scale.Most);
        if (rule.Randomizer == Randomizer.Exact) return dropped <= 31 ? new PowerOfTwoStep(0, dropped, 0, even, Ones(dropped), most) : null;
        if (dropped <= 15) return new PowerOfTwoStep(0, dropped, 15 - dropped, even, Ones(15), most);
        return dropped <= 46 ? new PowerOfTwoStep(dropped - 15, 15, 0, even, Ones(15), most) : null;
    }

    /// <summary>
    /// Whole spans of 32 of n elements from <paramref name="start"/>, a multiple of 4; returns how many elements are done.
    /// </summary>
    public unsafe int Run(int* g, int start, int n, in RandomKey key, short* update)
    {
        var words = stackalloc uint[PhiloxBlocks.Words];
        var done = 0;
        for (; done + PhiloxBlocks.Words <= n; done += PhiloxBlocks.Words)
        {
            PhiloxBlocks.Fill(key, (uint)(start + done) / 4, words);
            for (var i = done; i < done + PhiloxBlocks.Words; i += Lanes.Count)
            {
                var random = (int*)words + (i - done);
                var low = Step(Vector256.Load(g + i), Vector256.Load(random));
                var high = Step(Vector256.Load(g + i + 8), Vector256.Load(random + 8));
                Vector256.Narrow(low, high).Store(update + i);
            }
        }

        return done;
    }

    private static int Ones(int bits) => int.MaxValue >> (31 - bits);

    /// <summary>|g| of the least int is 2^31: shifts to the right are logical, and the masked bits are the same either way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<int> Step(Vector256<int> g, Vector256<int> random)
    {
        var sign = g >> 31;
        var q = Vector256.Min(((g ^ sign) - sign).AsUInt32(), most).AsInt32();
        if (rounded > 0) q = RoundToNearest(q);
        var up = Vector256.GreaterThan((q & Vector256.Create(Ones(kept))) << lift, random & randomMask);
        var step = Vector256.Min((q >>> kept) - up, Vector256.Create((int)short.MaxValue));
        return (step ^ sign) - sign;
    }

    /// <summary>magnitude / 2^rounded; a tie of a magnitude goes up when it goes away from zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<int> RoundToNearest(Vector256<int> magnitude)
    {
        var floor = magnitude >>> rounded;
        var rest = magnitude & Vector256.Create(Ones(rounded));
        var half = Vector256.Create(1 << (rounded - 1));
        var odd = even ? Vector256.Equals(floor & Vector256<int>.One, Vector256<int>.One) : Vector256<int>.AllBitsSet;
        return floor - (Vector256.GreaterThan(rest, half) | (Vector256.Equals(rest, half) & odd));
    }
}
