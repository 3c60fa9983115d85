using Wage.Experiments.Runs;
using Wage.Experiments.Statistics;
using Wage.Experiments.TensorBoard;

namespace Wage.Tests.Experiments.TensorBoard;

/// <summary>Event files, read by an independent reader.</summary>
[Parallelizable]
internal sealed class EventTests
{
    private ShownRuns runs = null!;

    [OneTimeSetUp]
    public void Train() => runs = new ShownRuns();

    [OneTimeTearDown]
    public void Clean() => runs.Dispose();

    [Test]
    public void TheReaderKnowsThePublishedCheckValueOfCrc32C() => Assert.That(EventReader.Crc("123456789"u8), Is.EqualTo(0xE3069283));

    [Test]
    public void ScalarsAreTheMetricsAtTheStepsDone()
    {
        var (events, run) = (EventReader.Read(Export(runs.Lenet)), RunRecord.Open(runs.Lenet));
        Assert.That((events[0].Version, events[1].Starts, events[1].Step), Is.EqualTo(("brain.Event:2", true, 0)));
        var epochs = events.Where(one => one.Scalars.ContainsKey("error/test")).ToList();
        Assert.That(epochs.Select(one => one.Step), Is.EqualTo(new[] { 8, 16 }), "200 images in batches of 24 are 8 steps");
        foreach (var (one, row) in epochs.Zip(run.Rows))
        {
            Assert.That(one.Scalars["error/train"], Is.EqualTo((float)row.TrainError));
            Assert.That(one.Scalars["error/test"], Is.EqualTo((float)row.ChooserError));
            Assert.That((one.Scalars["loss/train"], one.Scalars["loss/test"]), Is.EqualTo(((float)row.Loss, (float)row.ChooserLoss)));
            Assert.That((one.Scalars["lr"], one.Scalars["images_per_second"]), Is.EqualTo((1f, (float)row.ImagesPerSecond!)));
        }

        Assert.That(epochs[1].Time - epochs[0].Time, Is.EqualTo(run.Rows[1].Seconds!.Value).Within(1e-6));
    }

    [Test]
    public void HistogramsAreTheStatisticsInValues()
    {
        var (events, statistics) = (EventReader.Read(Export(runs.Lenet)), RunStatistics.Read(new RunFolder(runs.Lenet)));
        foreach (var tensor in statistics.Steps.SelectMany(statistics.At))
        {
            var tag = $"{tensor.Layer}/{tensor.Tensor}/{(tensor.After ? "after" : "before")}";
            var histogram = events.Single(one => one.Step == tensor.Step && one.Histograms.ContainsKey(tag)).Histograms[tag];
            var unit = Math.Pow(2, tensor.Exponent - tensor.FractionBits);
            Assert.That((histogram.Min, histogram.Max, histogram.Num), Is.EqualTo((tensor.Min * unit, tensor.Max * unit, (double)tensor.Count)), tag);
            Assert.That(histogram.Limits, Is.Ordered.And.Unique);
            Assert.That((histogram.Limits.Length, histogram.Counts.Sum()), Is.EqualTo((histogram.Counts.Length, (double)tensor.Count)));
            var zero = Array.FindIndex(histogram.Limits, limit => limit > 0);
            if (tensor.Zeros > 0) Assert.That(histogram.Counts[zero], Is.EqualTo((double)tensor.Zeros), "zero has a bucket of its own");
        }

        var step = statistics.At(5).Single(line => line is { Layer: "conv2", Tensor: 'A', After: true });
        var rates = events.Single(one => one.Step == 5 && one.Scalars.ContainsKey("saturation/conv2/A")).Scalars;
        Assert.That((rates["saturation/conv2/A"], rates["zero_rate_after/conv2/A"]),
            Is.EqualTo(((float)step.Rate(step.Saturated!.Value), (float)step.ZeroRate)));
    }

    [Test]
    public void SumsOfExactBinsAreExact()
    {
        var tensor = ObservedTensor.Parse(Statistics.RunStatisticsTests.WeightsAfter)!;
        File.WriteAllBytes(runs.In("one"), EventRecord.Histogram(1.5, "w", tensor));
        var one = EventReader.Read(runs.In("one")).Single();
        var histogram = one.Histograms["w"];
        Assert.That((one.Time, one.Step, histogram.Sum, histogram.SumSquares), Is.EqualTo((1.5, 5, -0.5, 0.75)), "-1/2, -1/2, 0, 1/2");
        Assert.That(histogram.Limits, Is.EqualTo(new[] { -0.75, -0.25, 0.25, 0.75 }));
        Assert.That(histogram.Counts, Is.EqualTo(new[] { 0.0, 2, 1, 1 }));
    }

    [Test]
    public void TrainingWritesWhatAnExportWrites()
    {
        var live = Directory.GetFiles(Path.Combine(runs.Perceptron, "tensorboard")).Single();
        Assert.That(Path.GetFileName(live), Does.Match(@"^events\.out\.tfevents\.\d+\.wage$"));
        var exported = Export(runs.Perceptron);
        Assert.That(Told(live), Is.EquivalentTo(Told(exported)));
        Assert.That(Told(live), Is.Not.Empty);
    }

    [Test]
    public void AResumedRunHasEveryPointOnce()
    {
        var folder = new RunFolder(runs.In("resumed"));
        using (var first = TinyRun.Prepare(folder))
        {
            using var stop = new CancellationTokenSource();
            new RunLoop(first, new EventObserver(new StopAfter(17, stop.Cancel)), 3).Execute(stop.Token);
        }

        using (var second = TinyRun.Prepare(folder))
            new RunLoop(second, new EventObserver(new StopAfter(int.MaxValue, () => { })), 3).Execute(CancellationToken.None);
        var told = Told(Directory.GetFiles(EventFolder.Of(folder)).Single());
        Assert.That(told, Is.Unique);
        Assert.That(told, Is.EquivalentTo(Told(EventFolder.Export(RunRecord.Open(folder.Path), runs.In("resumed-export")))));
    }

    [Test]
    public void RunsOfOneNameAndFoldersThatCannotBeMadeAreRefused()
    {
        var twin = runs.Copy(runs.Lenet, "twin/lenet");
        Assert.That(CommandLine.Refusal("tensorboard", runs.Lenet, twin, "--out", runs.In("tb2")), Does.Contain("two of the runs are called lenet"));
        File.WriteAllText(runs.In("file"), "");
        Assert.That(CommandLine.Refusal("tensorboard", runs.Lenet, "--out", runs.In("file")), Does.Contain("cannot be written"));
        Assert.That(CommandLine.Refusal("tensorboard", runs.In("nothing")), Does.Contain("holds no run"));
    }

    private string Export(string run) => CommandLine.Do("tensorboard", run, "--out", runs.In("tb")).Trim();

    /// <summary>Every point, without the times.</summary>
    private static List<string> Told(string path) =>
    [
        .. EventReader.Read(path).SelectMany(one => one.Scalars.Select(scalar => $"{one.Step} {scalar.Key} {scalar.Value}")
            .Concat(one.Histograms.Select(histogram =>
                $"{one.Step} {histogram.Key} {histogram.Value.Sum} {string.Join(' ', histogram.Value.Counts)}"))),
    ];
}
