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
public sealed class WageUpdate(Randomizer randomizer, Rounding rounding, WeightClip clip) : UpdateRule
{
    /// <inheritdoc/>
    /// <remarks>A bias is used on the grid on which it is stored, so that this grid's end is its clip.</remarks>
    public override ParameterRule For(Parameter parameter, BuildContext context) => new Rule(
        parameter, context, randomizer, rounding, parameter.IsBias ? new WeightClip(clip.Storage, clip.ClipFirst, clip.Storage) : clip);

    private sealed class Rule(Parameter parameter, BuildContext context, Randomizer randomizer, Rounding rounding, WeightClip clip) : ParameterRule
    {
        private readonly Tensor maximum = context.Allocate(MemoryKind.Gradients, ElementType.Int64, new Shape(1));
        private readonly Tensor update = context.Allocate(MemoryKind.Weights, ElementType.Int16, parameter.Stored.Shape);

        public override Tensor Update => update;

        public override void Measure(in StepContext s) => context.Backend.MaxAbs(parameter.Gradient, maximum);

        public override void Learn(in StepContext s)
        {
            var key = new RandomKey(s.Seed, RandomStream.Gradient(parameter.Index), s.Step);
            context.Backend.QuantizeGradient(parameter.Gradient, maximum, new GradientRule(s.Eta, randomizer, rounding), key, update);
            context.Backend.Combine(parameter.Stored, update, clip, parameter.Stored);
        }

        public override void RequireRate(Ratio eta)
        {
            if (GradientScale.Fits(parameter.GradientBound, eta)) return;
            var bits = 64 - long.LeadingZeroCount(parameter.GradientBound);
            throw new WageException(
                $"{Term.Eta}: {eta} times {parameter.Name}'s gradients of {bits} bits does not fit 64-bit arithmetic.",
                "take a power of two, or a ratio with smaller parts.");
        }
    }
}
