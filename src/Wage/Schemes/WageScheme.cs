using System.Numerics;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Schemes;

/// <summary>WAGE: Wu, Li, Chen, Shi, "Training and Inference with Integers in Deep Neural Networks", ICLR 2018.</summary>
public sealed class WageScheme : Scheme
{
    private const int LimitFractionBits = 30;
    private readonly WageOptions options;

    /// <summary>The scheme of these options.</summary>
    /// <exception cref="WageException">
    /// FanInLimit is not 3 or 6, beta or the error window is out of range, or the window does not fit k_E.
    /// </exception>
    public WageScheme(WageOptions options)
    {
        if (options.FanInLimit is not (3 or 6))
            throw new WageException(
                $"scheme.fanInLimit: is {options.FanInLimit}, but must be 3 (the program's sqrt(3/n)) or 6 (the paper's sqrt(6/n)).");
        if (options.Beta.Numerator > 1 << 20 || options.Beta.Denominator > 1 << 20 || options.Beta.Numerator / options.Beta.Denominator >= 1024)
            throw new WageException($"scheme.beta: is {options.Beta}, but must be less than 1024, a ratio of parts up to 2^20.");
        if (options.ErrorWindow is < 1 or > 128 || !BitOperations.IsPow2(options.ErrorWindow))
            throw new WageException(
                $"scheme.errorWindow: is {options.ErrorWindow}, but must be a power of two from 1 to 128.",
                "the paper uses 1, 2, 4 and 8.");
        this.options = options;
        var bits = options.Bits;
        W = new ShiftWeights(bits, options.Rounding, options.WeightClipMask);
        A = new ShiftActivations(bits.A, options.Rounding, options.ActivationClipMask);
        G = new StochasticGradients(options.Randomizer, options.Rounding);
        E = options.ErrorWindow == 1
            ? new ShiftErrors(bits.E, options.Rounding)
            : new WindowedErrors(bits.E, BitOperations.Log2((uint)options.ErrorWindow), options.Rounding);
        StoredUpdate = new UpdateRule(ClipLimit, options.ClipOrder == ClipOrder.BeforeUpdate, BitWidths.Limit(bits.G));
        Rule = new ClippedUpdate(StoredUpdate);
    }

    /// <summary>The options.</summary>
    public WageOptions Options => options;

    /// <summary>How an update enters a stored weight: the clip, its order and the storage limit.</summary>
    public UpdateRule StoredUpdate { get; }

    /// <inheritdoc/>
    public override string Name => options.ErrorWindow == 1 ? $"wage {options.Bits}" : $"wage {options.Bits}, error window / {options.ErrorWindow}";

    /// <inheritdoc/>
    public override ElementType Storage => StoredRange.Type;

    /// <inheritdoc/>
    public override QuantizedRange StoredRange => QuantizedRange.Of(options.Bits.G);

    /// <inheritdoc/>
    public override IWeightQuantizer W { get; }

    /// <inheritdoc/>
    public override IActivationQuantizer A { get; }

    /// <inheritdoc/>
    public override IGradientQuantizer G { get; }

    /// <inheritdoc/>
    public override IErrorQuantizer E { get; }

    /// <inheritdoc/>
    public override IUpdateRule Rule { get; }

    /// <summary>The clip of stored weights in units of sigma(k_G).</summary>
    private int ClipLimit => options.StoredClip == StoredClip.WeightGrid
        ? BitWidths.Limit(options.Bits.W) << (options.Bits.G - options.Bits.W)
        : BitWidths.Limit(options.Bits.G);

    /// <summary>
    /// alpha = max(2^round(log2(L_min / L)), 1), L_min = beta sigma(k_W), L = sqrt(c / n): log2 of the root of (beta sigma)^2 n / c, decided in
    /// integers. WAGE eq. 4 and 8; L is the fan-in limit before the maximum with L_min.
    /// </summary>
    public override int Log2Alpha(int fanIn)
    {
        var (p, q) = MinimumSquared();
        return Math.Max(0, IntegerMath.RoundedLog2OfRoot(p * fanIn, q * options.FanInLimit));
    }

    /// <summary>L' = max(sqrt(c / n), beta sigma(k_W)) in units of 2^-30, rounded down. WAGE eq. 4.</summary>
    public long InitialLimit(int fanIn)
    {
        var (p, q) = MinimumSquared();
        var (c, n) = ((BigInteger)options.FanInLimit, (BigInteger)fanIn);
        var minimumIsGreater = p * n > c * q;
        var (numerator, denominator) = minimumIsGreater ? (p, q) : (c, n);
        return (long)IntegerMath.SquareRoot((numerator << (2 * LimitFractionBits)) / denominator);
    }

    /// <summary>
    /// W ~ U(-L', L') on the chosen grid: x = L' (2u + 1 - 2^32) / 2^32 for a uniform 32-bit u, in units of 2^-30,
    /// then rounded to k bits and saturated.
    /// </summary>
    public override void Initialize(int fanIn, in RandomKey key, int first, Span<long> stored)
    {
        var limit = InitialLimit(fanIn);
        var bits = options.InitialWeights == InitialGrid.WeightGrid ? options.Bits.W : options.Bits.G;
        for (var i = 0; i < stored.Length; i++)
        {
            var uniform = (2L * RandomBits.UInt32(key, (ulong)(first + i))) + 1 - (1L << 32);
            var x = (long)(((Int128)limit * uniform) >> 32);
            var rounded = FixedPoint.Round(x, LimitFractionBits - (bits - 1), options.Rounding);
            var onGrid = FixedPoint.Saturate(rounded, BitWidths.Limit(bits)) << (options.Bits.G - bits);
            stored[i] = FixedPoint.Saturate(onGrid, ClipLimit);
        }
    }

    /// <summary>(beta sigma(k_W))^2 as p / q.</summary>
    private (BigInteger P, BigInteger Q) MinimumSquared()
    {
        BigInteger p = options.Beta.Numerator, q = (BigInteger)options.Beta.Denominator << (options.Bits.W - 1);
        return (p * p, q * q);
    }
}
