using System.Numerics;
using Wage.Numbers;

namespace Wage.Schemes;

/// <summary>
/// W ~ N(0, gain / fan-in) in units of 2^-24 (He et al. 2015 with a gain of 2): w = RN((u_1 + ... + u_12 - 393210) sd, 16) of 12 uniform 16-bit
/// numbers u, whose sum has the mean 393210 and the variance 2^32 - 1; sd = floor(sqrt(gain 2^48 / fan-in)). No weight is beyond 6 deviations.
/// </summary>
/// <param name="gain">The variance times the fan-in.</param>
/// <param name="start">What Fixup makes of it.</param>
internal sealed class NormalInitializer(int gain, FixupStart start) : IWeightInitializer
{
    /// <summary>Fraction bits of a weight.</summary>
    public const int FractionBits = 24;

    private const int Words = 3;
    private const int SumFractionBits = 16;
    private const long Mean = 12 * 0xFFFFL / 2;

    /// <summary>See <see cref="FixupStart.IsZero"/>.</summary>
    public bool IsOfZeros => start.IsZero;

    /// <summary>For products before a ReLU, which halves the variance.</summary>
    public static NormalInitializer Rectified { get; } = Of(FixupStart.None);

    /// <summary>For the product that gives the scores.</summary>
    public static NormalInitializer Scores { get; } = new(1, FixupStart.None);

    /// <summary>For products before a ReLU in a network with Fixup.</summary>
    public static NormalInitializer Of(FixupStart start) => new(2, start);

    /// <inheritdoc/>
    public void Initialize(int fanIn, in RandomKey key, int first, Span<long> stored)
    {
        var deviation = start.IsZero ? 0 : (long)start.Deviation((BigInteger)gain << (2 * FractionBits), fanIn);
        for (var i = 0; i < stored.Length; i++)
        {
            var sum = -Mean;
            for (var word = 0; word < Words; word++)
            {
                var bits = RandomBits.UInt64(key, ((ulong)Words * (ulong)(first + i)) + (ulong)word);
                sum += (long)((bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) + ((bits >> 32) & 0xFFFF) + (bits >> 48));
            }

            stored[i] = ((sum * deviation) + (1L << (SumFractionBits - 1))) >> SumFractionBits;
        }
    }
}
