using Wage.Backends;
using Wage.Layers;
using Wage.Losses;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests.Layers;

/// <summary>A Q_A that needs its input's maximum cannot end a product, whose sums are never stored: it would read the maximum of nothing.</summary>
[Parallelizable]
public sealed class MeasuredActivationsTests
{
    [Test]
    public void AQuantizerThatMeasuresAndSaysThatItIsAStageIsRefused([Values] bool says)
    {
        Network New() => new(
            [new Dense(4), new Relu(), new Quantize(), new Dense(2)],
            new ComposedScheme(new WageOptions().ToScheme(), "measured", a: new Measured(says)), new SquaredError(), new Shape(2, 3, 3, 1),
            new ReferenceBackend());
        if (!says) Assert.That(New, Throws.Nothing);
        else
        {
            Assert.That(New, Throws.TypeOf<WageException>().With.Message.EqualTo(
                "dense1: its Q_A measures its input, so it cannot be a product's output stage. HINT: let HasStage be false."));
        }
    }

    private sealed class Measured(bool says) : IQuantizer
    {
        public QuantizedRange Range { get; } = QuantizedRange.Of(8);

        public bool HasStage => says;

        public TensorQuantizer For(in TensorSite site, BuildContext context)
        {
            var maximum = context.Allocate(MemoryKind.Activations, ElementType.Int64, new Shape(1));
            var stage = FusedStage.Of(new ErrorStage(8, Rounding.HalfEven));
            return new StageQuantizer(context.Backend, site.Role, site.Index, stage, stage, maximum);
        }
    }
}
