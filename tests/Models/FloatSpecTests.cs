using System.Text;
using System.Text.Json;
using Wage.Backends;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Observation;
using Wage.Schemes;
using Wage.Tests.Simulation.Layers;

namespace Wage.Tests.Models;

/// <summary>Descriptions with layers that not every scheme has.</summary>
[Parallelizable]
public sealed class FloatSpecTests
{
    private static readonly SchemeKind Float32 = SchemeRegistry.Require("float32");

    private static IEnumerable<SpecList<LayerSpec>> Networks =>
    [
        .. FloatLayerRuns.Networks.Values, ModelSpec.Vgg7(2).WithBatchNorm().WithRelu6().Layers, ModelSpec.ResNet(1, 2).WithBatchNorm().Layers,
        ModelSpec.ResNet(1, 2).WithFixup().Layers,
        ModelSpec.ResNet(1, 2, shortcut: ResNetShortcut.Subsample).WithBatchNorm().Layers,
        [new DropoutSpec(new Ratio(1, 3)), new DenseSpec(3), new BatchNormSpec { Momentum = new Ratio(99, 100), Epsilon = new Ratio(1, 1000) }],
    ];

    [TestCaseSource(nameof(Networks))]
    public void ADescriptionIsReadAsItWasWritten(SpecList<LayerSpec> layers)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            LayersJson.Write(json, "layers", layers);
            json.WriteEndObject();
        }

        using var document = JsonDocument.Parse(stream.ToArray());
        Assert.That(LayersJson.Read(document.RootElement.GetProperty("layers")), Is.EqualTo(layers));
    }

    [TestCase("""{"layer": "Dropout", "rate": "1"}""", "Dropout has the rate '1'")]
    [TestCase("""{"layer": "Dropout", "rate": "-1/2"}""", "Dropout has the rate '-1/2'")]
    [TestCase("""{"layer": "BatchNorm", "momentum": "3/2", "epsilon": "1"}""", "BatchNorm has the momentum '3/2'")]
    [TestCase("""{"layer": "BatchNorm", "momentum": "1/2", "epsilon": "0"}""", "BatchNorm has the epsilon '0'")]
    [TestCase("""{"layer": "Subsample", "channels": 0, "stride": 2}""", "a layer has the channels 0")]
    [TestCase("""{"layer": "Concat", "branches": [[{"layer": "Relu7"}]]}""", "there is no layer 'Relu7'")]
    public void ADescriptionOfImpossibleValuesIsRefused(string layer, string message)
    {
        using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes($"[{layer}]"));
        Assert.That(() => LayersJson.Read(document.RootElement), Throws.TypeOf<FormatException>().With.Message.Contains(message));
    }

    [TestCaseSource(nameof(Networks))]
    public void TheNamesOfOptionsAreThoseOfTheTable(SpecList<LayerSpec> layers)
    {
        var side = layers.Any(layer => layer is MaxPoolSpec) && layers.OfType<ConvSpec>().Count() > 5 ? 32 : 8;
        using var network = FloatLayerRuns.Plan(layers, side);
        var named = new LayerSchemes(layers, Float32);
        foreach (var row in network.Table.Where(row => row.Parameters > 0))
        {
            var isNorm = row.Kind == "Fixup" || row.Kind.StartsWith("batch norm", StringComparison.Ordinal);
            var part = isNorm ? LayerParts.Normalization : LayerParts.Weights;
            Assert.That(named[row.Name] & (LayerParts.Weights | LayerParts.Normalization), Is.EqualTo(part), row.Name);
        }

        var all = network.Table.Select(row => row.Name).ToHashSet();
        Assert.That(named.Names.Where(name => !all.Contains(name)), Is.Empty);
    }

    [Test]
    public void BlocksAreShownUnderTheNamesOfTheIntegerDomain()
    {
        var spec = ModelSpec.ResNet(1, 2).WithBatchNorm() with { Image = (32, 32, 3) };
        using var host = new HostBackend(2);
        using var network = spec.Build(Float32.Settings(), new SoftmaxCrossEntropy(), 4, host);
        using var integers = (Wage.Training.Network)(ModelSpec.ResNet(1, 2) with { Image = (32, 32, 3) }).Build(
            SchemeRegistry.Default.Settings(), new SoftmaxCrossEntropy(), 4, host);
        network.Initialize(1);
        integers.Initialize(1);
        var (shown, expected) = (Seen(network), Seen(integers));
        Quantity[] kinds = [Quantity.StoredWeights, Quantity.ActivationInputs, Quantity.ErrorInputs, Quantity.Gradients, Quantity.Scores];
        foreach (var kind in kinds)
        {
            var (floats, codes) = (shown.Where(one => one.Kind == kind).ToList(), expected.Where(one => one.Kind == kind).ToList());
            Assert.That(floats, Is.SupersetOf(codes), $"{kind}");
            Assert.That(floats.Select(one => one.Layer).Distinct().Count(), Is.EqualTo(floats.Count), $"{kind}: each once");
        }
    }

    private static List<(string Layer, Quantity Kind, string Shape)> Seen(Wage.Training.ITrainable network)
    {
        List<(string, Quantity, string)> all = [];
        network.Observer = new Look(tensor => all.Add((tensor.Layer, tensor.Quantity, tensor.Values.Shape.ToString())));
        network.Step(new Wage.Quantization.StepContext(Wage.Quantization.Phase.Training, 1, 0, new Ratio(1, 8)));
        network.Observer = null;
        return all;
    }

    private sealed class Look(Action<StepTensor> see) : IStepObserver
    {
        public void See(in StepTensor tensor) => see(tensor);
    }
}
