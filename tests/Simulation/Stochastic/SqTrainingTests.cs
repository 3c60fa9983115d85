using System.Runtime.InteropServices;
using Wage.Backends;
using Wage.Models;
using Wage.Numbers;
using Wage.Observation;
using Wage.Quantization;
using Wage.Simulation;
using Wage.Tests.Simulation.Layers;
using Wage.Training;

namespace Wage.Tests.Simulation.Stochastic;

/// <summary>Networks of the scheme sq: the contracts of a run, its stages, and what is scored.</summary>
[Parallelizable]
public sealed class SqTrainingTests
{
    private static IEnumerable<string> Names => SqRuns.All.Keys;

    [TestCaseSource(nameof(Names))]
    public void AnyNumberOfThreadsAndTheDefinitionGiveTheSameBitsAndUnits(string name)
    {
        var expected = End(new ReferenceBackend());
        for (var threads = 1; threads <= 2; threads++)
        {
            using var host = new HostBackend(threads);
            Assert.That(End(host), Is.EqualTo(expected), $"{threads} threads");
        }

        List<string> End(IBackend backend)
        {
            var trainer = SqRuns.Start(backend, name);
            List<string> all = [];
            for (var i = 0; i < 7; i++)
            {
                FloatRuns.Steps(trainer, 1);
                all.AddRange(SqRuns.Weights(trainer.Network).Select(one => string.Concat(one.Drawn.ToArray().Select(flag => flag ? '1' : '0'))));
            }

            return [.. all, FloatRuns.End(trainer), .. SqRuns.States(trainer)];
        }
    }

    [TestCaseSource(nameof(Names))]
    public void AResumedRunGivesTheBitsOfTheWholeOneInsideAndBetweenStages(string name)
    {
        using var host = new HostBackend(2);
        var whole = FloatRuns.Steps(SqRuns.Start(host, name), 12);
        foreach (var at in (int[])[3, 5, 6, 10])
        {
            var resumed = SqRuns.Start(new ReferenceBackend(), name);
            resumed.Load(FloatRuns.Steps(SqRuns.Start(host, name), at).Save("name: sq"));
            FloatRuns.Steps(resumed, 12 - at);
            Assert.That(FloatRuns.End(resumed), Is.EqualTo(FloatRuns.End(whole)), $"after {at} steps");
            Assert.That(SqRuns.States(resumed), Is.EqualTo(SqRuns.States(whole)));
        }
    }

    [TestCase("binary", "103203064db106cc")]
    [TestCase("ternary", "dfd6b60c2c3e5775")]
    [TestCase("elements", "af3658918649f669")]
    [TestCase("softmax", "c470a37b3751336a")]
    [TestCase("sigmoid", "222ca72d246deb7b")]
    [TestCase("program", "17627d9a4ae7649f")]
    [TestCase("stepped", "4af0400ca97abe77")]
    [TestCase("epoch", "873e8782574727c1")]
    [TestCase("whole", "ad8cf97c0a22b8f2")]
    public void AShortRunGivesTheRecordedBits(string name, string weights)
    {
        using var host = new HostBackend(2);
        Assert.That(FloatRuns.Steps(SqRuns.Start(host, name), 7).Network.WeightsSha256()[..16], Is.EqualTo(weights));
    }

    [TestCaseSource(nameof(Names))]
    public void AStepAllocatesNothing(string name)
    {
        using var host = new HostBackend(2);
        var trainer = FloatRuns.Steps(SqRuns.Start(host, name), 5);
        var least = long.MaxValue;
        for (var i = 0; i < 3; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            trainer.Step();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.That(least, Is.Zero);
    }

    [Test]
    public void EachStageBeginsWithTheWeightsOfTheOneBeforeAndAnOptimizerThatRemembersNothing()
    {
        using var host = new HostBackend(1);
        var staged = FloatRuns.Steps(SqRuns.Start(host, "binary"), 5);
        using var alone = SqRuns.Network(host, FloatLayerRuns.Networks["batch norm"], "momentum=9/10 ratio=3/4");
        alone.Initialize(1);
        foreach (var (to, from) in alone.StoredWeights.Zip(staged.Network.StoredWeights)) from.Lend(to.Load);
        foreach (var from in staged.Network.StoredStates.Where(state => state.Name.StartsWith("batchNorm", StringComparison.Ordinal)
            && !state.Name.EndsWith("velocity", StringComparison.Ordinal)))
            from.Lend(alone.StoredStates.Single(state => state.Name == from.Name).Load);
        var second = SqRuns.Trainer(alone);
        var own = second.Save("name: sq");
        second.Load(staged.Save("name: sq") with { States = own.States, Weights = own.Weights, Model = null });
        FloatRuns.Steps(second, 3);
        FloatRuns.Steps(staged, 3);
        Assert.That(staged.Network.WeightsSha256(), Is.EqualTo(second.Network.WeightsSha256()));
        Assert.That(SqRuns.Weights(staged.Network)[0].Ratio, Is.EqualTo(new Ratio(3, 4)));
    }

    [Test]
    public void AnEpochTellsItsStageAndRatioAndBothScores()
    {
        using var host = new HostBackend(1);
        var trainer = FloatRuns.Steps(SqRuns.Start(host, "binary"), 5);
        var hybrid = trainer.Last!.Value.Hybrid!.Value;
        Assert.That((hybrid.Stage, hybrid.Ratio, hybrid.Score.Counted, hybrid.Averaged!.Value.Counted), Is.EqualTo((1, new Ratio(1, 2), 16L, 16L)));
        Assert.That(hybrid.Score, Is.Not.EqualTo(trainer.Last!.Value.Test).And.Not.EqualTo(hybrid.Averaged));
        Assert.That(FloatRuns.Steps(trainer, 15).Last!.Value.Hybrid!.Value, Is.EqualTo(
            new HybridResult(4, new Ratio(1, 1), trainer.Last!.Value.Test) { Averaged = trainer.Last!.Value.Hybrid!.Value.Averaged }));
        Assert.That(FloatRuns.Steps(SqRuns.Start(host, "whole"), 5).Last!.Value.Hybrid, Is.Null);
    }

    [Test]
    public void ACheckpointKeepsWhatAnEpochGave()
    {
        using var host = new HostBackend(1);
        var trainer = FloatRuns.Steps(SqRuns.Start(host, "binary"), 6);
        var path = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.wage");
        trainer.Write(path, "name: sq");
        Assert.That(Checkpoint.Read(path).Last, Is.EqualTo(trainer.Last));
        Assert.That(Checkpoint.Read(path).Last!.Value.Hybrid, Is.Not.Null);
        File.Delete(path);
    }

    [Test]
    public void ScoringMovesNoStateAndGivesTheSameTwice()
    {
        using var host = new HostBackend(2);
        var trainer = FloatRuns.Steps(SqRuns.Start(host, "binary"), 3);
        var before = SqRuns.States(trainer);
        using var evaluator = new Evaluator(trainer.Network, FloatLayerRuns.Images.Test);
        using var training = trainer.Network.Take(FloatLayerRuns.Images.Train);
        trainer.TrainScore();
        var (hybrid, averaged, all) = (evaluator.RunHybrid(), evaluator.RunAveraged(training, 1), evaluator.Run());
        Assert.That((evaluator.RunHybrid(), evaluator.RunAveraged(training, 1), evaluator.Run()), Is.EqualTo((hybrid, averaged, all)));
        Assert.That(SqRuns.States(trainer), Is.EqualTo(before));
    }

    [TestCase("1/2", 5)]
    [TestCase("7/8", 9)]
    public void AStepQuantizesExactlyItsShareAndLeavesTheRestAsItIs(string ratio, int count)
    {
        using var host = new HostBackend(1);
        using var network = SqRuns.Network(
            host, [new ConvSpec(10, (3, 3), Wage.Layers.ConvPadding.Same), new DenseSpec(4)], $"ratio={ratio}",
            new LayerOption("dense1", "quantize", "false"));
        network.Initialize(1);
        var weights = SqRuns.Weights(network).Single();
        HashSet<string> partitions = [];
        for (var step = 0u; step < 20; step++)
        {
            weights.Use(new StepContext(Phase.Training, 1, step, new Ratio(1, 1)));
            var drawn = weights.Drawn.ToArray();
            Assert.That(drawn.Count(flag => flag), Is.EqualTo(count));
            partitions.Add(string.Concat(drawn.Select(flag => flag ? '1' : '0')));
            for (var filter = 0; filter < 10; filter++)
            {
                Span<float> used = weights.Value.Span.Slice(filter * 27, 27), stored = weights.Parameter.Value.Span.Slice(filter * 27, 27);
                var alpha = weights.Quantizer.Alpha[filter];
                for (var i = 0; i < 27; i++)
                    Assert.That(used[i], Is.EqualTo(drawn[filter] ? stored[i] < 0 ? -alpha : alpha : stored[i]));
            }
        }

        Assert.That(partitions, Has.Count.GreaterThan(5));
    }

    [Test]
    public void WhatAnEvaluationReadsIsMinusAlphaZeroOrAlpha()
    {
        using var host = new HostBackend(1);
        var network = FloatRuns.Steps(SqRuns.Start(host, "ternary"), 2).Network;
        var read = ((FloatNetwork)network).ReadWeights().ToDictionary(tensor => tensor.Name, tensor => tensor.Bytes);
        foreach (var weights in SqRuns.Weights(network))
        {
            var (values, alpha) = (MemoryMarshal.Cast<byte, float>(read[weights.Parameter.Name]).ToArray(), weights.Quantizer.Alpha.ToArray());
            Assert.That(values, Is.EqualTo(weights.Value.Span.ToArray()));
            Assert.That(values.Index().All(one => one.Item == 0 || Math.Abs(one.Item) == alpha[one.Index * alpha.Length / values.Length]));
        }
    }

    [Test]
    public void TheReportNamesTheVariantInForce()
    {
        using var host = new HostBackend(1);
        Assert.That(Notes("binary"), Does.Contain("BWN, alpha of each filter, r 1/2: 3 of 5 filters (the paper, linear), e "));
        Assert.That(Notes("program"), Does.Contain("TWN, Delta of |w - mean w| of the layer, alpha of each filter, r 3/4: 4 of 5 filters " +
            "(the authors' program), Delta ").And.Contain("% zeros"));

        string Notes(string name) => string.Join('\n', FloatRuns.Steps(SqRuns.Start(host, name), 1).Network.Quantizers.Select(row => row.Note));
    }

    [Test]
    public void AnObserverIsToldOfFiltersThatHaveNoWeightLeft()
    {
        using var host = new HostBackend(1);
        using var network = SqRuns.Network(host, FloatLayerRuns.Networks["pools"], "weights=ternary twnThreshold=layer ratio=1");
        network.Initialize(1);
        var stored = SqRuns.Weights(network)[0].Parameter.Value.Span;
        for (var i = 27; i < 54; i++) stored[i] /= 100;                  // the second filter lies below the layer's threshold
        var seen = new Seen();
        SqRuns.Trainer(network).Step(seen);
        var channels = seen.Tensors.Single(tensor => tensor is { Layer: "conv1", Quantity: Quantity.Weights }).Channels!;
        Assert.That((channels.Count, channels.Dead, channels.FirstDead), Is.EqualTo((5, 1, 1)));
    }

    [Test]
    public void AnEvaluationWhoseScoresAreFarOffIsNoDivergenceWhereStepsQuantizeInPart([Values("ratio=1/2", "ratio=1")] string options)
    {
        using var host = new HostBackend(1);
        using var network = SqRuns.Network(host, FloatLayerRuns.Networks["pools"], options);
        network.Initialize(1);
        foreach (var weights in SqRuns.Weights(network))
        {
            foreach (ref var w in weights.Parameter.Value.Span) w *= 1000;
        }

        using var evaluator = new Evaluator(network, FloatLayerRuns.Images.Test);
        if (options == "ratio=1") Assert.That(() => evaluator.Run(), Throws.TypeOf<WageException>().With.Message.Contains("the training diverged"));
        else Assert.That((evaluator.Run().Counted, evaluator.RunHybrid().Counted), Is.EqualTo((16L, 16L)));
    }

    private sealed class Seen : IStepObserver
    {
        public List<StepTensor> Tensors { get; } = [];

        public void See(in StepTensor tensor) => Tensors.Add(tensor);
    }

    [Test]
    public void WhatIsScoredBesidesTellsNoNetworkFromAnother()
    {
        using var host = new HostBackend(1);
        var saved = SqRuns.Trainer(Network("averagedBatches=2")).Save("name: sq");
        Assert.That(() => SqRuns.Trainer(Network("averagedBatches=0")).Load(saved), Throws.Nothing);
        Assert.That(() => SqRuns.Trainer(Network("units=element")).Load(saved), Throws.TypeOf<WageException>().With.Message.Contains("units"));

        FloatNetwork Network(string options)
        {
            var network = SqRuns.Network(host, FloatLayerRuns.Networks["pools"], options);
            network.Initialize(1);
            return network;
        }
    }

    [Test]
    public void WhatDoesNotGoTogetherIsRefused()
    {
        using var host = new HostBackend(1);
        var error = Assert.Throws<WageException>(
            () => SqRuns.Network(host, FloatLayerRuns.Networks["pools"], "variant=program probability=softmax"));
        Assert.That(error!.Message, Does.Contain("is softmax, but the authors' program").And.Contain("HINT"));
    }

    [TestCase(0f, 3f, 0f, 2f, "is 3 in 2, but a share")]
    [TestCase(0f, 0f, 0f, 2f, "is 0 in 2, but a share")]
    [TestCase(0f, 1f, 0f, 0f, "is 1 in 0, but a share")]
    [TestCase(0f, 0.5f, 0f, 1f, "holds 0.5, but parts")]
    [TestCase(-1f, 1f, 0f, 1f, "holds -1, but parts")]
    [TestCase(0f, 1048576f, 4f, 1f, "holds 1048576, but parts")]
    public void AShareThatNoStepLeavesIsRefusedWhenItIsRead(float high, float low, float denominatorHigh, float denominatorLow, string message)
    {
        using var backend = new HostBackend(1);
        using var trainer = SqRuns.Start(backend, "binary");
        var states = trainer.Network.StoredStates.Where(state => state.Name.EndsWith(".ratio", StringComparison.Ordinal)).ToList();
        Assert.That(states, Is.Not.Empty);
        foreach (var state in states)
        {
            Assert.That(() => Load(high, low, denominatorHigh, denominatorLow), Throws.TypeOf<WageException>().With.Message.Contains(message));
            Load(0, 0, 0, 0);
            Load(0, 2, 0, 2);

            void Load(params ReadOnlySpan<float> parts) => state.Load(MemoryMarshal.AsBytes(parts));
        }
    }
}
