using Wage.Layers;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Quantization;

/// <summary>
/// Q_G and the update: direction and magnitude of eta g by stochastic rounding, subtracted from a weight that is kept inside its clip. WAGE eq. 9-12.
/// </summary>
/// <param name="randomizer">The resolution of the randomness.</param>
/// <param name="rounding">How the 16-bit randomizer rounds to its fraction bits: half to even or half away.</param>
/// <param name="clip">The clip, its order and the storage limit.</param>
/// <param name="range">How the gradient's range is found: by default its own maximum.</param>
public sealed class WageUpdate(Randomizer randomizer, Rounding rounding, WeightClip clip, RangeRule range = default) : UpdateRule
{
    /// <summary>The resolution of the randomness.</summary>
    internal Randomizer Randomizer => randomizer;

    /// <summary>See <see cref="GradientRule.Rounding"/>.</summary>
    internal Rounding Rounding => rounding;

    /// <summary>The clip of weights.</summary>
    internal WeightClip Clip => clip;

    /// <summary>True where a gradient is scaled by its own maximum.</summary>
    internal bool IsCurrent => range.Estimator == RangeEstimator.Current;

    /// <inheritdoc/>
    /// <remarks>A bias is used on the grid on which it is stored, so that this grid's end is its clip.</remarks>
    public override ParameterRule For(Parameter parameter, BuildContext context) => new Rule(
        parameter, context, new GradientRule(new Ratio(1, 1), randomizer, rounding),
        parameter.IsBias ? new WeightClip(clip.Storage, clip.ClipFirst, clip.Storage) : clip, range);

    private sealed class Rule(Parameter parameter, BuildContext context, GradientRule rule, WeightClip clip, RangeRule ranges) : ParameterRule
    {
        private readonly Tensor update = context.Allocate(MemoryKind.Weights, ElementType.Int16, parameter.Stored.Shape);
        private readonly PowerRange? range =
            ranges.Estimator == RangeEstimator.Current ? null : new PowerRange(ranges, context, MemoryKind.Gradients);
        private readonly Tensor? maximum =
            ranges.Estimator == RangeEstimator.Current ? context.Allocate(MemoryKind.Gradients, ElementType.Int64, new Shape(1)) : null;

        public override Tensor Update => update;

        public override Tensor? Statistic => range?.Statistic;

        public override IEnumerable<NamedState> States => range?.States ?? [];

        public override bool LearnsParts => true;

        public override Tensor? Maximum => range is null ? maximum : range.Measured;

        public override Tensor? LeftMaximum => range?.Left;

        public override void Measure(in StepContext s)
        {
            var gradient = parameter.PartOf(parameter.Gradient);
            if (range is null) context.Backend.MaxAbs(gradient, maximum!);
            else range.Measure(gradient, null, 0);
        }

        public override void Learn(in StepContext s)
        {
            range?.Join(s);
            var key = new RandomKey(s.Seed, RandomStream.Gradient(parameter.Index), s.Step);
            var (scaled, bits) = range is null ? (maximum!, 0) : (range.Range, MovingMaximum.FractionBits);
            var part = rule with { Rate = s.Eta, RangeBits = bits, FirstRandom = parameter.Part.First };
            var (stored, step) = (parameter.PartOf(parameter.Stored), parameter.PartOf(update));
            context.Backend.QuantizeGradient(parameter.PartOf(parameter.Gradient), scaled, part, key, step, range?.Statistic);
            context.Backend.Combine(stored, step, clip, stored);
        }

        public override void Advance(in StepContext s) => range?.Advance(s);

        public override void RequireRate(Ratio eta)
        {
            var bound = ranges.Estimator == RangeEstimator.Fixed
                ? Math.Max(parameter.GradientBound, 1L << ranges.FixedLog2) : parameter.GradientBound;
            if (GradientScale.Fits(bound, eta)) return;
            var bits = 64 - long.LeadingZeroCount(bound);
            throw new WageException(
                $"{Term.Eta}: {eta} times {parameter.Name}'s gradients of {bits} bits does not fit 64-bit arithmetic.",
                "take a power of two, or a ratio with smaller parts.");
        }
    }
}
