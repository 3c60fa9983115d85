using Wage.Layers;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Own;

/// <summary>v = v - v / 2^decay + Q_G(eta g), w = clip(w - v / 2^decay), rounded stochastically. Checkpoints keep the velocity v.</summary>
public sealed class Momentum(int decay, WeightClip clip) : UpdateRule
{
    public override ParameterRule For(Parameter parameter, BuildContext context)
    {
        Tensor Of(ElementType type, Shape shape) => context.Allocate(MemoryKind.Weights, type, shape);
        var shape = parameter.Stored.Shape;
        var (maximum, step, state) = (Of(ElementType.Int64, new Shape(1)), Of(ElementType.Int16, shape), Of(ElementType.Int16, shape));
        return new Rule(parameter, context, new(decay), clip, maximum, step, state);
    }

    public readonly record struct Velocity(int Decay) : IPairFunction
    {
        public const int Bits = 4;                                          // of v below the weights' unit, so that it decays to 0

        public long Of(long v, long step) =>
            FixedPoint.Saturate(checked(v - FixedPoint.Round(v, Decay, Rounding.HalfAway) + (step << Bits)), short.MaxValue);
    }

    private sealed class Rule(
        Parameter parameter, BuildContext context, Velocity velocity, WeightClip clip, Tensor maximum, Tensor step, Tensor state) : ParameterRule
    {
        public override IEnumerable<NamedState> States => [new("velocity", state)];

        public override void Measure(in StepContext s) => context.Backend.MaxAbs(parameter.Gradient, maximum);

        public override void Learn(in StepContext s)
        {
            var (backend, key) = (context.Backend, new RandomKey(s.Seed, RandomStream.Gradient(parameter.Index), s.Step));
            backend.QuantizeGradient(parameter.Gradient, maximum, new GradientRule(s.Eta, Randomizer.Exact, Rounding.HalfEven), key, step);
            backend.Combine(state, step, velocity, state);
            key = key with { Stream = RandomStream.Update(parameter.Index) };
            var average = new ShiftStage(velocity.Decay + Velocity.Bits, short.MaxValue, Rounding.Stochastic);
            backend.Map(state, average, new StageTensors(step) { Key = key });
            backend.Combine(parameter.Stored, step, clip, parameter.Stored);
        }
    }
}
