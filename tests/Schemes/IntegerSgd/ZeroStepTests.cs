using Wage.Backends;
using Wage.Observation;
using Wage.Quantization;
using Wage.Training;

namespace Wage.Tests.Schemes.IntegerSgd;

/// <summary>A step whose errors are all 0 says nothing of their units: the next step has those of the step before.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ZeroStepTests
{
    /// <summary>Scores of zeros pass no error: the units of errors stay, and the step behind saturates no more than it does without.</summary>
    [Test]
    public void UnitsOutliveAStepOfZeros([Values("subsample", "pooled")] string name)
    {
        using var backend = new HostBackend(1);
        var trainer = TinySgd.Start(name, backend);
        IntegerSgdTests.Steps(trainer, 4);
        var scores = trainer.Network.StoredWeights.Last(one => one.Name.StartsWith("dense", StringComparison.Ordinal) && !one.Name.Contains('.'));
        var (weights, before) = (Bytes(scores), Units(trainer));
        scores.Load(new byte[weights.Length]);
        trainer.Step();
        var after = Units(trainer);
        Assert.That(before, Has.Count.GreaterThan(5));
        Assert.That(after, Is.EqualTo(before));
        scores.Load(weights);
        using var looking = new StepStatistics(trainer.Network);
        trainer.Step(looking);
        var errors = looking.Take().Where(one => one is { Tensor: QuantizedTensor.E, IsAfter: true, Count: > 200 }).ToList();
        Assert.That(errors, Has.Count.GreaterThan(1));
        foreach (var e in errors)
        {
            Assert.That(e.Saturated, Is.LessThan(e.Count / 8), e.Layer);
            Assert.That(Math.Max(e.Greatest, -e.Least), Is.GreaterThan(7), e.Layer);
        }
    }

    /// <summary>Of workers one may have zeros: what is kept is of the others. Where all have, the unit stays.</summary>
    [Test]
    public void WhatOneWorkerLeavesOfZerosIsBelowAllOthers()
    {
        var fitting = new FittingExponent(127, 1, UnitShift.NoLeast);
        Assert.That((fitting.Of(-30, 0), fitting.Of(-30, 1), fitting.Of(-30, 128)), Is.EqualTo((FittingExponent.None, -29L, -28L)));
        Assert.That(Math.Max(fitting.Of(-30, 0), fitting.Of(-30, 1)), Is.EqualTo(-29));
        Assert.That((default(LatestExponent).Of(FittingExponent.None, -11), default(LatestExponent).Of(-29, -11)), Is.EqualTo((-11L, -29L)));
    }

    private static Dictionary<string, string> Units(Trainer trainer) => trainer.Network.StoredStates
        .Where(one => one.Name.EndsWith(".E.exponent", StringComparison.Ordinal))
        .ToDictionary(one => one.Name, one => Convert.ToHexString(Bytes(one)));

    private static byte[] Bytes(IStoredTensor tensor)
    {
        byte[] all = [];
        tensor.Lend(bytes => all = bytes.ToArray());
        return all;
    }
}
