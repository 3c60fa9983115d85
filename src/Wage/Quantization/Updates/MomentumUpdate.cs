using System.Numerics;
using Wage.Backends;
using Wage.Layers;
using Wage.Numbers;
using Wage.Observation;
using Wage.Tensors;

namespace Wage.Quantization;

/// <summary>
/// Momentum and weight decay in integers. With W and its velocity V in units of 2^-f, n = the batch, m, d and r the momentum, the decay and the rate
/// in units of 2^-16, 2^-26 and 2^-16: T = V m + g 2^(e + f + 16) / n + floor(W d / 2^10); V = round(T / 2^16); W = W - round(V r / 2^16), the
/// roundings to the nearest, ties up. Of weights of 16 bits both roundings are stochastic: steps of less than half a unit would all be lost. W and V
/// saturate.
/// </summary>
/// <param name="momentum">Below 1; null: none.</param>
/// <param name="decay">Below 1; null: none.</param>
internal sealed class MomentumUpdate(Ratio? momentum, Ratio? decay) : UpdateRule
{
    /// <summary>Fraction bits of a momentum and of a rate.</summary>
    public const int FractionBits = 16;

    /// <summary>Of a decay.</summary>
    public const int DecayFractionBits = 26;

    private const int Fine = FractionBits;

    /// <summary>log2 of a rate beyond which its bits end.</summary>
    private const int MostRateBits = 14;

    /// <inheritdoc/>
    public override ParameterRule For(Parameter parameter, BuildContext context) =>
        new Rule(parameter, context, new Decayed(Scaled(momentum, Fine), Scaled(decay, DecayFractionBits)));

    private static int Scaled(Ratio? ratio, int bits) => ratio is { } r ? Scaled(r, bits) : 0;

    /// <summary>round(ratio 2^bits), at most 2^30: a ratio's parts may have 63 bits each.</summary>
    private static int Scaled(Ratio ratio, int bits)
    {
        var twice = ((BigInteger)ratio.Numerator << (bits + 1)) + ratio.Denominator;
        return (int)BigInteger.Min(twice / (2 * (BigInteger)ratio.Denominator), 1 << 30);
    }

    private sealed class Rule : ParameterRule
    {
        private readonly Parameter parameter;
        private readonly IBackend backend;
        private readonly Decayed decayed;
        private readonly AddGradient joined;
        private readonly int fractionBits;
        private readonly bool isRandom;
        private readonly Tensor velocity;
        private readonly Tensor shift;
        private readonly StepProbe probe;
        private readonly Tensor counted;
        private long cut;
        private Tensor? sums;
        private Tensor? scaled;

        public Rule(Parameter parameter, BuildContext context, Decayed decayed)
        {
            (this.parameter, backend, probe, this.decayed) = (parameter, context.Backend, context.Probe, decayed);
            counted = context.Allocate(MemoryKind.Observation, ElementType.Int64, new Shape(1));
            (isRandom, fractionBits) = (parameter.Type == ElementType.Int16, parameter.StoredRange.FractionBits);
            (joined, var log2) = AddGradient.ForBatch(context.Slice.Batch, isRandom ? 0 : Fine);
            fractionBits -= log2;
            velocity = context.Allocate(MemoryKind.Weights, parameter.Type, parameter.Shape);
            shift = context.Allocate(MemoryKind.Weights, ElementType.Int64, new Shape(1));
            context.Share(MemoryLife.Sums, ElementType.Int64, parameter.Shape, tensor => sums = tensor);
            context.Share(MemoryLife.BlockErrors, ElementType.Int64, parameter.Shape, tensor => scaled = tensor);
        }

        public override IEnumerable<NamedState> States => [new NamedState("velocity", velocity)];

        public override bool LearnsParts => true;

        public override long? Cut => cut;

        public override void Learn(in StepContext s)
        {
            var (w, rate) = (parameter.PartOf(parameter.Stored), Scaled(s.Eta, Fine));
            var (velocity, sums, scaled) = (parameter.PartOf(this.velocity), parameter.PartOf(this.sums!), parameter.PartOf(this.scaled!));
            var unit = parameter.GradientSignal;
            backend.Combine(unit.Exponent!, unit.Exponent!, new LeftShift(fractionBits + Fine - unit.FractionBits), shift);
            backend.Map(parameter.PartOf(unit.Values), default(GradientStage), new StageTensors(scaled) { Range = shift });
            cut = Beyond(scaled, (1L << GradientStage.MostBits) - 1);
            backend.Combine(velocity, w, decayed, sums);
            if (!isRandom)
            {
                backend.Combine(sums, scaled, joined, velocity);
                cut += Beyond(velocity, int.MaxValue - 1);
                backend.Combine(w, velocity, new RateStep(rate, parameter.StoredRange.Limit), w);
                return;
            }

            backend.Combine(sums, scaled, joined, sums);
            Round(sums, velocity, RandomStream.Gradient(parameter.Index), s);
            cut += Beyond(velocity, parameter.StoredRange.Limit - 1);
            backend.Combine(w, velocity, new WholeStep(rate), sums);
            Round(sums, w, RandomStream.Update(parameter.Index), s);
        }

        public override void RequireRate(Ratio eta)
        {
            if (eta.Numerator / eta.Denominator < 1 << MostRateBits) return;
            throw new WageException($"{Term.Eta}: is {eta}, but of rates from {1 << MostRateBits} on the bits in units of 2^-{Fine} end.",
                "take a smaller rate: 1/10 is usual.");
        }

        public override void RequireGivenRate(Ratio eta)
        {
            if (Scaled(eta, Fine) > 0) return;
            var least = new Ratio(1, 1L << (Fine + 1));
            throw new WageException(
                $"{Term.Eta}: is {eta}, but a rate below {least} is none in units of 2^-{Fine}, and {parameter.Name} would not move.",
                $"{Term.EtaOf(least)} or more; only one that falls with every step may go further down.");
        }

        /// <summary>Numbers at the end to which they saturate, when somebody looks.</summary>
        private long Beyond(Tensor x, long most)
        {
            if (!probe.IsObserved) return 0;
            backend.Reduce(x, null, 0, new BeyondCount(-most, most), counted);
            return backend.ReadScalar(counted);
        }

        private void Round(Tensor x, Tensor y, uint stream, in StepContext s)
        {
            var stage = new ShiftStage(Fine, parameter.StoredRange.Limit, Rounding.Stochastic);
            backend.Map(x, stage, new StageTensors(y) { Key = new RandomKey(s.Seed, stream, s.Step), FirstRandom = parameter.Part.First });
        }
    }
}

/// <summary>x = V, y = W: V m + floor(W d / 2^10).</summary>
/// <param name="Momentum">m, in units of 2^-16.</param>
/// <param name="Decay">d, in units of 2^-26.</param>
public readonly record struct Decayed(int Momentum, int Decay) : IPairFunction
{
    /// <inheritdoc/>
    public long Of(long x, long y) => checked((x * Momentum) + ((y * Decay) >> 10));
}

/// <summary>x = the exponent of a gradient's unit: the bits by which it goes right to the unit of velocities.</summary>
/// <param name="Left">The bits by which a gradient of the unit 1 goes left.</param>
public readonly record struct LeftShift(int Left) : IPairFunction
{
    /// <inheritdoc/>
    public long Of(long x, long y) => Math.Max(Math.Min(checked(-x - Left), 62), -GradientStage.MostBits);
}

/// <summary>x = T, y = the gradient: (x + floor(y share / 2^16 + 1/2)) / 2^dropped, ties up; saturated at 32 bits where bits are dropped.</summary>
/// <param name="Share">In units of 2^-16: 2^k over the batch, from 1 to below 2.</param>
/// <param name="Dropped">16 or 0.</param>
public readonly record struct AddGradient(int Share, int Dropped) : IPairFunction
{
    /// <summary>The greatest share: with 2^46, the greatest gradient, it stays in 64 bits.</summary>
    private const int MostShare = (1 << 17) - 1;

    /// <summary>Of a batch, and k: the least with 2^k >= batch.</summary>
    internal static (AddGradient Function, int Bits) ForBatch(int batch, int dropped)
    {
        var k = 0;
        while (1L << k < batch) k++;
        return (new AddGradient((int)Math.Min(FixedPoint.Divide(1L << (16 + k), batch, Rounding.HalfAway), MostShare), dropped), k);
    }

    /// <inheritdoc/>
    public long Of(long x, long y)
    {
        var sum = checked(x + (((y * Share) + (1L << 15)) >> 16));
        return Dropped == 0 ? sum : FixedPoint.Saturate(checked(sum + (1L << checked(Dropped - 1))) >> Dropped, int.MaxValue);
    }
}

/// <summary>x = W, y = V: W - floor(V rate / 2^16 + 1/2), saturated.</summary>
/// <param name="Rate">In units of 2^-16.</param>
/// <param name="Limit">The greatest magnitude that is stored.</param>
public readonly record struct RateStep(int Rate, int Limit) : IPairFunction
{
    /// <inheritdoc/>
    public long Of(long x, long y) => FixedPoint.Saturate(checked(x - (((y * Rate) + (1L << 15)) >> 16)), Limit);
}

/// <summary>x = W, y = V: 2^16 W - V rate.</summary>
/// <param name="Rate">In units of 2^-16.</param>
public readonly record struct WholeStep(int Rate) : IPairFunction
{
    /// <inheritdoc/>
    public long Of(long x, long y) => checked((x << 16) - (y * Rate));
}
