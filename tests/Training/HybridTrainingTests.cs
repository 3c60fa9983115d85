using System.Runtime.InteropServices;
using Wage.Backends;
using Wage.Data;
using Wage.Losses;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Tests.Gpu;
using Wage.Training;

namespace Wage.Tests.Training;

/// <summary>WAGE with weights that are ternary in part: the contracts of a run, its stages, and what is scored.</summary>
[Parallelizable]
public sealed class HybridTrainingTests
{
    private static readonly Dataset Few = SyntheticDigits.Create(1, 60, 20);

    /// <summary>By name, each with other options.</summary>
    private static readonly Dictionary<string, WageOptions> All = new()
    {
        ["stages"] = new() { Hybrid = new([new(1, 2), new(3, 4), new(1, 1)]) },
        ["elements"] = new()
        {
            Hybrid = new([new(1, 3), new(1, 1)]) { ByElement = true, Form = RatioForm.Epoch, Threshold = TernaryThreshold.Layer },
        },
        ["rows"] = new()
        {
            Bits = new BitWidths(2, 8, 12, 8),
            Hybrid = new([new(1, 2), new(1, 1)]) { IsUniform = true, Threshold = TernaryThreshold.Filter, AlphaOfLayer = true },
        },
    };

    private static IEnumerable<string> Names => All.Keys;

    [TestCaseSource(nameof(Names))]
    public void EveryBackendAndThreadAndLayersOneByOneGiveTheSameBits(string name)
    {
        var expected = End(new ReferenceBackend());
        foreach (var (device, threads, fuse) in new[] { ("cpu", 1, true), ("cpu", 2, true), ("cpu", 2, false), ("ilgpu-cpu", 1, true) })
        {
            using var lent = Lent.Of(device, threads);
            Assert.That(End(lent.Backend, fuse), Is.EqualTo(expected), device);
        }

        string End(IBackend backend, bool fuse = true) => TakeSteps(Start(name, backend, fuse), 5);
    }

    [Test]
    public void AResumedRunGivesTheBitsOfTheWholeOneInsideAndBetweenStages([ValueSource(nameof(Names))] string name, [Values(2, 3, 4)] int at)
    {
        using var host = new HostBackend(2);
        var (whole, first, resumed) = (Start(name, host), Start(name, host), Start(name, host));
        TakeSteps(first, at);
        var states = ((ITrainable)first.Network).StoredStates;
        string[] layers = ["conv1", "conv2", "dense1", "dense2"];
        Assert.That(states.Select(state => state.Name), Is.EquivalentTo(layers.Select(layer => $"{layer}.W.ratio")));
        resumed.Load(first.Save(""));
        Assert.That(resumed.Network.Hybrid!.Ratio, Is.EqualTo(first.Network.Hybrid!.Ratio));
        Assert.That(TakeSteps(resumed, 8 - at), Is.EqualTo(TakeSteps(whole, 8)));
    }

    [TestCase(3, 2)]
    [TestCase(0, 2)]
    [TestCase(-1, 2)]
    public void AShareThatNoStepLeavesIsRefusedWhenItIsRead(long numerator, long denominator)
    {
        using var host = new HostBackend(1);
        using var trainer = Start("stages", host);
        var states = ((ITrainable)trainer.Network).StoredStates.Where(state => state.Name.EndsWith(".ratio", StringComparison.Ordinal)).ToList();
        Assert.That(states, Is.Not.Empty);
        foreach (var state in states)
        {
            Assert.That(
                () => Load(numerator, denominator),
                Throws.TypeOf<WageException>().With.Message.Contains($"holds weights quantized by {numerator} in {denominator}, but"));
            Load(0, 0);
            Load(1, 2);

            void Load(params ReadOnlySpan<long> parts) => state.Load(MemoryMarshal.AsBytes(parts));
        }
    }

    [Test]
    public void AnEpochTellsItsStageAndRatioAndBothScores()
    {
        using var host = new HostBackend(1);
        var trainer = Start("stages", host);
        TakeSteps(trainer, 3);
        var hybrid = trainer.Last!.Value.Hybrid!.Value;
        Assert.That((hybrid.Stage, hybrid.Ratio, hybrid.Score.Counted, hybrid.Averaged), Is.EqualTo((1, new Ratio(1, 2), 20L, (Score?)null)));
        Assert.That(hybrid.Score, Is.Not.EqualTo(trainer.Last!.Value.Test));
        var weights = trainer.Network.WeightsSha256();
        using var evaluator = new Evaluator(trainer.Network, Few.Test);
        Assert.That((evaluator.RunHybrid(), evaluator.Run()), Is.EqualTo((hybrid.Score, trainer.Last!.Value.Test)));
        Assert.That(trainer.Network.WeightsSha256(), Is.EqualTo(weights));
        TakeSteps(trainer, 6);
        Assert.That(trainer.Last!.Value.Hybrid!.Value, Is.EqualTo(new HybridResult(3, new Ratio(1, 1), trainer.Last!.Value.Test)));
    }

    [Test]
    public void TheModelIsTernaryAndPacksTo2BitsWithOneAlphaALayer()
    {
        using var host = new HostBackend(1);
        var trainer = Start("rows", host);
        TakeSteps(trainer, 3);
        var plan = ((Network)trainer.Network).ToPlan();
        foreach (var name in (string[])["conv1", "conv2", "dense1", "dense2"])
        {
            Assert.That(plan[name].Bits, Is.EqualTo(2), name);
            Assert.That(plan[name].UnpackInt8().Select(code => Math.Abs(code)).Distinct().Count(), Is.LessThanOrEqualTo(2));
        }
    }

    /// <summary>The bound is of 127 in each of a sum's terms, which rows of 8 bits can be; plain WAGE's is of 1.</summary>
    [Test]
    public void BoundsAreProvedForRowsOf8Bits()
    {
        using var backend = new PlanningBackend();
        var (plain, hybrid) = (Network(new WageOptions(), backend), Network(All["stages"], backend));
        foreach (var (one, other) in plain.Table.Zip(hybrid.Table).Where(pair => pair.First.Forward is not null))
            Assert.That(other.Forward!.Value.Value, Is.EqualTo(127 * one.Forward!.Value.Value));
    }

    [Test]
    public void WithTheRatio1ThereAreNeitherPartitionsNorStates()
    {
        using var host = new HostBackend(1);
        using var network = Network(new WageOptions { Hybrid = new([new(1, 1)]) }, host);
        Assert.That((((ITrainable)network).Hybrid, ((ITrainable)network).StoredStates.Count), Is.EqualTo(((IHybridNetwork?)null, 0)));
    }

    [TestCase(4, 8, false, "hybrid.ratio: is 1 with kW = 4 and kG = 8, but ternary")]
    [TestCase(2, 6, false, "hybrid.ratio: is 1 with kW = 2 and kG = 6, but ternary")]
    [TestCase(2, 8, true, "hybrid.ratio: weights that are ternary in part round without random bits")]
    public void WhatDoesNotGoTogetherIsRefused(int kW, int kG, bool mask, string message) => Assert.That(
        () => new WageOptions { Bits = new BitWidths(kW, 8, kG, 8), WeightClipMask = mask, Hybrid = new([new(1, 1)]) }.ToScheme(),
        Throws.TypeOf<WageException>().With.Message.StartsWith(message).And.Message.Contains("HINT"));

    [Test]
    public void OptionsAndSettingsSayTheSame()
    {
        foreach (var options in All.Values) Assert.That(WageOptions.Of(options.ToScheme().Settings!), Is.EqualTo(options));
        Assert.That(SchemeRegistry.Require("wage").Schedule(All["stages"].ToScheme().Settings!), Is.EqualTo(new SchemeSchedule(2, true)));
        Assert.That(SchemeRegistry.Require("wage").Schedule(new WageOptions().ToScheme().Settings!), Is.EqualTo(default(SchemeSchedule)));
    }

    private static Network Network(WageOptions options, IBackend backend, bool fuse = true) => new(
        TinyRun.NarrowLeNet(), options.ToScheme(), new SquaredError(), new Shape(TinyRun.Batch, 28, 28, 1), backend, fuse: fuse);

    /// <summary>Epochs of three steps, of which stages have one, and those that follow a line three.</summary>
    private static Trainer Start(string name, IBackend backend, bool fuse = true)
    {
        var network = Network(All[name], backend, fuse);
        network.Initialize(1);
        return new Trainer(network, Few, new TrainingOptions(1, new LearningRate((0, new Ratio(8, 1))), new Augmentation(2, false))
        {
            StageEpochs = name == "elements" ? 3 : 1,
        });
    }

    private static string TakeSteps(Trainer trainer, int count)
    {
        TinyRun.Steps(trainer, count);
        return trainer.Network.WeightsSha256() + StoredTensors.Sha256(trainer.Network.StoredStates);
    }
}
