using Wage.Layers;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Own;

/// <summary>Q_E by a moving average of 8 times the mean magnitude: a statistic, a rule that moves a state by it, and a stage.</summary>
public sealed class AverageErrors(int bits, int decay) : IQuantizer
{
    public QuantizedRange Range { get; } = new(ElementType.Int8, 0, BitWidths.Limit(bits));

    public bool HasStage => true;

    public TensorQuantizer For(in TensorSite site, BuildContext context)
    {
        Tensor One() => context.Allocate(MemoryKind.Errors, ElementType.Int64, new Shape(1));
        var rule = new Average(decay, context.Slice.OfBatch(site.Shape.Length));
        return new Quantizer(context, new ErrorStage(bits, Rounding.HalfEven), rule, One(), One());
    }

    public readonly record struct Magnitudes : IStatistic
    {
        public static int Results => 1;
        public static bool Adds => true;
        public long Of(long x, int result) => Wrapping.Absolute(x);
    }

    public readonly record struct Average(int Decay, long Count) : IPairFunction
    {
        public long Of(long a, long sum) =>
            a == 0 ? checked(8 * sum) / Count : checked(a + FixedPoint.Round((checked(8 * sum) / Count) - a, Decay, Rounding.HalfAway));
    }

    private sealed class Quantizer(BuildContext context, ErrorStage stage, Average rule, Tensor sum, Tensor average) : TensorQuantizer
    {
        public override IEnumerable<NamedState> States => [new("average", average)];

        public override void Measure(Tensor x, Tensor? gate, int gateBits, in StepContext s)
        {
            context.Backend.Reduce(x, gate, gateBits, default(Magnitudes), sum);
            s.Workers?.Sum(sum);
            if (s.Phase == Phase.Training) context.Backend.Combine(average, sum, rule, average);
        }

        public override void Apply(Tensor x, in StageTensors t, in StepContext s) => context.Backend.Map(x, stage, t with { Range = average });
    }
}
