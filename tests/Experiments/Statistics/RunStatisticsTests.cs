using Wage.Experiments.Runs;
using Wage.Experiments.Statistics;
using Wage.Numbers;

namespace Wage.Tests.Experiments.Statistics;

[Parallelizable]
internal sealed class RunStatisticsTests
{
    /// <summary>W = -1, -1, 0, 1 after Q_W, from stored integers of 8 bits.</summary>
    public const string WeightsAfter =
        """{"step":5,"epoch":1,"layer":"conv1","index":1,"tensor":"W","stage":"after","type":"int8","bits":2,"fractionBits":1,"exponent":0,""" +
        """ "count":4,"zeros":1,"min":-1,"max":1,"limit":1,"saturated":3,"shift":6,"moved":0,"signFlips":0,""" +
        """ "precision":6,"first":-1,"counts":[2,1,1]}""";

    public const string ErrorsBefore =
        """{"step":5,"epoch":1,"layer":"conv1","index":1,"tensor":"E","stage":"before","type":"int32","bits":32,"fractionBits":10,"exponent":-3,""" +
        """ "count":20,"zeros":10,"min":-600,"max":16,"limit":null,"saturated":null,""" +
        """ "precision":2,"first":-32,"counts":[1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,""" +
        """0,0,0,0,0,0,4,10,3,0,0,0,0,0,0,0,0,0,0,2]}""";

    public const string ErrorsAfter =
        """{"step":5,"epoch":1,"layer":"conv1","index":1,"tensor":"E","stage":"after","type":"int8","bits":8,"fractionBits":10,"exponent":0,""" +
        """ "count":20,"zeros":17,"min":-75,"max":2,""" +
        """ "limit":127,"saturated":1,"shift":3,"precision":6,"first":-75,"counts":[1]}""";

    [Test]
    public void ALineIsReadWithEveryField()
    {
        var line = ObservedTensor.Parse(WeightsAfter)!;
        Assert.That((line.Step, line.Epoch, line.Layer, line.Tensor, line.After, line.Bits, line.FractionBits),
            Is.EqualTo((5, 1, "conv1", 'W', true, 2, 1)));
        Assert.That((line.Count, line.Zeros, line.Min, line.Max, line.Limit, line.Saturated, line.Shift, line.Moved),
            Is.EqualTo((4, 1, -1, 1, 1, 3, 6, 0)));
        Assert.That(line.Bins(), Is.EqualTo(new[] { (-1.0, -1.0, 2L), (0.0, 0.0, 1L), (1.0, 1.0, 1L) }));
        Assert.That((line.ZeroRate, line.Rate(3)), Is.EqualTo((0.25, 0.75)));
    }

    [Test]
    public void BinsSpanTheIntegersThatTheyCount()
    {
        var bins = ObservedTensor.Parse(ErrorsBefore)!.Bins().ToList();
        Assert.That(bins.Select(bin => bin.Elements), Is.EqualTo(new[] { 1, 4, 10, 3, 2 }));
        foreach (var (low, high, _) in bins) Assert.That(LogarithmicBins.Bin((long)low, 2), Is.EqualTo(LogarithmicBins.Bin((long)high, 2)));
        Assert.That((bins[0].Low, bins[0].High), Is.EqualTo((-639.0, -512.0)), "four bins an octave");
        Assert.That((bins[^1].Low, bins[^1].High), Is.EqualTo((16.0, 19.0)));
    }

    [Test]
    public void TheRangeOfErrorsHasTheWindowThatQEKeeps()
    {
        using var folder = new StatisticsFolder(WeightsAfter, ErrorsBefore, ErrorsAfter);
        var range = ErrorRange.Of(RunStatistics.Read(folder.Run), "conv1", 5)!;
        Assert.That(range.Octaves, Is.EqualTo(new[] { (-13.0, 0.7), (-9.0, 0.2), (-4.0, 0.1) }),
            "in powers of two, unit 2^-13, of the ten that are not zero");
        Assert.That(range.Window!.Value.Low, Is.EqualTo(-13 + 3 - 1), "half a unit of the result");
        Assert.That(range.Window.Value.High, Is.EqualTo(-10 + Math.Log2(127.5)));
        Assert.That((range.Lost, range.Clipped), Is.EqualTo((0.7, 0.05)));
    }

    [Test]
    public void ACutLastLineIsPassedOverAndADamagedOneInTheMiddleIsNamed()
    {
        using var folder = new StatisticsFolder(WeightsAfter, ErrorsBefore,
            WeightsAfter.Replace("\"step\":5", "\"step\":9", StringComparison.Ordinal), ErrorsAfter[..40]);
        Assert.That(RunStatistics.Read(folder.Run).Steps, Is.EqualTo(new[] { 5 }), "step 9 lacks lines");
        folder.Write(WeightsAfter, "{}", ErrorsBefore);
        Assert.That(() => RunStatistics.Read(folder.Run),
            Throws.TypeOf<WageException>().With.Message.Contains("stats.jsonl:2: is not a line of statistics"));
        folder.Write();
        Assert.That(() => RunStatistics.Read(folder.Run), Throws.TypeOf<WageException>().With.Message.Contains("holds no statistics"));
    }

    [TestCase("\"precision\":6", "\"precision\":60")]
    [TestCase("\"first\":-1", "\"first\":-2147483648")]
    [TestCase("\"first\":-1", "\"first\":2000000000")]
    [TestCase("\"exponent\":0", "\"exponent\":99999999")]
    [TestCase("\"fractionBits\":1", "\"fractionBits\":-2147483648")]
    [TestCase("\"shift\":6", "\"shift\":9000")]
    [TestCase("\"counts\":[2", "\"counts\":[-2")]
    [TestCase("\"tensor\":\"W\"", "\"tensor\":\"\"")]
    [TestCase("\"layer\":\"conv1\"", "\"layer\":null")]
    [TestCase("\"count\":4", "\"count\":0")]
    [TestCase("\"step\":5", "\"step\":1e99")]
    public void NumbersThatNoRunWritesAreRefused(string good, string bad)
    {
        Assert.That(ObservedTensor.Parse(WeightsAfter), Is.Not.Null);
        Assert.That(ObservedTensor.Parse(WeightsAfter.Replace(good, bad, StringComparison.Ordinal)), Is.Null);
    }

    [Test]
    public void AStepThatWasNotRecordedIsRefusedWithTheNearest()
    {
        using var folder = new StatisticsFolder(WeightsAfter, WeightsAfter.Replace("\"step\":5", "\"step\":40", StringComparison.Ordinal));
        var statistics = RunStatistics.Read(folder.Run);
        Assert.That((statistics.Choose(null), statistics.Choose("5")), Is.EqualTo((40, 5)));
        foreach (var asked in new[] { "30", "-3", "x", "99999999999999999999" })
            Assert.That(() => statistics.Choose(asked),
                Throws.TypeOf<WageException>().With.Message.Contains($"'{asked}'").And.Message.Contains("the nearest is"));
    }

    internal sealed class StatisticsFolder : IDisposable
    {
        private readonly ScratchFolder scratch = new();

        public StatisticsFolder(params string[] lines) => Write(lines);

        public RunFolder Run => new(scratch.Path);

        public void Write(params string[] lines) => File.WriteAllText(Run.StatsPath, string.Join('\n', lines));

        public void Dispose() => scratch.Dispose();
    }
}
