using Wage.Backends;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Quantization;
using Wage.Tensors;
using Wage.Tests.Gpu;
using Wage.Tests.Layers;
using Wage.Tests.Training;
using Wage.Training;

namespace Wage.Tests.Models;

/// <summary>A plan says what a network does in an evaluation, and an <see cref="IntegerModel"/> does it.</summary>
[Parallelizable]
public sealed class ModelPlanTests
{
    private const int Images = 25;

    [Test]
    public void APlanGivesTheNetworksScoresInBatchesOfAnySizeOnEveryBackend(
        [ValueSource(typeof(PlannedNetworks), nameof(PlannedNetworks.Names))] string name, [Values] bool fuse)
    {
        using var host = new HostBackend(2);
        var trainer = PlannedNetworks.Train(name, host, fuse);
        var expected = PlannedNetworks.Scores(trainer, Images);
        var pixels = PlannedNetworks.Data(trainer, Images).Pixels;
        var plan = ((Network)trainer.Network).ToPlan();
        foreach (var (device, threads, counts) in new (string, int, int[])[]
        {
            ("reference", 1, [3]), ("cpu", 1, [1, 3, 10]), ("cpu", 2, [1, 3, 10, Images]), ("ilgpu-cpu", 1, [3]),
        })
        {
            using var lent = Lent.Of(device, threads);
            using var model = new IntegerModel(plan, lent.Backend, batch: 10);
            foreach (var count in counts)
            {
                var scores = model.Scores(pixels.AsSpan(0, count * plan.Image.Length), count);
                Assert.That(scores, Is.EqualTo(expected.Take(count * plan.Classes)), $"{device}, {threads} threads, {count} images");
                var classes = Enumerable.Range(0, count).Select(n => Array.IndexOf(scores, scores.Skip(n * 10).Take(10).Max(), n * 10) - (n * 10));
                Assert.That(model.Predict(pixels.AsSpan(0, count * plan.Image.Length), count), Is.EqualTo(classes));
            }
        }
    }

    [Test]
    public void AnEvaluationCountsWhatTheLayersGive(
        [ValueSource(typeof(PlannedNetworks), nameof(PlannedNetworks.Names))] string name, [Values] bool fuse)
    {
        using var backend = new ReferenceBackend();
        var trainer = PlannedNetworks.Train(name, backend, fuse, steps: 1);
        trainer.TrainScore();
        var set = PlannedNetworks.Data(trainer, 6);
        var network = (Network)trainer.Network;
        var source = network.Take(set);
        network.QuantizeWeights();
        source.Load(0, default, default);
        network.Forward();
        network.Error();
        var expected = network.TakeMetrics();
        Assert.That(expected.Counted, Is.EqualTo(6));
        Assert.That(new Evaluator(network, set).Run(), Is.EqualTo(expected));
    }

    [TestCase(true, "input conv1 conv2 flatten1 dense1 dense2")]
    [TestCase(false, "input conv1 max1 relu1 quantize1 conv2 max2 relu2 quantize2 flatten1 dense1 relu3 quantize3 dense2")]
    public void ABlockInOnePieceIsOneNode(bool fuse, string names)
    {
        var network = (Network)TinyRun.Start(layers: TinyRun.NarrowLeNet(), fuse: fuse).Network;
        var plan = network.ToPlan();
        Assert.That(string.Join(' ', plan.Nodes.Select(node => node.Name)), Is.EqualTo(names));
        Assert.That(plan.Nodes.Skip(1).Select(node => node.Inputs.Single()), Is.EqualTo(Enumerable.Range(0, plan.Nodes.Length - 1)));
        Assert.That(plan.Constants.Select(constant => constant.Name), Is.EqualTo(network.Parameters.Select(w => w.Name)));
        Assert.That(plan["conv2"].UnpackInt8().Select(w => (long)w), Is.EqualTo(Values.Of(network.Parameters[1].Value)));
        Assert.That(plan.Scores, Is.EqualTo(network.ScoresSpec with { Shape = new Shape(1, 10) }));
        Assert.That(plan.Nodes.Select(node => node.Output.Shape[0]), Is.All.EqualTo(1));
        var product = (ProductOperation)plan.Nodes.First(node => node.Name == "conv1").Operation;
        Assert.That((product.Geometry.Batch, product.Accumulator, product.Stage?.Value is ActivationStage, product.Pool is not null),
            Is.EqualTo((1, ElementType.Int32, fuse, fuse)));
    }

    [Test]
    public void AResidualReadsItsBranchAndItsShortcut()
    {
        var plan = ((Network)TinyRun.Start(layers: Model.ResNet(1, 4), data: TinyRun.Coloured(3, 20, 20)).Network).ToPlan();
        var sums = plan.Nodes.Where(node => node.Operation is SumOperation).ToArray();
        Assert.That(sums.Select(node => string.Join(' ', node.Inputs.Select(input => plan.Nodes[input].Name))),
            Is.EqualTo(new[] { "conv3 conv1", "conv5 conv6", "conv8 conv9" }));
    }

    [Test]
    public void NodesThatFollowEachOtherShareTwoBuffers()
    {
        var network = (Network)TinyRun.Start(layers: Model.Vgg7(4), data: TinyRun.Coloured(3, 20, 20)).Network;
        var memory = new PlanMemory(network.ToPlan().Nodes);
        Assert.That(memory.Buffers.Count(buffer => buffer.Type == ElementType.Int8), Is.EqualTo(2));
        var bytes = memory.Buffers.Sum(buffer => buffer.Type.Size() * (long)buffer.Length);
        Assert.That(bytes, Is.LessThan(12_000), "two of 32x32x4, positions and scores");
    }

    [Test]
    public void LaterStepsDoNotChangeAPlan()
    {
        using var backend = new HostBackend(1);
        var trainer = PlannedNetworks.Train("lenet", backend);
        var network = (Network)trainer.Network;
        var pixels = PlannedNetworks.Data(trainer, 4).Pixels;
        using var model = new IntegerModel(network.ToPlan(), backend);
        var before = model.Scores(pixels, 4);
        for (var i = 0; i < 8; i++) trainer.Step();
        Assert.That(model.Scores(pixels, 4), Is.EqualTo(before));
        using var later = new IntegerModel(network.ToPlan(), backend);
        Assert.That(later.Scores(pixels, 4), Is.Not.EqualTo(before).And.EqualTo(PlannedNetworks.Scores(trainer, 4)));
        Assert.That(model.Scores(pixels, 4), Is.EqualTo(before));
    }

    [Test]
    public void APlanChangesNothingInTraining()
    {
        var (asked, alone) = (TinyRun.Start(), TinyRun.Start());
        for (var i = 0; i < 4; i++)
        {
            ((Network)asked.Network).ToPlan();
            asked.Step();
            alone.Step();
        }

        Assert.That(asked.Network.WeightsSha256(), Is.EqualTo(alone.Network.WeightsSha256()));
    }

    [Test]
    public void ALayerThatDoesNotSayWhatItDoesIsNamedAndEvaluatedAllTheSame()
    {
        var trainer = TinyRun.Start(layers: [new Flatten(), new Passing(), new Dense(10)]);
        var network = (Network)trainer.Network;
        Assert.That(network.ToPlan, Throws.TypeOf<WageException>().With.Message.StartsWith("Passing: does not say what it does without training"));
        var expected = TinyRun.Start(layers: [new Flatten(), new Dense(10)]);
        var score = new Evaluator(network, TinyRun.Digits.Test).Run();
        Assert.That(score, Is.EqualTo(new Evaluator(expected.Network, TinyRun.Digits.Test).Run()));
        var classes = new Evaluator(network, TinyRun.Digits.Test).Predict();
        Assert.That(classes, Is.EqualTo(new Evaluator(expected.Network, TinyRun.Digits.Test).Predict()));
    }

    [Test]
    public void AQuantizerThatIsNoStageIsNamed()
    {
        Layer[] layers = [new Dense(3), new Quantize(), new Dense(3)];
        var network = new Network(layers, new OpenScheme(), new SquaredError(), new Shape(2, 2, 2, 1), new ReferenceBackend());
        Assert.That(
            network.ToPlan, Throws.TypeOf<WageException>().With.Message.StartsWith("quantize1: its quantizer does not say what it does"));
    }

    /// <summary>y = x, without a word of it for a plan.</summary>
    private sealed class Passing : Layer
    {
        public override SignalSpec Build(BuildContext context, SignalSpec input) => input;

        public override SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError) => error;

        public override Signal Forward(Signal x, in StepContext s) => x;

        public override Signal Backward(Signal e, in StepContext s) => e;
    }
}
