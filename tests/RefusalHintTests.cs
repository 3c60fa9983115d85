using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Simulation;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests;

/// <summary>A refusal that has a way out says it.</summary>
[Parallelizable]
public sealed class RefusalHintTests
{
    private static readonly ImageSet Four = new(new byte[16], [0, 1, 0, 1], 2, 2, 1);

    private static readonly TestCaseData[] Refusals =
    [
        Case(() => New([]), "model: has no layers. HINT: give it one with weights at least."),
        Case(() => New([new Flatten()]), "model: no layer has weights, so there is nothing to train. HINT: add a convolution or a dense layer."),
        Case(() => New([new Dense(2)], "dense1"), "model: every layer is frozen, so there is nothing to train. HINT: let at least one layer learn."),
        Case(
            () => New([new Residual([new Dense(2)], []), new Quantize(), new Dense(2)], "residual1"),
            "layers: residual1 has no weights, so there is nothing to keep from training. HINT: those with weights are dense1, dense2."),
        Case(() => New([new Flatten(), new MaxPool2d(2)]), "max1: takes images [N,H,W,C], but its input is [2,4]. HINT: place it before layers"),
        Case(() => New([new MaxPool2d(3)]), "max1: the 3x3 window is larger than its input [2,2,2,1]. HINT: take a smaller window"),
        Case(
            () => Float([new FlattenSpec()]), "model: no layer has weights, so there is nothing to train. HINT: add a convolution or a dense layer."),
        Case(
            () => Float([new DenseSpec(2)], "dense1"),
            "model: every layer is frozen, so there is nothing to train. HINT: let at least one layer learn."),
        Case(
            () => DatasetSplit.Take(Four, new Portion(4, IsPercent: false), 1, 0, "part"),
            "part: is 4, 4 of 4 images, but some must be taken and some be left. HINT: take a number from 1 to 3, or a share such as 20 %."),
        Case(
            () => new Trainer(New([new Dense(2)], batch: 5), new Dataset("four", Four, Four, 2), Options),
            "batch: is 5 but four has only 4 training images. HINT: take at most 4."),
        Case(
            () => new Trainer(New([new Dense(2)], side: 3), new Dataset("four", Four, Four, 2), Options),
            "four: images are 2x2x1 but the model takes 3x3x1. HINT: build the network for these images, or bring them to its size by Dataset"),
    ];

    private static TrainingOptions Options => new(1, new LearningRate((0, new Ratio(1, 1))));

    [TestCaseSource(nameof(Refusals))]
    public void ARefusalSaysTheWayOut(Action refused, string message) =>
        Assert.That(Assert.Throws<WageException>(() => refused())!.Message, Does.StartWith(message));

    private static Network New(Layer[] layers, string? frozen = null, int batch = 2, int side = 2) => new(
        layers, new WageOptions().ToScheme(), new SquaredError(), new Shape(batch, side, side, 1), new ReferenceBackend(),
        frozen: frozen is null ? null : new HashSet<string> { frozen });

    private static FloatNetwork Float(SpecList<LayerSpec> layers, string? frozen = null) => new(
        layers, new SquaredError(), new Shape(2, 2, 2, 1), new ReferenceBackend(), frozen: frozen is null ? null : new HashSet<string> { frozen });

    private static TestCaseData Case(Action refused, string message) => new TestCaseData(refused, message).SetArgDisplayNames(message);
}
