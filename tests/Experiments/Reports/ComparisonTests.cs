using System.Xml.Linq;
using Wage.Experiments.Pictures;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Tests.Experiments.Pictures;
using static Wage.Tests.Experiments.Reports.PageElements;

namespace Wage.Tests.Experiments.Reports;

/// <summary>wage report of several runs.</summary>
[Parallelizable]
internal sealed class ComparisonTests
{
    private ShownRuns runs = null!;

    [OneTimeSetUp]
    public void Train() => runs = new ShownRuns();

    [OneTimeTearDown]
    public void Clean() => runs.Dispose();

    [Test]
    public void SeveralRunsAreComparedAndEachHasItsPart()
    {
        var page = XDocument.Load(CommandLine.Do("report", runs.Lenet, runs.Perceptron, "--out", runs.In("m.html")).Trim()).Root!;
        var anchors = Anchors(page);
        Assert.That(anchors, Is.EqualTo(new[] { "run1", "run2" }));
        var titles = page.Descendants().Where(element => element.Name.LocalName is "h1" or "h2" or "h3" or "h4" or "h5")
            .Select(element => (Level: element.Name.LocalName[1] - '0', element.Value)).ToList();
        Assert.That(
            titles.Where(title => title.Level == 2).Select(title => title.Value), Is.EqualTo(new[]
            {
                "Learning curves", "Runs", "What differs between the configurations", "Run by run",
            }));
        var below = titles.SkipWhile(title => title.Value != "Run by run").Skip(1).ToList();
        Assert.That(below.Where(title => title.Level == 3).Select(title => title.Value), Is.EqualTo(new[] { "digits", "tiny" }));
        Assert.That(below.Zip(below.Skip(1)).All(pair => pair.Second.Level <= pair.First.Level + 1), "no level is left out");
        foreach (var link in page.Descendants("a")) Assert.That(anchors, Does.Contain(link.Attribute("href")!.Value[1..]));
        var different = Cells(page, "differences");
        var kind = different[0].IndexOf("model.kind");
        Assert.That(different.Select(row => (row[0], row[kind])), Is.EqualTo(new[] { ("run", "model.kind"), ("digits", "lenet5"), ("tiny", "mlp") }));
        Assert.That(different[0], Does.Not.Contain("data.set"));
    }

    [Test]
    public void ASweepIsShownAsOneWithMeansOverItsSeeds()
    {
        var page = XDocument.Load(CommandLine.Do("report", runs.Sweep, "--out", runs.In("sweep.html")).Trim()).Root!;
        var rows = Cells(page, "results over seeds");
        Assert.That(rows.Select(row => (row[0], row[1])), Is.EqualTo(new[] { ("configuration", "seeds"), ("kE 4", "5"), ("kE 12", "5") }));
        var records = GivenRuns.Open([runs.Sweep]).Runs;
        var errors = records.Where(run => run.Recipe["scheme.kE"] == "12").Select(run => 100 * run.Rows[^1].ChooserError).ToList();
        var (mean, deviation) = MathNet.Numerics.Statistics.Statistics.MeanStandardDeviation(errors);
        Assert.That(rows[2][3], Does.StartWith($"{ErrorAxis.Text(mean)} \u00B1 {ErrorAxis.Text(deviation)} % ["));
        Assert.That(page.Descendants("h2").Select(title => title.Value), Does.Contain("Sweep of scheme.kE"));
        Assert.That(Classed(page, "run").Select(run => (string?)run.Attribute("id")), Is.EqualTo(Enumerable.Range(1, 10).Select(i => $"run{i}")));
    }

    [Test]
    public void WarningsOfSeveralRunsStandOnTopNamedByTheirRuns()
    {
        var folders = new[] { "one", "two", "three" }.Select(name => new RunFolder(runs.Copy(runs.Perceptron, name))).ToList();
        string Warning(int step) => $"{{\"step\":{step},\"message\":\"m{step}.\",\"remedy\":\"<b>r</b>\"}}";
        File.WriteAllLines(folders[0].WarningsPath, Enumerable.Range(1, 6).Select(Warning));
        File.WriteAllText(folders[2].WarningsPath, Warning(7));
        var page = XDocument.Load(CommandLine.Do(["report", .. folders.Select(folder => folder.Path), "--out", runs.In("w.html")]).Trim()).Root!;
        var main = page.Descendants("main").Single();
        Assert.That(main.Elements().First().Text("class"), Is.EqualTo("notes"), "before everything else");
        Assert.That(main.Elements().First().Elements().Select(note => note.Value), Is.EqualTo(new[]
        {
            "one: Warning at step 1: m1. <b>r</b>", "three: Warning at step 7: m7. <b>r</b>", "one: Warning at step 2: m2. <b>r</b>",
            "one: Warning at step 3: m3. <b>r</b>", "one: Warning at step 4: m4. <b>r</b>",
            "2 more: there are 7 warnings of 2 runs; each run's part has its own.",
        }));
        Assert.That(main.Elements().First().Descendants("a").Select(link => link.Text("href")).Take(2), Is.EqualTo(new[] { "#run1", "#run3" }));
        page = XDocument.Load(CommandLine.Do("report", runs.Lenet, runs.Perceptron, "--out", runs.In("w.html")).Trim()).Root!;
        Assert.That(page.Descendants("main").Single().Elements().First().Name.LocalName, Is.EqualTo("h2"), "no list where there is none");
    }

    [Test]
    public void FifteenRunsWithStatisticsAreAtMostAMegabyte()
    {
        var folders = Enumerable.Range(1, 15).Select(i => runs.Copy(runs.Lenet, $"of15-{i}")).ToList();
        var path = CommandLine.Do(["report", .. folders, "--out", runs.In("15.html")]).Trim();
        Assert.That(new FileInfo(path).Length, Is.LessThanOrEqualTo(1_000_000));
        var page = XDocument.Load(path).Root!;
        Assert.That(Classed(page, "run").Count(), Is.EqualTo(15));
        Assert.That(page.Value, Does.Contain($"This run's own page has them: wage report {folders[14]}."));
        var (equal, different) = (Cells(page, "equal keys").Skip(1).Select(row => row[0]), Classed(page, "run").First());
        Assert.That(equal, Is.EqualTo(RecipeKeys.All.Select(key => key.Name)), "what is equal stands there once");
        Assert.That(different.Descendants("td").Select(cell => cell.Value), Does.Not.Contain("training.shuffle"));
    }
}
