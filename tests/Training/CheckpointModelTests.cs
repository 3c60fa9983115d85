using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests.Training;

/// <summary>A checkpoint is for the network that it says, and for no other whose weights have the same shapes.</summary>
[Parallelizable]
public sealed class CheckpointModelTests
{
    private static readonly WageOptions Default = new();

    private static IEnumerable<TestCaseData> Others =>
    [
        Case("kW", () => New(Default with { Bits = new BitWidths(3, 8, 8, 8) }), "scheme.kW is 2, but the model has 3"),
        Case("Q_A's bits", () => New(Default with { Bits = new BitWidths(2, 7, 8, 8) }), "scheme.kA is 8, but the model has 7"),
        Case("rounding", () => New(Default with { Rounding = Rounding.HalfAway }), "scheme.rounding is halfEven, but the model has halfAway"),
        Case("another Q_W", () => New(new ComposedScheme(Default.ToScheme(), "coarse W", w: new Coarse())),
            "says nothing of own pieces, which is coarse W in the model"),
        Case("another scheme", () => New(new Layers.OpenScheme()), "scheme is wage, but the model has open"),
        Case("a layer's bits", () => New(Default.ToScheme(), own: new() { ["conv1"] = FourBits }),
            "conv1.weights.kW is 2, but the model has 4"),
        Case("a layer's errors", () => New(Default.ToScheme(), own: new() { ["dense1"] = (Default with { ErrorWindow = 2 }).ToScheme() }),
            "dense1.outputs.errorWindow is 1, but the model has 2"),
        Case("stride and padding", () => New(Default.ToScheme(), [new Conv2d(2, 3, 2, ConvPadding.Same), .. Layers[1..]]),
            "conv1 is 3x3 conv, valid, stride 2 3x3x2, but the model has 3x3 conv, same, stride 2 4x4x2"),
        Case("a pooling", () => New(Default.ToScheme(), [Layers[0], new AveragePool2d(2), .. Layers[2..]]),
            "says nothing of average1, which is 2x2 average pool 1x1x2 in the model"),
        Case("no ReLU", () => New(Default.ToScheme(), [.. Layers.Where(layer => layer is not Relu)]),
            "quantize1 is Quantize after relu1, but the model has "),
        Case("the ReLU elsewhere", () => New(Default.ToScheme(), [Layers[0], Layers[2], Layers[1], .. Layers[3..]]),
            "relu1 is Relu after max1, but the model has Relu after conv1"),
        Case("what a pixel means", () => New(Default.ToScheme(), input: InputRange.Unit), "input is Symmetric, but the model has Unit"),
    ];

    private static Scheme FourBits => (Default with { Bits = new BitWidths(4, 8, 8, 8) }).ToScheme();

    private static Layer[] Layers => [new Conv2d(2, 3, 2, ConvPadding.Valid), new MaxPool2d(3), new Relu(), new Quantize(), new Dense(3)];

    [TestCaseSource(nameof(Others))]
    public void ANetworkOfAnotherSchemeOptionOrLayerRefusesTheWeights(object make, string difference)
    {
        var (trained, other) = (Saved(New(Default)), ((Func<Network>)make)());
        other.Initialize(2);
        var before = other.WeightsSha256();
        Assert.That(() => trained.LoadWeights(other), Throws.TypeOf<WageException>().With.Message.StartsWith($"checkpoint: {difference}"));
        Assert.That(other.WeightsSha256(), Is.EqualTo(before));
        (trained with { Model = null }).LoadWeights(other);
        Assert.That(other.WeightsSha256(), Is.Not.EqualTo(before), "without its identity the same file is taken, as files of version 2 are");
    }

    [Test]
    public void TheRoundingOfAMeanTellsNetworksApart()
    {
        Network Mean(Rounding rounding, bool whole) => New(
            Default.ToScheme(), [Layers[0], whole ? new GlobalAveragePool(rounding) : new AveragePool2d(3, null, rounding), .. Layers[2..]]);
        foreach (var whole in (bool[])[false, true])
        {
            var (even, away) = (Mean(Rounding.HalfEven, whole).Identity, Mean(Rounding.HalfAway, whole).Identity);
            Assert.That(even.DifferenceFrom(away), Does.EndWith("half away 1x1x2"));
            Assert.That(
                () => Mean(Rounding.TowardZero, whole),
                Throws.TypeOf<WageException>().With.Message.Contains("rounding is TowardZero, but a mean's ties go half to even or half away"));
        }
    }

    [Test]
    public void AResidualsBranchEndsWhereItDoes()
    {
        Layer One() => new Conv2d(2, 1);
        Network Of(Layer[] branch, Layer[] shortcut) =>
            New(Default.ToScheme(), [One(), new Quantize(), new Residual(branch, shortcut), new Quantize(), new Dense(3)]);
        var (left, right) = (Of([One(), new Quantize(), One()], [One()]), Of([One()], [One(), new Quantize(), One()]));
        Assert.That(left.Identity.DifferenceFrom(right.Identity), Does.StartWith("residual1.branch is 3 layers, but the model has 1 layers"));
    }

    [Test]
    public void TheSameNetworkTakesThemFusedOrNotWithAnyBatchAndBackend()
    {
        var trained = Saved(New(Default));
        var other = new Network(
            Layers, Default.ToScheme(), new SoftmaxCrossEntropy(), new Shape(9, 8, 8, 1), new HostBackend(2), fuse: false);
        trained.LoadWeights(other);
        Assert.That(trained.Model!.DifferenceFrom(other.Identity), Is.Null);
    }

    [TestCase(null, Rounding.HalfEven)]
    [TestCase(Rounding.HalfEven, null)]
    public void ARoundingThatIsTheSameAndTheSameWordSpelledOutAreOneModel(Rounding? saved, Rounding? own)
    {
        static WageOptions Of(Rounding? rounding) =>
            Default with { WeightRounding = rounding, ActivationRounding = rounding, ErrorRounding = rounding };
        var (trained, other) = (Saved(New(Of(saved))), New(Of(own)));
        trained.LoadWeights(other);
        var layer = New(Of(saved).ToScheme(), own: new() { ["conv1"] = Of(own).ToScheme() });
        Assert.That(layer.Identity.DifferenceFrom(other.Identity), Is.Null);
        var spelled = new ModelIdentity([new("scheme.roundingW", "halfEven")]);
        Assert.That(spelled.DifferenceFrom(new([new("scheme.roundingW", "same", "same", "halfEven")])), Is.Null, "as older files have it");
        var away = new ModelIdentity([new("scheme.roundingW", "same", "same", "halfAway")]);
        Assert.That(spelled.DifferenceFrom(away), Does.StartWith("scheme.roundingW is halfEven"));
        Assert.That(
            trained.Model!.DifferenceFrom(New(Default with { ErrorRounding = Rounding.HalfAway }).Identity),
            Is.EqualTo("scheme.roundingE is same, but the model has halfAway"));
    }

    /// <summary>A scheme may get another option: older files, which do not name it, are of its default.</summary>
    [Test]
    public void AnOptionThatAFileDoesNotNameHasItsDefault()
    {
        ModelIdentity Of(params ModelTrait[] traits) => new(traits);
        var old = Of(new ModelTrait("scheme", "wage"));
        Assert.That(old.DifferenceFrom(Of(new("scheme", "wage"), new("scheme.new", "1", "1"))), Is.Null);
        Assert.That(old.DifferenceFrom(Of(new("scheme", "wage"), new("scheme.new", "2", "1"))), Is.EqualTo("scheme.new is 1, but the model has 2"));
        Assert.That(old.DifferenceFrom(Of()), Is.EqualTo("scheme is wage, which the model has not"));
    }

    [Test]
    public void WhatAnUpdateRuleRemembersIsSavedAndLoaded()
    {
        Network Remembering() => New(new ComposedScheme(Default.ToScheme(), "counted", update: new CountedUpdate()));
        var network = Remembering();
        Assert.That(network.States.Select(state => state.Name), Is.EqualTo(network.Parameters.Select(w => $"{w.Name}.rule.count")));
        var saved = Saved(network, () => ((HostTensor)network.States.First().Tensor)[1] = -77);
        var other = Remembering();
        saved.LoadWeights(other);
        Assert.That(((HostTensor)other.States.First().Tensor)[1], Is.EqualTo(-77));
        Assert.That(() => (saved with { States = [] }).LoadWeights(other), Throws.TypeOf<WageException>().With.Message.Contains("0 states"));
        var wrong = saved with { States = [saved.States[0] with { Type = ElementType.Int64 }, .. saved.States.Skip(1)] };
        Assert.That(() => wrong.LoadWeights(other), Throws.TypeOf<WageException>().With.Message.Contains("state conv1.rule.count is Int64 [2]"));
        Assert.That(New(Default).States, Is.Empty, "WAGE remembers nothing");
    }

    private static TestCaseData Case(string name, Func<Network> make, string difference) => new(make, difference) { TestName = $"{{m}}({name})" };

    private static Network New(WageOptions options) => New(options.ToScheme());

    private static Network New(
        Scheme scheme, Layer[]? layers = null, Dictionary<string, Scheme>? own = null, InputRange input = InputRange.Symmetric) =>
        new(layers ?? Layers, scheme, new SquaredError(), new Shape(4, 8, 8, 1), new ReferenceBackend(), input: input, layerSchemes: own);

    /// <summary>Written to a file and read again.</summary>
    private static Checkpoint Saved(Network network, Action? then = null)
    {
        network.Initialize(1);
        then?.Invoke();
        var images = new ImageSet(new byte[4 * 64], [0, 1, 2, 0], 8, 8, 1);
        var trainer = new Trainer(network, new Dataset("none", images, images, 3), new TrainingOptions(1, new LearningRate((0, new Ratio(1, 1)))));
        var path = Path.GetTempFileName();
        trainer.Write(path, "config");
        var (written, read) = (trainer.Save("config"), Checkpoint.Read(path));
        File.Delete(path);
        Assert.That(read.States.SelectMany(state => state.Bytes), Is.EqualTo(written.States.SelectMany(state => state.Bytes)));
        return read;
    }

    private sealed class Coarse : IQuantizer
    {
        public QuantizedRange Range => QuantizedRange.Of(2);

        public TensorQuantizer For(in TensorSite site, BuildContext context)
        {
            var stage = FusedStage.Of(new ShiftStage(7, 1, Rounding.HalfEven));
            return new StageQuantizer(context.Backend, site.Role, site.Index, stage, stage);
        }
    }

    private sealed class CountedUpdate : UpdateRule
    {
        public override ParameterRule For(Parameter parameter, BuildContext context) =>
            new Rule(context.Allocate(MemoryKind.Weights, ElementType.Int32, new Shape(2)));

        private sealed class Rule(Tensor count) : ParameterRule
        {
            public override IEnumerable<NamedState> States => [new("count", count)];

            public override void Learn(in StepContext s) => ((HostTensor)count)[0]++;
        }
    }
}
