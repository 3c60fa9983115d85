using System.Runtime.InteropServices;
using Wage.Backends;
using Wage.Experiments;
using Wage.Layers;
using Wage.Numbers;
using Wage.Observation;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Tests.Schemes.IntegerSgd;

namespace Wage.Tests.Observation;

/// <summary>Units that follow their tensors, and what saturates there: one planted fault, one warning.</summary>
[Parallelizable]
public sealed class UnitChecksTests
{
    private static readonly Ratio Eta = new(1, 10);

    /// <summary>A unit that is off by 2 bits or more in three checks in a row goes up and down; a resumed run goes on counting.</summary>
    [TestCase("3,-2,2", "conv1: the unit of its errors swings")]
    [TestCase("9,1,-2,2,-5", "conv1: the unit of its errors swings")]
    [TestCase("3,-2,1,2,-2", null)]
    [TestCase("1,-1,1,0,-1,1", null)]
    public void AUnitThatGoesUpAndDownIsToldOnce(string drifts, string? message)
    {
        List<TrainingWarning> all = [];
        IReadOnlyDictionary<string, int> quiet = new Dictionary<string, int>();
        foreach (var drift in drifts.Split(',').Select(text => long.Parse(text, System.Globalization.CultureInfo.InvariantCulture)))
        {
            var known = all.Select(warning => (warning.Layer, warning.Problem));
            var checks = new TrainingChecks(known, quiet, kind: SchemeRegistry.Require("integer-sgd"));
            var sums = Of(QuantizedTensor.E, "conv1") with { IsAfter = false };
            all.AddRange(checks.Check([sums, Of(QuantizedTensor.E, "conv1") with { Drift = drift }], Eta));
            quiet = checks.Quiet;
        }

        Assert.That(all.Select(warning => warning.Problem), Is.EqualTo(message is null ? [] : new[] { TrainingProblem.ErrorUnitSwings }));
        if (message is not null) Assert.That(all[0].Message, Does.StartWith(message));
    }

    /// <summary>y and E have units of their own, which stand with the weights: each is counted by itself, and told by its own name.</summary>
    [TestCase(2, 1, 0, TrainingProblem.SumUnitSwings, "conv1: the unit of its sums swings", "ranges.A=current")]
    [TestCase(1, -2, 0, TrainingProblem.SumErrorUnitSwings, "conv1: the unit of its sums' errors swings", "ranges.E=current")]
    [TestCase(1, -1, 2, TrainingProblem.ErrorUnitSwings, "conv1: the unit of its errors swings", "ranges.E=current")]
    public void UnitsOfSumsAndOfTheirErrorsAreToldApart(
        long sums, long errorsOfSums, long errors, TrainingProblem problem, string message, string remedy)
    {
        var checks = new TrainingChecks([], kind: SchemeRegistry.Require("integer-sgd"));
        List<TrainingWarning> all = [];
        for (var check = 0; check < TrainingChecks.SwingChecks; check++)
        {
            Assert.That(all, Is.Empty);
            var weights = Of(QuantizedTensor.W, "conv1") with { Drift = sums, ErrorDrift = errorsOfSums };
            all.AddRange(checks.Check(
                [weights, Of(QuantizedTensor.E, "conv1") with { IsAfter = false }, Of(QuantizedTensor.E, "conv1") with { Drift = errors }], Eta));
        }

        Assert.That(all.Select(warning => warning.Problem), Is.EqualTo([problem]));
        Assert.That(all[0].Message, Does.StartWith(message));
        Assert.That(all[0].Remedy.InWords(), Does.Contain(remedy));
    }

    /// <summary>The unit of a mean's codes is seen as the others are: planted off in three steps it is told, by the name of the pool.</summary>
    [Test]
    public void TheUnitOfAMeanIsWatched()
    {
        using var backend = new HostBackend(1);
        var trainer = TinySgd.Start("pooled", backend);
        using var looking = new StepStatistics(trainer.Network);
        trainer.Step();
        var (checks, kept) = (new TrainingChecks([], kind: SchemeRegistry.Require("integer-sgd")), new long[1]);
        var state = trainer.Network.StoredStates.Single(one => one.Name == "average1.A.exponent");
        List<TrainingWarning> all = [];
        for (var check = 0; check < TrainingChecks.SwingChecks; check++)
        {
            state.Lend(bytes => bytes.CopyTo(MemoryMarshal.AsBytes(kept.AsSpan())));
            kept[0] -= 3;
            state.Load(MemoryMarshal.AsBytes(kept.AsSpan()));
            trainer.Step(looking);
            var mean = looking.Take().Single(one => one is { Layer: "average1", Tensor: QuantizedTensor.A });
            Assert.That((mean.IsAfter, mean.Limit, mean.Drift >= 2, mean.Saturated > 0), Is.EqualTo((true, 255L, true, true)));
            all.AddRange(checks.Check([mean], Eta).Where(warning => warning.Problem == TrainingProblem.UnitSwings));
        }

        Assert.That(all.Single().Message, Does.StartWith("average1: the unit of its activations swings"));
    }

    /// <summary>What scales is known by what it is, not by its name.</summary>
    [TestCase("conv1.gamma", ParameterKind.Weights, false)]
    [TestCase("scales", ParameterKind.Scale, true)]
    [TestCase("batchNorm1.beta", ParameterKind.Offset, false)]
    public void AScaleAtItsBoundIsKnownByItsKind(string name, ParameterKind kind, bool isTold) => Assert.That(
        Problems(Of(QuantizedTensor.W, name) with { IsAfter = false, Parameter = kind, Saturated = 3 }),
        Is.EqualTo(isTold ? new[] { TrainingProblem.ScaleAtBound } : []));

    [TestCase(QuantizedTensor.A, 10, false)]
    [TestCase(QuantizedTensor.A, 11, true)]
    [TestCase(QuantizedTensor.G, 11, true)]
    public void WhatIsCutOnTheWayIsTold(QuantizedTensor tensor, int cut, bool isTold)
    {
        var problem = tensor == QuantizedTensor.A ? TrainingProblem.ShortcutsSaturate : TrainingProblem.GradientsSaturate;
        Assert.That(
            Problems(Of(tensor, "residual1") with { IsAfter = tensor == QuantizedTensor.A, Cut = cut }),
            Is.EqualTo(isTold ? new[] { problem } : []));
    }

    private static IEnumerable<TrainingProblem> Problems(TensorStatistics one) =>
        new TrainingChecks([], kind: SchemeRegistry.Require("integer-sgd")).Check([one], Eta).Select(warning => warning.Problem);

    private static TensorStatistics Of(QuantizedTensor tensor, string layer) => new()
    {
        Layer = layer,
        Index = 1,
        Tensor = tensor,
        IsAfter = true,
        Type = ElementType.Int8,
        Bits = 8,
        FractionBits = 0,
        Exponent = 0,
        Count = 1000,
        Least = -100,
        Greatest = 100,
        Limit = 127,
        Bins = LogarithmicBins.For(ElementType.Int8),
        Counts = new long[LogarithmicBins.For(ElementType.Int8).Count],
    };
}
