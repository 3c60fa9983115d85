using System.Numerics;
using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Schemes;

/// <summary>WAGE: Wu, Li, Chen, Shi, "Training and Inference with Integers in Deep Neural Networks", ICLR 2018.</summary>
internal sealed class WageScheme : Scheme
{
    private readonly WageOptions options;

    /// <summary>The scheme of these options.</summary>
    /// <exception cref="WageException">
    /// FanInLimit is not 3 or 6, beta or the error window is out of range, or the window does not fit k_E.
    /// </exception>
    public WageScheme(WageOptions options)
    {
        if (options.FanInLimit is not (3 or 6))
            throw new WageException(
                $"{Term.Option("fanInLimit")}: is {options.FanInLimit}, but must be 3 (the program's sqrt(3/n)) or 6 (the paper's sqrt(6/n)).");
        if (options.Beta.Numerator > 1 << 20 || options.Beta.Denominator > 1 << 20 || options.Beta.Numerator / options.Beta.Denominator >= 1024)
            throw new WageException($"{Term.Option("beta")}: is {options.Beta}, but must be less than 1024, a ratio of parts up to 2^20.");
        if (options.ErrorWindow is < 1 or > 128 || !BitOperations.IsPow2(options.ErrorWindow))
            throw new WageException(
                $"{Term.Option("errorWindow")}: is {options.ErrorWindow}, but must be a power of two from 1 to 128.",
                "the paper uses 1, 2, 4 and 8.");
        if (options.ErrorWindow != 1 && options.ErrorRange != RangeEstimator.Current)
            throw new WageException(
                $"{Term.Option("errorWindow")}: is {options.ErrorWindow}, but a moved window is of the step's own maximum.",
                $"set {Term.Option("errorWindow")} to 1, or {Term.Option("ranges.E")} to current.");
        if (options.Rounding is not (Rounding.HalfEven or Rounding.HalfAway))
            throw new WageException($"{Term.Option("rounding")}: is {options.Rounding}, but ties go half to even or half away.",
                "choose others for W, A and E.");
        RequireRanges(options);
        RequireHybrid(options);
        this.options = options;
        var (bits, errors) = (options.Bits, options.ErrorRounding ?? options.Rounding);
        W = options.Hybrid is { } rows ? new HybridWeights(bits.G, options.WeightRounding ?? options.Rounding, rows)
            : new ShiftWeights(bits, options.WeightRounding ?? options.Rounding, options.WeightClipMask);
        A = new ShiftActivations(bits.A, options.ActivationRounding ?? options.Rounding, options.ActivationClipMask);
        var moving = MovingMaximum.ForMomentum(options.RangeMomentum);
        E = options.ErrorRange != RangeEstimator.Current
            ? new RangedErrors(bits.E, errors, new RangeRule(options.ErrorRange, moving, options.FixedErrorRange))
            : options.ErrorWindow == 1 ? new ShiftErrors(bits.E, errors)
            : new WindowedErrors(bits.E, BitOperations.Log2((uint)options.ErrorWindow), errors);
        Update = new WageUpdate(
            options.Randomizer, options.Rounding, options.StoredUpdate, new RangeRule(options.GradientRange, moving, options.FixedGradientRange));
        var scale = new WageScale(options);
        (Scale, Initializer) = (scale, new WageInitializer(options, scale));
    }

    private static void RequireRanges(WageOptions options)
    {
        if (options.RangeMomentum is { } momentum && momentum.Numerator >= momentum.Denominator)
            throw new WageException($"{Term.Option("ranges.momentum")}: is {momentum}, but must be less than 1.");
        foreach (var (name, log2) in new[] { ("ranges.fixedE", options.FixedErrorRange), ("ranges.fixedG", options.FixedGradientRange) })
        {
            if (log2 is < 0 or > RangeRule.MostFixedLog2)
                throw new WageException($"{Term.Option(name)}: is {log2}, but must be from 0 to {RangeRule.MostFixedLog2}.");
        }
    }

    private static void RequireHybrid(WageOptions options)
    {
        if (options.Hybrid is not { } rows) return;
        if (options.Bits.W != 2 || options.Bits.G < 8)
            throw new WageException(
                $"{Term.Option("hybrid.ratio")}: is {string.Join(", ", rows.Ratios)} with kW = {options.Bits.W} and kG = {options.Bits.G}, " +
                $"but ternary weights have 2 bits and the others 8 of the stored kG.",
                $"set {Term.Option("kW")} to 2 and {Term.Option("kG")} to 8 or more, or leave {Term.Option("hybrid.ratio")} away.");
        if (options.WeightClipMask || (options.WeightRounding ?? options.Rounding) == Rounding.Stochastic)
            throw new WageException(
                $"{Term.Option("hybrid.ratio")}: weights that are ternary in part round without random bits, and no clip stops their gradients.",
                $"leave {Term.Option("weightClipMask")} and {Term.Option("roundingW")} away.");
    }

    /// <inheritdoc/>
    public override string Name =>
        $"wage {options.Bits}{(options.Hybrid is null ? string.Empty : " hybrid")}" +
        (options.ErrorWindow == 1 ? string.Empty : $", error window / {options.ErrorWindow}");

    /// <inheritdoc/>
    public override QuantizedRange StoredRange => QuantizedRange.Of(options.Bits.G);

    /// <inheritdoc/>
    public override IWeightInitializer Initializer { get; }

    /// <inheritdoc/>
    public override IScaleRule Scale { get; }

    /// <inheritdoc/>
    public override IQuantizer W { get; }

    /// <inheritdoc/>
    public override IQuantizer A { get; }

    /// <inheritdoc/>
    public override IQuantizer E { get; }

    /// <inheritdoc/>
    public override UpdateRule Update { get; }
}
