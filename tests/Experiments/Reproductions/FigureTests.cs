using System.Xml.Linq;
using Wage.Experiments.Commands;
using Wage.Experiments.Reproductions;
using Wage.Experiments.Runs;
using Wage.Experiments.Sweeps;

namespace Wage.Tests.Experiments.Reproductions;

/// <summary>A reproduction with pictures, on a network of two seconds.</summary>
[Parallelizable]
internal sealed class FigureTests
{
    private static readonly SweepSettings Settings = new("cpu", 1, null, [], null);

    private static readonly FigureShape Present = new("the sun rises", _ => null);

    private ScratchFolder scratch = null!;

    [SetUp]
    public void Open() => scratch = new ScratchFolder();

    [TearDown]
    public void Close() => scratch.Dispose();

    [Test]
    public void TheFiguresAreDrawnNamedAndComparedToTheLastInteger()
    {
        var tiny = Tiny(Present);
        var (code, output) = Reproduce(tiny, Recorded.Nothing, "1..2");
        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.Contain("shape    as expected: the sun rises").And.Contain("no recorded statistics of tiny"));
        string[] pictures =
        [
            "figure-2-distributions-seed1.svg", "figure-2-distributions-seed2.svg", "figure-3-curves.svg", "figure-4-error-ranges-seed1.svg",
            "figure-4-error-ranges-seed2.svg",
        ];
        Assert.That(Directory.GetFiles(scratch.In("r"), "*.svg").Select(Path.GetFileName), Is.EquivalentTo(pictures));
        foreach (var picture in pictures)
        {
            Assert.That(output, Does.Contain($"picture  {scratch.In($"r/{picture}")}\n"));
            Assert.That(XDocument.Load(scratch.In($"r/{picture}")).Root!.Name.LocalName, Is.EqualTo("svg"));
        }

        var recorded = Record(tiny, "r/seed1", "r/seed2");
        Assert.That(Record(tiny, "r/seed2").Statistics, Has.Count.EqualTo(recorded.Statistics.Count), "a row of the same point and seed is replaced");
        Assert.That(recorded.Statistics.Select(row => (row.Seed, row.Step)).Distinct(), Is.EqualTo(new[] { (1UL, 5L), (2UL, 5L) }));
        Assert.That(recorded.Statistics.Select(row => row.Name),
            Does.Contain("conv1 W after").And.Contain("dense2 E before").And.Contain("conv2 G after"));
        (code, output) = Reproduce(tiny, recorded, "1..2");
        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.Contain($"the recorded statistics of {recorded.Statistics.Count} tensors, all the same"));

        for (var column = 0; column < StatisticsRow.ValueTitles.Count; column++)
        {
            var (at, title) = (recorded.Statistics.ToList().FindIndex(row => row.Name == "conv2 E after"), StatisticsRow.ValueTitles[column]);
            var row = recorded.Statistics[at];
            var wrong = row with { Values = [.. row.Values.Select((value, i) => i == column ? value + "1" : value)] };
            var statistics = recorded.Statistics.Select((other, i) => i == at ? wrong : other);
            (code, output) = Reproduce(tiny, recorded with { Statistics = [.. statistics] }, "1");
            Assert.That(code, Is.EqualTo(3), title);
            Assert.That(output, Does.Contain(
                $"1 of {recorded.Statistics.Count / 2} tensors differ, first {scratch.In("r/seed1")}: conv2 E after: {title} is "));
        }
    }

    [Test]
    public void AMissingShapeIsSaidWithTheRunAndGivesTheExitCode3()
    {
        var (code, output) = Reproduce(Tiny(Present, new FigureShape("pigs fly", run => $"they walk in step {run.Last}")), Recorded.Nothing, "1");
        Assert.That(code, Is.EqualTo(3));
        Assert.That(output, Does.Contain($"shape    missing: pigs fly, but {scratch.In("r/seed1")}: they walk in step 5\n"));
    }

    [Test]
    public void AnInterruptedReproductionGoesOnToTheSameStatistics()
    {
        var tiny = Tiny();
        Reproduce(tiny, Recorded.Nothing, "1");
        var recorded = Record(tiny, "r/seed1");
        Directory.Delete(scratch.In("r"), recursive: true);
        using (var stop = new CancellationTokenSource())
        using (var run = Run.Prepare(tiny.Load(tiny.Points[0], []), scratch.Run("r/seed1"), "cpu", 1, null))
        using (run.Folder.Hold())
            new RunLoop(run, new StopAfter(3, stop.Cancel), tiny.StatsEvery).Execute(stop.Token);
        var (code, output) = Reproduce(tiny, recorded, "1");
        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.Contain("all with the same bits").And.Contain($"statistics of {recorded.Statistics.Count} tensors, all the same"));
    }

    [Test]
    public void RowsReadBackAsThemselvesAndAForeignFileIsRefusedByLine()
    {
        var tiny = Tiny();
        Reproduce(tiny, Recorded.Nothing, "1");
        var recorded = Record(tiny, "r/seed1");
        var rows = recorded.Statistics;
        var text = StatisticsRow.ToCsv(rows);
        Assert.That(StatisticsRow.ToCsv(StatisticsRow.Parse("x.csv", text)), Is.EqualTo(text));
        Assert.That(() => StatisticsRow.Parse("x.csv", text + "run,1\n"), Throws.TypeOf<WageException>()
            .With.Message.EqualTo($"x.csv: row {rows.Count + 1} is not a tensor's statistics."));
        Assert.That(() => StatisticsRow.Parse("x.csv", "point\n"), Throws.TypeOf<WageException>().With.Message.StartsWith("x.csv: must begin with"));
        var table = QuantizerTable.Markdown(tiny, recorded);
        Assert.That(table.Split('\n')[2..^2].Select(line => line.Split('|')[1].Trim()),
            Is.EqualTo(new[] { "layer", "---", "conv1", "conv2", "dense1", "dense2" }));
        var weights = rows.Single(row => row.Name == "conv2 W after");
        Assert.That(table.Split('\n')[5], Does.StartWith(FormattableString.Invariant(
            $"| conv2 | {100.0 * weights.Value("zeros")!.Value / weights.Value("count")!.Value:0.00} |")));
    }

    private static Reproduction Tiny(params FigureShape[] shapes) =>
        new("tiny", "a small thing", "Figure 0", "digits", string.Empty, [new("run", null)])
        {
            Settings = ["training.epochs=1", "data.train=200", "data.test=100", "training.batch=24", "training.eta=1"],
            Duration = "a second",
            Figures = Figure.OfWage,
            StatsEvery = 5,
            Shapes = shapes,
        };

    private (int Code, string Output) Reproduce(Reproduction reproduction, Recorded recorded, string seeds)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var code = ReproduceCommand.Execute(reproduction, reproduction.Plan([], seeds), recorded, scratch.In("r"), Settings, output);
        return (code, output.ToString());
    }

    private Recorded Record(Reproduction reproduction, params string[] runs)
    {
        var file = scratch.In("tiny.csv");
        ReproduceCommand.Add(reproduction, [.. runs.Select(scratch.In)], file, new string('c', 40), TextWriter.Null);
        return new Recorded(
            ExpectedRow.Parse(file, File.ReadAllText(file)), StatisticsRow.Parse("s", File.ReadAllText(StatisticsRow.FileBeside(file))));
    }
}
