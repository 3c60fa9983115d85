using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;

namespace Wage.Tests.Layers;

/// <summary>A scheme whose quantizers are wide open: what goes in comes out, so that a network is a polynomial of its integer weights.</summary>
internal sealed class OpenScheme(int weightFractionBits = 0) : Scheme
{
    public override string Name => "open";

    public override QuantizedRange StoredRange => QuantizedRange.Of(8);

    public override IWeightInitializer Initializer { get; } = new Zeros();

    public override IWeightQuantizer W { get; } = new OpenWeights(weightFractionBits);

    public override IActivationQuantizer A { get; } = new OpenActivations();

    public override IErrorQuantizer E { get; } = new OpenErrors();

    public override IGradientQuantizer G { get; } = new StochasticGradients(Randomizer.Exact, Rounding.HalfEven);

    public override IUpdateRule Rule { get; } = new ClippedUpdate(new UpdateRule(127, false, 127));

    private sealed class Zeros : IWeightInitializer
    {
        public void Initialize(int fanIn, in RandomKey key, int first, Span<long> stored) => stored.Clear();
    }

    private sealed class OpenWeights(int fractionBits) : IWeightQuantizer
    {
        public QuantizedRange Range { get; } = new(ElementType.Int8, fractionBits, 127);

        public void Quantize(IBackend backend, Tensor stored, Tensor value) => backend.Quantize(stored, 0, 127, Rounding.HalfEven, value);

        public void Backward(IBackend backend, Tensor stored, Tensor gradient)
        {
        }
    }

    private sealed class OpenActivations : IActivationQuantizer
    {
        public QuantizedRange Range { get; } = new(ElementType.Int8, 0, 127);

        public void Quantize(IBackend backend, Tensor x, int fractionBits, Tensor a)
        {
            foreach (var value in Values.Of(x))
                if (value % (1 << fractionBits) != 0 || Math.Abs(value) > 127 << fractionBits)
                    throw new InvalidOperationException($"{value} is not open");
            backend.Quantize(x, fractionBits, 127, Rounding.HalfEven, a);
        }

        public void Backward(IBackend backend, Tensor x, int fractionBits, Tensor delta)
        {
        }
    }

    private sealed class OpenErrors : IErrorQuantizer
    {
        public QuantizedRange Range { get; } = new(ElementType.Int16, 0, short.MaxValue);

        public void Quantize(IBackend backend, Tensor delta, Tensor maximum, Tensor e, Tensor? exponentIn, Tensor? exponent)
        {
            Values.Fill(e, Values.Of(delta));
            if (exponent is not null) Values.Fill(exponent, exponentIn is null ? 0 : Values.Of(exponentIn)[0]);
        }
    }
}
