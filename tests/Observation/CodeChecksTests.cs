using System.Text.RegularExpressions;
using Wage.Backends;
using Wage.Experiments;
using Wage.Experiments.Commands;
using Wage.Experiments.Recipes;
using Wage.Experiments.Statistics;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Observation;
using Wage.Schemes;
using Wage.Simulation;
using Wage.Tests.Experiments;
using Wage.Tests.Simulation.Layers;
using Wage.Tests.Simulation.Quantization;

namespace Wage.Tests.Observation;

/// <summary>Each warning of quantizers with a scale of their own: from a step that earns it, and none from the same network as it starts.</summary>
[Parallelizable]
public sealed class CodeChecksTests
{
    private static readonly CodeSummary Codes = new()
    {
        Bits = 8,
        Codes = 256,
        Used = 3,
        Saturated = 0,
        Underflowed = 0,
        Least = new(-1, 0),
        Greatest = new(1, 0),
        Scale = (new(1, -7), new(1, -7)),
        ZeroPoint = (0, 0),
        Grids = 1,
        IsState = true,
    };

    private static readonly SpecList<LayerSpec> Layers =
    [
        new ConvSpec(20, (3, 3), ConvPadding.Same), new Relu6Spec(), new ConvSpec(20, (3, 3), ConvPadding.Same), new ReluSpec(), new DenseSpec(4),
    ];

    private static readonly Ratio Eta = new(1, 20);

    [TestCase("granularity=tensor")]
    [TestCase("granularity=channel")]
    [TestCase("granularity=tensor kW=4 kA=4")]
    public void ANetworkAsItStartsGivesNone(string options)
    {
        using var run = new Run(options);
        run.Scale("conv1", 3);
        Assert.That(run.Step().Select(warning => warning.Message), Is.Empty);
        Assert.That(run.Step().Select(warning => warning.Message), Is.Empty, "nor do its ranges move");
    }

    [Test]
    public void AChannelFarWiderThanTheOthersIsNamedAndAScaleForEachChannelCuresIt()
    {
        using var run = new Run("granularity=tensor");
        run.Scale("conv2", 400, channel: 7);
        var warning = run.Step().Single(warning => warning.Problem == TrainingProblem.ChannelSpans);
        Assert.That(warning.Message, Does.StartWith("conv2: the weights of channel 7 reach 72.7").And.Contain("over 100 times those of the others"));
        Assert.That(warning.Remedy.InWords(), Does.Contain("scheme.granularity=channel").And.Contain("equalization"));
        using var cured = new Run("granularity=channel");
        cured.Scale("conv2", 400, channel: 7);
        Assert.That(cured.Step().Where(warning => warning.Layer == "conv2" && IsOfWeights(warning.Problem)), Is.Empty);
        using var less = new Run("granularity=tensor");
        less.Scale("conv2", 80, channel: 7);
        Assert.That(less.Step().Where(warning => warning.Problem == TrainingProblem.ChannelSpans), Is.Empty);
    }

    [Test]
    public void ATensorThatUsesFewOfItsCodesIsNamed()
    {
        using var run = new Run("granularity=tensor");
        run.Parameter("conv2").Value.Span[0] = 4;
        var warning = run.Step().Single(warning => IsOfWeights(warning.Problem));
        Assert.That(warning.Message, Does.Match(@"^conv2: its 3600 weights use \d+ of their 255 codes"));
    }

    [Test]
    public void FiltersWithoutAWeightAreNamedInBothDomains()
    {
        using var run = new Run("granularity=tensor kW=4");
        run.Scale("conv2", 400, channel: 7);
        var warning = run.Step().Single(warning => warning.Problem == TrainingProblem.DeadFilters);
        Assert.That(warning.Message, Does.StartWith("conv2: 19 of 20 filters have no weight but 0 in 4 bits, channel 0 the first"));
        Assert.That(warning.Remedy.InWords(), Does.Contain("scheme.kW=6"));
        using var floats = new Run(null);
        floats.Scale("conv2", 0, channel: 7);
        floats.Scale("conv2", 0, channel: 8);
        Assert.That(floats.Step().Select(warning => warning.Problem), Is.EquivalentTo(new[]
        {
            TrainingProblem.DeadFilters, TrainingProblem.DeadChannels,
        }));
    }

    [TestCase(null)]
    [TestCase("kA=8")]
    public void ChannelsThatAreDeadAreNamedInBothDomains(string? options)
    {
        using var run = new Run(options);
        run.Parameter("conv2.bias").Value.Span.Slice(5, 2).Fill(-1000);
        var warning = run.Step(CheckTime.EpochEnd).Single();
        Assert.That(warning.Problem, Is.EqualTo(TrainingProblem.DeadChannels));
        Assert.That(warning.Message, Does.StartWith("conv2: 2 of 20 channels are 0 in all 512 values, channel 5 the first (from 10 % on"));
        Assert.That(warning.Remedy.InWords(), Does.Contain("training.eta=1/80").And.Contain("model.batchNorm"));
        using var alive = new Run(options);
        Assert.That(alive.Step(CheckTime.EpochEnd), Is.Empty);
    }

    [Test]
    public void AReLU6ThatNeverClipsIsNamedAtTheEnd()
    {
        using var run = new Run("kA=8");
        run.Scale("conv1", 0.75f);
        Assert.That(run.Step(CheckTime.EpochEnd), Is.Empty, "it may clip later");
        var warning = run.Step().Single();
        Assert.That(warning.Problem, Is.EqualTo(TrainingProblem.NeverClips));
        Assert.That(warning.Message, Does.Match(@"^conv1: its ReLU6 never clips: the greatest activation is [12]\.\d+ at the end"));
        Assert.That(warning.Message, Does.Match(@"\d+ of 256 codes would be wasted"));
        using var floats = new Run(null);
        Assert.That(floats.Step(), Is.Empty, "float32 has no codes to waste");
    }

    [Test]
    public void ARangeThatStillMovesIsNamedAtTheEndAndNotBefore()
    {
        using var run = new Run("decay=1/2 firstBatches=first");
        run.Scale("conv1", 3);
        Assert.That(run.Step(CheckTime.EpochEnd), Is.Empty);
        run.Scale("conv2", 1.5f);
        Assert.That(run.Step(CheckTime.EpochEnd), Is.Empty, "there are epochs to come");
        run.Scale("conv2", 1.5f);
        var warning = run.Step().Single(warning => warning.Problem == TrainingProblem.RangeMoves);
        Assert.That(warning.Message, Does.Match(@"^conv2: the range of its activations still moves: \[0, [\d.]+\] at the end of the epoch before"));
        Assert.That(warning.Remedy.InWords(), Does.Contain("more epochs").And.Contain("training.eta"));
    }

    [Test]
    public void ActivationsBeyondTheirRangeAreNamed()
    {
        using var run = new Run("decay=999/1000 firstBatches=first");
        run.Step(CheckTime.Early);
        run.Scale("conv2", 8);
        var warning = run.Step(CheckTime.Early).Single(warning => warning.Problem == TrainingProblem.ActivationsSaturate);
        Assert.That(warning.Message, Does.Match(@"^conv2: \d+\.\d % of the activations lie beyond the range of their codes"));
    }

    [Test]
    public void ErrorsOfAnySchemeAreJudgedByWhatItsQuantizerReports()
    {
        var before = Errors(zeros: 0, null);
        Assert.That(Check(Errors(0, Codes) with { Saturated = 100 }), Is.Empty);
        var beyond = Check(Errors(0, Codes) with { Saturated = 101 }).Single();
        Assert.That(beyond.Message, Does.StartWith("conv1: 10.1 % of the errors lie beyond the range of their codes"));
        Assert.That(beyond.Remedy.InWords(), Does.Contain("scheme.ranges.E=current"));
        Assert.That(Check(Errors(950, Codes)).Single().Remedy.InWords(), Does.Contain("scheme.ranges.E=current"));
        Assert.That(Check(Errors(950, Codes with { Bits = 6 }) with { Bits = 6 }).Single().Remedy.InWords(), Does.Contain("scheme.kE=8"));

        IReadOnlyList<TrainingWarning> Check(TensorStatistics after) => new TrainingChecks([]).Check([before, after], Eta, CheckTime.TrainingEnd);
    }

    /// <summary>Whatever is wrong, a way out names options that the scheme has, and values that they take.</summary>
    [TestCase("integer-sgd"), TestCase("affine"), TestCase("uniform"), TestCase("sq"), TestCase("float32"), TestCase("wage")]
    public void ARemedyNamesOptionsOfTheScheme(string name)
    {
        var kind = SchemeRegistry.Require(name);
        var codes = Codes with { Bits = 4, Codes = 16, Used = 2, IsState = false };
        var channels = new ChannelSummary { Count = 10, Dead = 1, FirstDead = 3, Widest = 2, Reach = new(1000, 0), Median = new(1, 0) };
        var (before, eight) = (Errors(zeros: 0, null), codes with { Bits = 8 });
        TensorStatistics[] planted =
        [
            Errors(0, codes) with { Saturated = 900 }, Errors(990, codes) with { Bits = 4 }, Errors(990, eight),
            Errors(990, eight) with { Bits = 8, Codes = null },
            Errors(0, eight) with { Beyond = 900 },
            Errors(0, codes) with { Tensor = QuantizedTensor.W, Channels = channels },
            Errors(0, codes) with { Tensor = QuantizedTensor.A, Channels = channels },
        ];
        List<string> remedies = [.. planted.SelectMany(after => new TrainingChecks([], kind: kind)
            .Check([before with { Tensor = after.Tensor }, after], Eta, CheckTime.TrainingEnd)).Select(warning => warning.Remedy.InWords())];
        remedies.AddRange(new TrainingChecks([], kind: kind)
            .Check([Errors(1000, null), Errors(1000, codes)], Eta, CheckTime.TrainingEnd).Select(warning => warning.Remedy.InWords()));
        Assert.That(remedies, Has.Count.GreaterThanOrEqualTo(8));
        foreach (var match in remedies.SelectMany(remedy => Regex.Matches(remedy, @"scheme\.([A-Za-z]+(\.[A-Za-z]+)?)(=([\w/-]+))?")))
        {
            var option = kind.Find(match.Groups[1].Value);
            Assert.That(option, Is.Not.Null, $"{match.Value}, in {string.Join(" | ", remedies)}");
            if (match.Groups[4].Success) Assert.That(option!.Values.Canonical(match.Groups[4].Value), Is.Not.Null, match.Value);
        }
    }

    [TestCase("integer-sgd", false)]
    [TestCase("float32", true)]
    public void ANetworkThatHasBatchNormEverywhereIsNotToldToTakeIt(string name, bool isTold)
    {
        var channels = new ChannelSummary { Count = 10, Dead = 1, FirstDead = 3, Widest = 2, Reach = new(1000, 0), Median = new(1, 0) };
        var after = Errors(0, null) with { Tensor = QuantizedTensor.A, Channels = channels };
        var remedy = new TrainingChecks([], kind: SchemeRegistry.Require(name))
            .Check([after], Eta, CheckTime.EpochEnd).Single(warning => warning.Problem == TrainingProblem.DeadChannels).Remedy.InWords();
        Assert.That(remedy, Does.StartWith("training.eta="));
        Assert.That(remedy.Contains("model.batchNorm", StringComparison.Ordinal), Is.EqualTo(isTold));
    }

    [Test]
    public void WhatACheckLeavesForTheNextIsReadBackExactly()
    {
        using var run = new Run("decay=1/3 kA=5");
        run.Step(CheckTime.EpochEnd);
        Assert.That(run.Checks.Ranges.Keys, Is.EqualTo(new[] { "conv1 A", "conv2 A" }));
        var (quiet, ranges) = QuietLine.Read(QuietLine.ToJson(7, run.Checks));
        Assert.That(quiet, Is.EqualTo(run.Checks.Quiet));
        Assert.That(ranges, Is.EqualTo(run.Checks.Ranges));
    }

    [Test]
    public void ARunInPartsLeavesTheLinesOfAWholeOne()
    {
        const string yaml = """
            name: affine
            data: { set: digits, train: 120, test: 20 }
            model: { kind: mlp, sizes: [16, 10], activation: relu }
            scheme: { kind: affine, decay: 1/2 }
            loss: crossEntropy
            training: { batch: 20, eta: 1/50 }
            """;
        using var scratch = new ScratchFolder();
        foreach (var (name, epochs, resume) in new[] { ("whole", 3, false), ("parts", 2, false), ("parts", 3, true) })
        {
            var given = RecipeReader.ReadText("affine.yaml", yaml).Append(GivenValue.FromSetting($"training.epochs={epochs}"));
            TrainCommand.Execute(new TrainRequest(null, [.. given], scratch.In(name)) { Resume = resume }, TextWriter.Null);
        }

        string[] Lines(string name) => File.ReadAllLines(scratch.Run(name).QuietPath);
        Assert.That(Lines("parts"), Is.EqualTo(Lines("whole")).And.Length.EqualTo(3).And.All.Contains("\"ranges\":{\"dense1 A\":["));
    }

    private static bool IsOfWeights(TrainingProblem problem) =>
        problem is TrainingProblem.ChannelSpans or TrainingProblem.FewWeightCodes or TrainingProblem.DeadFilters;

    private static TensorStatistics Errors(long zeros, CodeSummary? codes) => new()
    {
        Layer = "conv1",
        Index = 1,
        Tensor = QuantizedTensor.E,
        IsAfter = codes is not null,
        Type = Wage.Tensors.ElementType.Int32,
        Bits = 8,
        FractionBits = 30,
        Exponent = 0,
        Count = 1000,
        Least = -1,
        Greatest = 1,
        Bins = new LogarithmicBins(2, 1),
        Codes = codes,
        Counts = [0, zeros, 1000 - zeros],
    };

    /// <summary>A small network of the scheme affine, or of float32, whose weights are set and whose steps are judged.</summary>
    private sealed class Run : IDisposable
    {
        private readonly HostBackend host = new(1);
        private readonly FloatNetwork network;
        private readonly Wage.Training.Trainer trainer;
        private readonly StepStatistics statistics;

        public Run(string? options)
        {
            if (options is not null && !options.Contains("decay", StringComparison.Ordinal)) options += " decay=999/1000 firstBatches=first";
            network = options is null ? FloatLayerRuns.Network(host, Layers) : AffineRuns.Network(host, Layers, options);
            network.Initialize(1);
            trainer = AffineRuns.Trainer(network);
            statistics = new StepStatistics(network);
        }

        public TrainingChecks Checks { get; } = new([]);

        public FloatParameter Parameter(string name) => network.Parameters.First(p => p.Name == name);

        public void Scale(string name, float factor, int? channel = null)
        {
            var values = Parameter(name).Value;
            var (count, terms) = (values.Shape[0], values.Shape.Stride);
            foreach (ref var value in channel is { } c ? values.Span.Slice(c * terms, terms) : values.Span[..(count * terms)]) value *= factor;
        }

        public IReadOnlyList<TrainingWarning> Step(CheckTime time = CheckTime.TrainingEnd)
        {
            trainer.Step(statistics);
            return Checks.Check(statistics.Take(), Eta, time);
        }

        public void Dispose()
        {
            statistics.Dispose();
            host.Dispose();
        }
    }
}
