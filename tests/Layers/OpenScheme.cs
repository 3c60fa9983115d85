using Wage.Layers;
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

    public override IQuantizer W { get; } = new Open(new QuantizedRange(ElementType.Int8, weightFractionBits, 127), checks: false);

    public override IQuantizer A { get; } = new Open(new QuantizedRange(ElementType.Int8, 0, 127), checks: true);

    public override IQuantizer E { get; } = new Open(new QuantizedRange(ElementType.Int16, 0, short.MaxValue), checks: false);

    public override UpdateRule Update { get; } = new WageUpdate(Randomizer.Exact, Rounding.HalfEven, new WeightClip(127, false, 127));

    private sealed class Zeros : IWeightInitializer
    {
        public void Initialize(int fanIn, in RandomKey key, int first, Span<long> stored) => stored.Clear();
    }

    private sealed class Open(QuantizedRange range, bool checks) : IQuantizer
    {
        public QuantizedRange Range => range;

        public TensorQuantizer For(in TensorSite site, BuildContext context) => new Through(checks ? site.FractionBits : 0, checks);
    }

    private sealed class Through(int fractionBits, bool checks) : TensorQuantizer
    {
        public override void Apply(Tensor x, in StageTensors t, in StepContext s)
        {
            foreach (var value in Values.Of(x))
                if (checks && (value % (1 << fractionBits) != 0 || Math.Abs(value) > 127 << fractionBits))
                    throw new InvalidOperationException($"{value} is not open");
            Values.Fill(t.Output, [.. Values.Of(x).Select(value => value >> fractionBits)]);
            if (t.Exponent is not null) Values.Fill(t.Exponent, t.ExponentIn is null ? 0 : Values.Of(t.ExponentIn)[0]);
        }
    }
}
