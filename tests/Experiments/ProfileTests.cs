using Wage.Backends;
using Wage.Diagnostics;
using Wage.Experiments.Benchmarks;
using Wage.Experiments.Profiles;
using Wage.Experiments.Runs;
using Wage.Quantization;

namespace Wage.Tests.Experiments;

[Parallelizable]
internal sealed class ProfileTests
{
    private static readonly ConvGeometry Geometry = new(128, 16, 16, 128, 256, 3, 3, 1, Padding.Same(16, 16, 3, 3, 1));

    private static readonly OperationTotals[] Totals =
    [
        new(new Operation("Relu", null), 30, 100_000, 0, 2_000_000),
        new(new Operation("Convolve", Geometry), 10, 600_000, 12_000_000, 3_000_000),
        new(new Operation("MaxAbs", null), 70, 33_333, 0, 1_000),
    ];

    private static readonly Peak Peak = new(1024, 20, 40e6);

    [Test]
    public void RowsAreInOrderOfTimeWithRatesSharesAndWhatLiesBetween()
    {
        var lines = Write(new ProfileTable(Totals, 1_000_000, 10, TimeSpan.FromSeconds(1), Peak)).Split('\n');
        Assert.That(lines[1], Does.Match("^operation +shape +calls +ms +ms/step +GMAC/s +% of peak +GB/s +share$"));
        Assert.That(lines[2], Does.Match(@"^Convolve +128 x 16x16x128 -> 256, 3x3 +10 +600 +60\.00 +0\.02 +50\.00 +0\.01 +60\.00 %$"));
        Assert.That(lines[3], Does.Match(@"^Relu +30 +100 +10\.00 +- +- +0\.02 +10\.00 %$"));
        Assert.That(lines[4], Does.Match(@"^MaxAbs +70 +33\.33 +3\.33 +- +- +0\.00 +3\.33 %$"));
        Assert.That(lines[5], Does.Match(@"^\(between operations\) +- +267 +26\.67 +- +- +- +26\.67 %$"));
        var footer = string.Join('\n', lines[6..]);
        Assert.That(footer, Does.Contain("10 training steps in 1.000 s"));
        Assert.That(footer, Does.Contain("the fastest of 20 dense forward products 1024 x 1024 x 1024"));
    }

    [Test]
    public void SharesSumTo100()
    {
        foreach (var seconds in new[] { 0.5, 0.733333, 1, 3.3 })
        {
            var shares = new ProfileTable(Totals, 1_000_000, 10, TimeSpan.FromSeconds(seconds), Peak).Shares;
            Assert.That(Math.Round(shares.Sum(share => share.Percent), 2), Is.EqualTo(100));
            Assert.That(shares.Select(share => share.Percent), Has.All.InRange(-0.02, 100));
        }
    }

    [Test]
    public void AProfiledRunEndsWithTheSameWeightsAndCountsItsTrainingStepsAlone()
    {
        using var scratch = new ScratchFolder();
        var plain = TinyRun.Finish(scratch.Run("plain"));
        var profile = new Profile();
        using var run = Run.Prepare(TinyRun.Recipe(), scratch.Run("profiled"), "cpu", 1, null, null, profile.Measure);
        var timed = (TimedBackend)run.Trainer.Network.Backend;
        Directory.CreateDirectory(scratch.In("profiled"));
        var summary = new RunLoop(run, profile.Watch(new StopAfter(int.MaxValue, () => { }))).Execute(CancellationToken.None);
        Assert.That(summary.WeightsSha256, Is.EqualTo(plain.WeightsSha256));
        var steps = (run.Recipe.Epochs * (run.Trainer.StepsPerEpoch - 1)) - 3; // the last of an epoch is looked into; in the first code is made
        var convolutions = timed.Totals.Where(IsForward).ToList();
        Assert.That(convolutions.Select(row => row.Calls), Is.EqualTo(new[] { steps, steps }), "the tests are not steps");
        using var output = new StringWriter { NewLine = "\n" };
        profile.Write(output);
        foreach (var part in new[] { $"{steps} training steps", "ConvolveGradient", "20 x 784 -> 16" })
            Assert.That(output.ToString(), Does.Contain(part));
        var after = timed.Totals.Where(IsForward);
        Assert.That(after, Is.EqualTo(convolutions), "the probe of the peak is not counted");
    }

    private const string AllLookedInto = "Every step was looked into, ", NoOthers = "There are no others: ";

    /// <summary>The last step of an epoch is looked into: an epoch of one step has no other.</summary>
    [TestCase(100, 1, null, 2, AllLookedInto, TestName = "ARunWhoseEveryStepIsLookedIntoHasATableOfThem")]
    [TestCase(20, 5, null, 5, null, TestName = "NeitherTheFirstStepsNorThoseLookedIntoAreMeasuredWhereThereAreOthers")]
    [TestCase(50, 2, null, 4, NoOthers, TestName = "AShortRunHasATableOfItsFirstSteps")]
    [TestCase(50, 2, 1, 4, AllLookedInto, TestName = "StatisticsOfEveryStepLeaveNoOther")]
    public void OtherStepsAreMeasuredOnlyWhereThereAreNone(int batch, int stepsPerEpoch, int? every, int measured, string? note)
    {
        using var scratch = new ScratchFolder();
        var profile = new Profile();
        var recipe = TinyRun.Recipe($"training.batch={batch}", "data.train=100", "training.epochs=2");
        using var run = Run.Prepare(recipe, scratch.Run("profiled"), "cpu", 1, null, null, profile.Measure);
        Directory.CreateDirectory(scratch.In("profiled"));
        new RunLoop(run, profile.Watch(new StopAfter(int.MaxValue, () => { })), every).Execute(CancellationToken.None);
        Assert.That(run.Trainer.StepsPerEpoch, Is.EqualTo(stepsPerEpoch));
        using var output = new StringWriter { NewLine = "\n" };
        profile.Write(output);
        var text = output.ToString();
        Assert.That(text, Does.Contain($"\n{measured} training steps in "));
        Assert.That(text, Does.Match($"\nConvolveGradient +{batch} x 784 -> 16 +{measured} "));
        foreach (var line in new[] { AllLookedInto, NoOthers })
            Assert.That(text.Contains($"\n{line}", StringComparison.Ordinal), Is.EqualTo(line == note));
        Assert.That(text.Contains("\nHistogram ", StringComparison.Ordinal), Is.EqualTo(note is not null));
    }

    [Test]
    public void WithoutAStepThereIsNoTable()
    {
        using var output = new StringWriter { NewLine = "\n" };
        new Profile().Write(output);
        Assert.That(output.ToString(), Is.EqualTo("profile: no step was done.\n"));
    }

    [Test]
    public void ThePeakOfABackendIsMeasuredThroughIt()
    {
        using var timed = new TimedBackend(new HostBackend(1));
        var peak = Peak.Measure(timed, 1);
        var square = new Operation(nameof(IBackend.Convolve), ConvGeometry.Dense(peak.Side, peak.Side, peak.Side));
        Assert.That(timed.Totals.Single(row => row.Operation == square).Calls, Is.GreaterThan(peak.Runs));
        Assert.That(peak.MacsPerSecond, Is.Positive);
    }

    private static string Write(ProfileTable table)
    {
        using var output = new StringWriter { NewLine = "\n" };
        table.Write(output);
        return output.ToString();
    }

    private static bool IsForward(OperationTotals row) =>
        row.Operation.Name == nameof(IBackend.Convolve) || row.Operation.Name == StageName<ActivationStage>.Convolve;
}
