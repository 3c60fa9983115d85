using Wage.Backends;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Tests.Training;

namespace Wage.Tests.Models;

/// <summary>A description makes layers, and layers give their description.</summary>
[Parallelizable]
public sealed class ModelSpecTests
{
    private static readonly ModelSpec[] Networks =
    [
        ModelSpec.Mlp(100, 50, 10), ModelSpec.LeNet5(ConvPadding.Valid), ModelSpec.Vgg7(4), ModelSpec.ResNet(2, 4),
        new([
            new ConvSpec(6, (3, 5), ConvPadding.Explicit(1, 0, 1, 2), 2, 3), new DepthwiseSpec(2, (3, 3), ConvPadding.Same, 2), new MaxPoolSpec(3, 2),
            new AveragePoolSpec(2, 1, Rounding.TowardZero), new GlobalAveragePoolSpec(Rounding.HalfAway), new DenseSpec(7),
        ]),
    ];

    [TestCaseSource(nameof(Networks))]
    public void TheLayersOfADescriptionGiveItBack(ModelSpec spec)
    {
        var again = ModelSpec.Of(spec.ToLayers());
        Assert.That(again, Is.EqualTo(spec));
        Assert.That(again.GetHashCode(), Is.EqualTo(spec.GetHashCode()));
        Assert.That(Networks.Count(other => other == again), Is.EqualTo(1), "and no other");
    }

    [Test]
    public void WhatDiffersIsNotEqual()
    {
        var lenet = ModelSpec.LeNet5(ConvPadding.Same) with { Image = (28, 28, 1), Options = [new("conv1", "kW", "8")] };
        Assert.That(lenet, Is.EqualTo(ModelSpec.LeNet5(ConvPadding.Same) with { Image = (28, 28, 1), Options = [new("conv1", "kW", "8")] }));
        Assert.That(lenet, Is.Not.EqualTo(ModelSpec.LeNet5(ConvPadding.Valid) with { Image = (28, 28, 1), Options = [new("conv1", "kW", "8")] }));
        Assert.That(lenet with { Image = (28, 27, 1) }, Is.Not.EqualTo(lenet));
        Assert.That(lenet with { Options = [] }, Is.Not.EqualTo(lenet));
        Assert.That((lenet.Classes, ModelSpec.ResNet(classes: 7).Classes), Is.EqualTo((10, 7)));
    }

    [Test]
    public void ADescriptionBuildsANetworkWithOptionsOfSingleLayers()
    {
        var spec = ModelSpec.Mlp(12, 10) with { Image = (28, 28, 1), Options = [new("dense1", "kW", "8"), new("dense1", "kG", "12")] };
        var settings = SchemeRegistry.Require("wage").Settings();
        var network = spec.Build(settings, new SquaredError(), TinyRun.Batch, new ReferenceBackend());
        Assert.That(network.QuantizedWeights.Select(w => w.Scheme.Name), Is.EqualTo(new[] { "wage 8-8-12-8", "wage 2-8-8-8" }));
        Assert.That(
            () => (spec with { Options = [new("dense3", "kA", "7")] }).Build(settings, new SquaredError(), 2, new ReferenceBackend()),
            Throws.TypeOf<WageException>().With.Message.Contains("the model has no layer 'dense3'"));
        Assert.That(
            () => (spec with { Options = [new("dense3", "train", "true")] }).Build(settings, new SquaredError(), 2, new ReferenceBackend()),
            Throws.TypeOf<WageException>().With.Message.Contains("the model has no layer 'dense3'"));
        Assert.That(
            () => (spec with { Options = [new("dense1", "train", "no")] }).Build(settings, new SquaredError(), 2, new ReferenceBackend()),
            Throws.TypeOf<WageException>().With.Message.Contains("dense1: train is 'no', but must be true or false."));
        Assert.That(
            () => (spec with { Image = null }).Build(settings, new SquaredError(), 2, new ReferenceBackend()),
            Throws.TypeOf<WageException>().With.Message.StartsWith("model: says no size of an image."));
    }

    [Test]
    public void WhatIsNoDataIsNamed()
    {
        Layer[] own = [new Dense(3) { Scheme = new WageOptions().ToScheme() }];
        Assert.That(() => ModelSpec.Of(own), Throws.TypeOf<WageException>().With.Message.StartsWith("Dense: has a scheme of its own"));
        Assert.That(() => ModelSpec.Of([new Doubled()]), Throws.TypeOf<WageException>().With.Message.StartsWith("Doubled: has no description."));
    }
}
