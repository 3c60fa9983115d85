using System.Text.Json.Nodes;
using Wage.Experiments.Commands;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Experiments.Statistics;
using Wage.Observation;

namespace Wage.Tests.Experiments;

/// <summary>stats.jsonl and warnings.jsonl of runs.</summary>
[Parallelizable]
internal sealed class StatsTests
{
    [Test]
    public void StatisticsChangeNoResultOfARun()
    {
        using var scratch = new ScratchFolder();
        TinyRun.Finish(scratch.Run("plain"));
        Finish(scratch.Run("observed"), every: 3);
        Assert.That(TinyRun.Results(scratch.Run("observed")), Is.EqualTo(TinyRun.Results(scratch.Run("plain"))));
        Assert.That(File.Exists(scratch.Run("plain").StatsPath), Is.False);
    }

    [Test]
    public void EveryLineFollowsFromItsHistogramByTheDocumentedRules()
    {
        using var scratch = new ScratchFolder();
        Finish(scratch.Run("run"), every: 7);
        var lines = File.ReadAllLines(scratch.Run("run").StatsPath).Select(line => JsonNode.Parse(line)!.AsObject()).ToList();
        Assert.That(lines.Select(line => (long)line["step"]!).Distinct(), Is.EqualTo(new long[] { 0, 7, 14, 21, 28, 35 }));
        Assert.That(
            lines.Take(14).Select(line => $"{line["layer"]} {line["tensor"]} {line["stage"]}"), Is.EqualTo(new[]
            {
                "input A after", "dense1 W before", "dense1 W after", "dense1 A before", "dense1 A after", "dense1 E before", "dense1 E after",
                "dense1 G before", "dense1 G after", "dense2 W before", "dense2 W after", "dense2 A before", "dense2 E before", "dense2 E after",
            }));
        foreach (var line in lines)
        {
            var (first, p) = ((int)line["first"]!, (int)line["precision"]!);
            var counts = line["counts"]!.AsArray().Select((n, j) => (Bin: first + j, Count: (long)n!)).ToList();
            Assert.That(counts.Sum(c => c.Count), Is.EqualTo((long)line["count"]!));
            Assert.That(counts.Where(c => c.Bin == 0).Sum(c => c.Count), Is.EqualTo((long)line["zeros"]!));
            Assert.That(counts[0].Count * counts[^1].Count, Is.Positive, "no empty bins at the ends");
            Assert.That((long)line["min"]!, Is.InRange(Low(counts[0].Bin, p), High(counts[0].Bin, p)));
            Assert.That((long)line["max"]!, Is.InRange(Low(counts[^1].Bin, p), High(counts[^1].Bin, p)));
            Assert.That(line.ContainsKey("moved"), Is.EqualTo((string)line["tensor"]! == "W"));
            Assert.That(line.ContainsKey("shift"), Is.EqualTo((string)line["stage"]! == "after"));
        }
    }

    /// <summary>A range of the step before may be too small or too great for this one: the pass that quantizes counts what it did.</summary>
    [Test]
    public void ErrorsAndUpdatesByRangesOfTheStepsBeforeSayWhatWentBeyondAndWhatUnderflowed()
    {
        using var scratch = new ScratchFolder();
        Finish(scratch.Run("run"), every: 7, "scheme.ranges.E=in-hindsight", "scheme.ranges.G=fixed", "scheme.ranges.fixedG=9");
        var lines = File.ReadAllLines(scratch.Run("run").StatsPath).Select(line => JsonNode.Parse(line)!.AsObject()).ToList();
        var counted = lines.Where(line => line.ContainsKey("beyond")).ToList();
        Assert.That(
            counted.Select(line => $"{line["tensor"]} {line["stage"]}").Distinct(), Is.EquivalentTo(new[] { "E after", "G after" }));
        Assert.That(counted.Any(line => (long)line["beyond"]! > 0), "something went beyond");
        Assert.That(counted.Any(line => (long)line["underflowed"]! > 0), "something underflowed");
        foreach (var line in counted.Where(line => (string)line["tensor"]! == "E"))
            Assert.That((long)line["underflowed"]!, Is.InRange(0, (long)line["zeros"]!));
    }

    [Test]
    public void AnInterruptedAndResumedRunHasTheLinesOfAnUninterruptedOne([Values(1, 4, 12, 17)] int stopAfter)
    {
        using var scratch = new ScratchFolder();
        Finish(scratch.Run("whole"), every: 2);
        var folder = scratch.Run("cut");
        using (var source = new CancellationTokenSource())
        using (var run = TinyRun.Prepare(folder))
            new RunLoop(run, new StopAfter(stopAfter, source.Cancel), 2).Execute(source.Token);
        File.AppendAllText(folder.StatsPath, "{\"step\":0,\"epoch\":1,\"la");
        Finish(folder, every: 2);
        Assert.That(File.ReadAllLines(folder.StatsPath), Is.EqualTo(File.ReadAllLines(scratch.Run("whole").StatsPath)));
    }

    [Test]
    public void LinesOfStepsThatAreDoneAgainAreDropped()
    {
        using var scratch = new ScratchFolder();
        var records = new StepRecords(scratch.In("records.jsonl"));
        Assert.That(records.KeepBefore(5, null, null, out _), Is.Empty);
        records.Append(["{\"step\":3,\"a\":1}", "{\"step\":4}", "{\"step\":5}", "[]", "{\"no\":1}"]);
        records.Append(["{\"step\":6}"]);
        Assert.That(records.KeepBefore(5, null, null, out _), Is.EqualTo(new[] { "{\"step\":3,\"a\":1}", "{\"step\":4}" }));
        Assert.That(File.ReadAllText(scratch.In("records.jsonl")), Is.EqualTo("{\"step\":3,\"a\":1}\n{\"step\":4}\n"));
    }

    [TestCase("2^-20", TestName = "ARunResumedBetweenTwoQuietChecksWarnsAsAnUninterruptedOne")]
    [TestCase("2", TestName = "ARunResumedThatTrainsWarnsOfNothing")]
    public void AResumedRunWarnsAsAnUninterruptedOne(string eta)
    {
        using var scratch = new ScratchFolder();
        foreach (var (name, parts) in new[] { ("whole", new[] { 3 }), ("parts", [1, 2, 3]) })
        {
            foreach (var epochs in parts)
            {
                var given = RecipeReader.ReadText("tiny.yaml", TinyRun.Yaml)
                    .Concat([GivenValue.FromSetting($"training.eta={eta}"), GivenValue.FromSetting($"training.epochs={epochs}")]);
                var request = new TrainRequest(null, [.. given], scratch.In(name)) { Resume = epochs > 1 && parts.Length > 1 };
                TrainCommand.Execute(request, TextWriter.Null);
            }
        }

        Assert.That(Lines(folder => folder.WarningsPath, "parts"), Is.EqualTo(Lines(folder => folder.WarningsPath, "whole")));
        Assert.That(Lines(folder => folder.QuietPath, "parts"), Is.EqualTo(Lines(folder => folder.QuietPath, "whole")));
        Assert.That(Lines(folder => folder.WarningsPath, "whole"), Has.Length.EqualTo(eta == "2" ? 0 : 2));
        var first = eta == "2" ? null : "{\"step\":9,\"quiet\":{\"dense1\":1,\"dense2\":1}}";
        Assert.That(Lines(folder => folder.QuietPath, "whole").FirstOrDefault(), Is.EqualTo(first));

        string[] Lines(Func<RunFolder, string> path, string name) =>
            File.Exists(path(scratch.Run(name))) ? File.ReadAllLines(path(scratch.Run(name))) : [];
    }

    [Test]
    public void AQuietLineThatIsCutCountsNothing(
        [Values("", "[]", "{\"step\":1}", "{\"quiet\":[1]}", "{\"quiet\":{\"a\":\"b\"}}")] string line) =>
        Assert.That(QuietLine.Read(line).Quiet, Is.Empty);

    /// <summary>The distance of 1 from 2^2000000000 has a quarter of a gigabyte.</summary>
    [TestCase(2_000_000_000)]
    [TestCase(-1_101)]
    public void AQuietLineWithAnExponentThatNoDoubleHasCountsNothing(int exponent)
    {
        var (quiet, ranges) = QuietLine.Read($"{{\"quiet\":{{\"a\":1}},\"ranges\":{{\"a\":[1,0,1,{exponent}]}}}}");
        Assert.That((quiet.Count, ranges.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public void AWarningIsShownOnceWithItsRemedyAndKept()
    {
        using var scratch = new ScratchFolder();
        var folder = scratch.In("run");
        using var output = new StringWriter { NewLine = "\n" };
        TrainCommand.Execute(Request(epochs: 3), output);
        var lines = output.ToString().Split('\n')
            .Where(line => line.StartsWith("warning: dense1: all 12544 updates round to 0", StringComparison.Ordinal)).ToList();
        Assert.That(lines, Has.Count.EqualTo(1));
        Assert.That(lines[0], Does.Contain(" HINT: raise training.eta"));
        var kept = File.ReadAllLines(scratch.Run("run").WarningsPath);
        Assert.That(WarningLine.Read(kept[0]), Is.EqualTo(("dense1", TrainingProblem.UpdatesRoundAway)));
        Assert.That((string)JsonNode.Parse(kept[0])!["cause"]!, Is.EqualTo("updatesRoundAway"));

        using var again = new StringWriter { NewLine = "\n" };
        TrainCommand.Execute(Request(epochs: 6) with { Resume = true }, again);
        Assert.That(again.ToString(), Does.Contain("resumes").And.Not.Contain("warning: dense1"));
        Assert.That(File.ReadAllLines(scratch.Run("run").WarningsPath), Is.EqualTo(kept));

        TrainRequest Request(int epochs) => new(
            null,
            [
                .. RecipeReader.ReadText("tiny.yaml", TinyRun.Yaml), GivenValue.FromSetting("training.eta=2^-20"),
                GivenValue.FromSetting($"training.epochs={epochs}"),
            ],
            folder);
    }

    [Test]
    public void AWrongIntervalIsRefusedWithTheRule(
        [Values("10", "every=0", "every=-3", "every=1.5", "every=99999999999", "every= 3", "")] string text)
    {
        Assert.That(() => StatsInterval.Parse(text), Throws.TypeOf<WageException>().With.Message.Contains($"'{text}', but must be every=N"));
        Assert.That((StatsInterval.Parse("every=25"), StatsInterval.Parse(null)), Is.EqualTo(((int?)25, (int?)null)));
    }

    private static void Finish(RunFolder folder, int every, params string[] settings)
    {
        using var run = TinyRun.Prepare(folder, settings: settings);
        new RunLoop(run, new StopAfter(int.MaxValue, () => { }), every).Execute(CancellationToken.None);
    }

    /// <summary>The bounds of a bin as docs/statistics.md has them.</summary>
    private static (long Least, long Greatest) Bounds(int bin, int p)
    {
        var i = Math.Abs(bin);
        if (i < 2 << p) return (i, i);
        var o = (i >> p) - 1;
        var q = (long)i - (o << p);
        return (q << o, ((q + 1) << o) - 1);
    }

    private static long Low(int bin, int p) => bin < 0 ? -Bounds(bin, p).Greatest : Bounds(bin, p).Least;

    private static long High(int bin, int p) => bin < 0 ? -Bounds(bin, p).Least : Bounds(bin, p).Greatest;
}
