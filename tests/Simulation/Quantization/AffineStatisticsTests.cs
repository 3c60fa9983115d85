using Wage.Backends;
using Wage.Experiments.Statistics;
using Wage.Observation;

namespace Wage.Tests.Simulation.Quantization;

/// <summary>What an observed step of the scheme affine tells of its quantizers.</summary>
[Parallelizable]
public sealed class AffineStatisticsTests
{
    private static IEnumerable<string> Names => AffineRuns.Networks.Keys;

    [TestCaseSource(nameof(Names))]
    public void LookingIntoStepsChangesNoBit(string name)
    {
        using var host = new HostBackend(2);
        var (plain, observed) = (AffineRuns.Start(host, name), AffineRuns.Start(host, name));
        using var statistics = new StepStatistics(observed.Network);
        List<int> lines = [];
        for (var i = 0; i < 5; i++)
        {
            plain.Step();
            observed.Step(statistics);
            lines.Add(statistics.Take().Count);
        }

        Assert.That(FloatRuns.End(observed), Is.EqualTo(FloatRuns.End(plain)));
        Assert.That(lines.Distinct().Count(), Is.EqualTo(1), "before the delay and after it every step has the same lines");
    }

    [TestCaseSource(nameof(Names))]
    public void TheLastLinesAreTheGridsThatTheNetworkReports(string name)
    {
        var trainer = AffineRuns.Start(new ReferenceBackend(), name);
        using var statistics = new StepStatistics(trainer.Network);
        for (var i = 0; i < 3; i++) trainer.Step();
        trainer.Step(statistics);
        var last = statistics.Take().Where(s => s is { IsAfter: true, Codes: not null }).ToList();
        foreach (var row in trainer.Network.Quantizers.Where(row => row.Bits > 0 && row.Part != "images"))
        {
            var s = last.Single(s => s.Layer == row.Tensor && s.Tensor == (row.Part == "weights" ? QuantizedTensor.W : QuantizedTensor.A));
            Assert.That(s.Bits, Is.EqualTo(row.Bits), row.Tensor);
            Assert.That(s.Codes!.Used, Is.InRange(1, s.Codes.Codes));
            Assert.That(s.Channels, Is.Not.Null);
            Assert.That(s.Codes.IsState, Is.EqualTo(row.Part == "activations"));
            Assert.That(s.Shift, Is.Null, "float32 values are not shifted");
        }
    }

    [Test]
    public void FoldedScalesAreTold()
    {
        var trainer = AffineRuns.Start(new ReferenceBackend(), "batch norm");
        using var statistics = new StepStatistics(trainer.Network);
        trainer.Step(statistics);
        var weights = statistics.Take().Where(s => s is { Tensor: QuantizedTensor.W, IsAfter: true }).ToList();
        Assert.That(weights.Select(s => s.Codes!.Folded is not null), Is.EqualTo(new[] { true, true, true, false }), "the last product has no norm");
        var (least, greatest) = weights[0].Codes!.Folded!.Value;
        Assert.That((least.ToString(), greatest.ToString()), Is.EqualTo(("0.999", "0.999")).Or.EqualTo(("1", "1")), "1 / sqrt(1 + epsilon)");
    }

    [TestCaseSource(nameof(Names))]
    public void ALineOfTheFileGivesTheSameBack(string name)
    {
        var trainer = AffineRuns.Start(new ReferenceBackend(), name);
        using var statistics = new StepStatistics(trainer.Network);
        for (var i = 0; i < 3; i++) trainer.Step();
        trainer.Step(statistics);
        foreach (var s in statistics.Take())
        {
            var line = ObservedTensor.Parse(StatsLine.ToJson(3, 1, s))!;
            Assert.That((line.Codes is null, line.Channels is null), Is.EqualTo((s.Codes is null, s.Channels is null)), s.Layer);
            if (s.Codes is { } codes)
            {
                Assert.That((line.Codes!.Used, line.Codes.Codes, line.Codes.Underflowed, line.Saturated), Is.EqualTo(
                    (codes.Used, codes.Codes, codes.Underflowed, (long?)codes.Saturated)));
                Assert.That(Wage.Simulation.FloatSummaries.Exact(line.Codes.Scale.Least), Is.EqualTo(codes.Scale.Least), "exactly");
            }

            if (s.Channels is { } channels)
                Assert.That(
                    (line.Channels!.Count, line.Channels.Dead, line.Channels.Widest), Is.EqualTo((channels.Count, channels.Dead, channels.Widest)));
        }
    }
}
