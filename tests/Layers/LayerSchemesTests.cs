using Wage.Backends;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests.Layers;

[Parallelizable]
public sealed class LayerSchemesTests
{
    private static IEnumerable<TestCaseData> Models =>
    [
        new TestCaseData(Model.Mlp(12, 10), 28, 1) { TestName = "{m}(MLP)" },
        new TestCaseData(Model.LeNet5(ConvPadding.Same), 28, 1) { TestName = "{m}(LeNet-5)" },
        new TestCaseData(Model.Vgg7(4), 32, 3) { TestName = "{m}(VGG7)" },
        new TestCaseData(Model.ResNet(2, 4), 32, 3) { TestName = "{m}(ResNet)" },
    ];

    [TestCaseSource(nameof(Models))]
    public void TheNamesAreThoseOfTheTableBeforeItIsBuilt(IReadOnlyList<Layer> layers, int side, int channels)
    {
        var before = new LayerSchemes(layers);
        var network = New(layers, new Shape(2, side, side, channels), before.Names.ToDictionary(name => name, _ => Fine));
        var named = network.Table.Where(row => row.Product is not null || row.Kind == "sum").Select(row => row.Name);
        Assert.That(before.Names.Order(), Is.EqualTo(named.Order()));
        Assert.That(network.Table.Where(row => row.Product is not null).Select(row => row.Scheme).Distinct(), Is.EqualTo(new[] { Fine.Name }));
        Assert.That(before[network.ScoresShownAs], Is.EqualTo(LayerParts.Weights | LayerParts.Errors));
    }

    [Test]
    public void ALayersSchemeIsThatOfItsWeightsItsActivationsAndItsErrors()
    {
        Layer[] byHand =
        [
            new Conv2d(3, 3) { Scheme = Fine }, new Relu(), new Quantize { Scheme = Fine }, new Dense(4), new Relu(), new Quantize(), new Dense(10),
        ];
        Layer[] byName = [new Conv2d(3, 3), new Relu(), new Quantize(), new Dense(4), new Relu(), new Quantize(), new Dense(10)];
        var (one, other) = (New(byHand, new Shape(2, 6, 6, 1), []), New(byName, new Shape(2, 6, 6, 1), new() { ["conv1"] = Fine }));
        Assert.That(other.Table.Select(row => (row.Scheme, row.Forward, row.Error, row.Gradient)),
            Is.EqualTo(one.Table.Select(row => (row.Scheme, row.Forward, row.Error, row.Gradient))));
        Assert.That(Trained(other), Is.EqualTo(Trained(one)));
        Assert.That(other.Identity.Traits, Is.EqualTo(one.Identity.Traits));
        Assert.That(Trained(New(Plain(), new Shape(2, 6, 6, 1), [])), Is.Not.EqualTo(Trained(one)));
    }

    /// <summary>The errors of the loss are those of the last layer.</summary>
    [Test]
    public void TheLastLayersErrorsAreThoseOfTheLoss()
    {
        var coarse = new WageOptions { Bits = new BitWidths(2, 8, 8, 2) }.ToScheme();
        var network = New(Plain(), new Shape(2, 6, 6, 1), new() { ["dense2"] = coarse });
        Assert.That(network.Table[^1].Error!.Value.Value, Is.LessThan(New(Plain(), new Shape(2, 6, 6, 1), []).Table[^1].Error!.Value.Value));
        Assert.That(network.Identity.Traits, Has.Some.EqualTo(new ModelTrait("dense2.outputs.kE", "2", "8")));
    }

    [Test]
    public void ANameThatIsNoneIsRefusedWithTheNearest() => Assert.That(
        () => New(Plain(), new Shape(2, 6, 6, 1), new() { ["dens1"] = Fine }),
        Throws.TypeOf<WageException>().With.Message.EqualTo("layers: the model has no layer 'dens1'. HINT: did you mean dense1?"));

    /// <summary>A layer of somebody's own may take any name: the one that was meant is not guessed.</summary>
    [Test]
    public void ANameThatAnotherLayerTookIsRefused() => Assert.That(
        () => New([new Namesake(), .. Plain()], new Shape(2, 6, 6, 1), new() { ["conv1"] = Fine }),
        Throws.TypeOf<WageException>().With.Message.StartsWith("layers: conv2 was taken for conv1"));

    private static Scheme Fine { get; } = new WageOptions { Bits = new BitWidths(4, 6, 12, 10) }.ToScheme();

    private static Layer[] Plain() => [new Conv2d(3, 3), new Relu(), new Quantize(), new Dense(4), new Relu(), new Quantize(), new Dense(10)];

    private static Network New(IReadOnlyList<Layer> layers, Shape images, Dictionary<string, Scheme> own) =>
        new(layers, new WageOptions().ToScheme(), new SquaredError(), images, new ReferenceBackend(), layerSchemes: own);

    private static string Trained(Network network)
    {
        network.Initialize(3);
        for (var step = 0u; step < 4; step++)
        {
            for (var i = 0; i < network.Images.Length; i++) ((HostTensor)network.Images)[i] = ((i * 37) + (step * 11)) % 200 - 100;
            Values.Fill(network.Labels, step % 10, 3);
            network.Step(new StepContext(Phase.Training, 5, step, new Ratio(8, 1)));
        }

        return network.WeightsSha256();
    }

    private sealed class Namesake : Layer
    {
        public override SignalSpec Build(BuildContext context, SignalSpec input)
        {
            context.NextName("conv");
            return input;
        }

        public override SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError) => error;

        public override Signal Forward(Signal x, in StepContext s) => x;

        public override Signal Backward(Signal e, in StepContext s) => e;
    }
}
