using System.Text.Json;
using System.Xml.Linq;
using Wage.Experiments.Recipes;
using Wage.Experiments.Reports;
using Wage.Experiments.Runs;
using Wage.Tests.Experiments.Pictures;

namespace Wage.Tests.Experiments.Reports;

/// <summary>wage report, on runs of seconds.</summary>
[NonParallelizable]
internal sealed class ReportTests
{
    private ShownRuns runs = null!;

    [OneTimeSetUp]
    public void Train() => runs = new ShownRuns();

    [OneTimeTearDown]
    public void Clean() => runs.Dispose();

    [Test]
    public void ThePageHoldsTheRunsFiguresConfigurationLayersAndHashes()
    {
        var path = CommandLine.Do("report", runs.Lenet, "--confusion").Trim();
        Assert.That(path, Is.EqualTo(Path.Combine(runs.Lenet, "report.html")));
        var (page, run) = (XDocument.Load(path).Root!, RunRecord.Open(runs.Lenet));
        var text = page.Value;
        foreach (var row in run.Rows) Assert.That(text, Does.Contain(Wage.Experiments.Display.Format.Percent(row.TestError)));
        Assert.That(text, Does.Contain(run.Summary["weightsSha256"]!.ToString()));
        var cells = page.Descendants("td").Select(cell => cell.Value).ToList();
        foreach (var key in RecipeKeys.All) Assert.That(cells, Does.Contain(key.Name).And.Contain(key.Description));
        Assert.That(page.Descendants("tr").Where(row => (string?)row.Attribute("class") == "changed").Select(row => row.Elements().First().Value),
            Does.Contain("data.train").And.Not.Contain("training.shuffle"));
        Assert.That(cells, Is.SupersetOf(new[] { "conv1", "conv2", "dense1", "dense2", "5x5 conv, valid" }));
        Assert.That(page.All("svg").Count(), Is.EqualTo(6), "curves, rates, distributions, ranges, filters, confusion");
        Assert.That(text, Does.Contain("Trained on a part of the data: the first 200 training images."));
    }

    [Test]
    public void NothingIsFetchedAndNothingOfAStrangerIsMarkup()
    {
        var html = File.ReadAllText(CommandLine.Do("report", runs.Perceptron, "--out", runs.In("p.html")).Trim());
        Assert.That(html, Does.StartWith("<!DOCTYPE html>\n<html lang=\"en\">"));
        var page = XDocument.Parse(html).Root!;
        Assert.That(page.Descendants().Where(element => element.Name.LocalName is "link" or "img" or "iframe" or "object" or "base"), Is.Empty);
        foreach (var reference in page.Descendants().Attributes().Where(attribute => attribute.Name.LocalName is "href" or "src"))
            Assert.That(reference.Value, Does.StartWith("#").Or.StartWith("data:image/png"));
        Assert.That(html, Does.Not.Contain("url(").And.Not.Contain("@import"));
        Assert.That(page.Descendants("dd").Select(value => value.Value), Does.Contain(ShownRuns.Hostile));
        Assert.That(page.Descendants("script").Count(), Is.EqualTo(2), "the page's own script and its data");
        Assert.That(html, Does.Not.Contain("<script>alert"));
    }

    [Test]
    public void AnHtmlReaderSeesWhatAnXmlReaderSees()
    {
        var html = File.ReadAllText(CommandLine.Do("report", runs.Lenet, "--out", runs.In("h.html")).Trim());
        var (svgs, rest) = (System.Text.RegularExpressions.Regex.Matches(html, "(?s)<svg.*?</svg>").Count,
            System.Text.RegularExpressions.Regex.Replace(html, "(?s)<svg.*?</svg>", string.Empty));
        Assert.That(svgs, Is.EqualTo(5));
        foreach (System.Text.RegularExpressions.Match closed in System.Text.RegularExpressions.Regex.Matches(rest, "<([a-z]+)[^<>]*/>"))
            Assert.That(closed.Groups[1].Value, Is.AnyOf("meta", "input", "br"), "only void elements may close themselves in HTML");
        foreach (System.Text.RegularExpressions.Match raw in System.Text.RegularExpressions.Regex.Matches(html,
            "(?s)<(style|script)[^>]*>(.*?)</\\1>"))
            Assert.That(raw.Groups[2].Value, Does.Not.Contain("&lt;").And.Not.Contain("&amp;").And.Not.Contain("&gt;"),
                "HTML does not decode them there");
    }

    [Test]
    public void TheSliderHasTheChangesOfEveryStepAndAPlaceForEach()
    {
        var page = XDocument.Load(CommandLine.Do("report", runs.Lenet, "--out", runs.In("s.html")).Trim()).Root!;
        var section = page.Descendants("section").Single(element => element.Attribute("data-slider") is not null);
        using var json = JsonDocument.Parse(section.Descendants("script").Single().Value);
        var steps = json.RootElement.GetProperty("steps").EnumerateArray().Select(step => step.GetInt64()).ToList();
        var changes = json.RootElement.GetProperty("changes").EnumerateArray().ToList();
        Assert.That(steps, Is.EqualTo(new long[] { 0, 5, 10, 15 }));
        Assert.That(changes, Has.Count.EqualTo(4));
        var keys = section.Descendants().Select(element => element.Text("data-key")).Where(key => key.Length > 0).ToList();
        foreach (var change in changes) Assert.That(change.EnumerateObject().Select(field => field.Name), Is.EquivalentTo(keys));
        var slider = section.Descendants("input").Single();
        Assert.That((slider.Text("max"), slider.Text("value")), Is.EqualTo(("3", "3")));
    }

    [Test]
    public void ManyStepsAreThinnedWithBothEndsKept()
    {
        var steps = Enumerable.Range(0, 1001).Select(i => 10L * i).ToList();
        var spread = StepSection.Spread(steps, 40);
        Assert.That((spread.Count, spread[0], spread[^1]), Is.EqualTo((40, 0, 10_000)));
        Assert.That(spread, Is.Ordered.And.Unique);
        Assert.That(StepSection.Spread(steps[..40], 40), Is.EqualTo(steps[..40]));
    }

    [Test]
    public void SeveralRunsAreComparedAndEachHasItsPart()
    {
        var page = XDocument.Load(CommandLine.Do("report", runs.Lenet, runs.Perceptron, "--out", runs.In("m.html")).Trim()).Root!;
        var anchors = page.Descendants().Select(element => (string?)element.Attribute("id")).OfType<string>().ToList();
        Assert.That(anchors, Is.EqualTo(new[] { "run1", "run2" }));
        foreach (var link in page.Descendants("a")) Assert.That(anchors, Does.Contain(link.Attribute("href")!.Value[1..]));
        var different = page.Descendants("table").Single(table =>
            table.Descendants("th").Select(title => title.Value).SequenceEqual(["key", "digits", "tiny"]));
        Assert.That(different.Descendants("tr").Select(row => string.Join("|", row.Elements().Select(cell => cell.Value))),
            Does.Contain("model.kind|lenet5|mlp").And.Not.Contain("data.set|digits|digits"));
    }

    [Test]
    public void WarningsAndAnUnfinishedRunAreToldAtTheTop()
    {
        var folder = new RunFolder(runs.Copy(runs.Lenet, "warned"));
        File.WriteAllText(folder.WarningsPath, """
            {"step":99,"epoch":1,"layer":"conv1","cause":"errorsUnderflow","message":"conv1: 99 % <b>of the errors</b> are zero.","remedy":"Raise scheme.kE."}
            not a line
            """);
        File.WriteAllText(folder.ConfigPath, File.ReadAllText(folder.ConfigPath).Replace("epochs: 2", "epochs: 9", StringComparison.Ordinal));
        File.Delete(folder.StatsPath);
        var page = XDocument.Load(CommandLine.Do("report", folder.Path).Trim()).Root!;
        Assert.That(page.Descendants("ul").First().Elements("li").Select(note => note.Value), Is.EqualTo(new[]
        {
            "Warning at step 99: conv1: 99 % <b>of the errors</b> are zero. Raise scheme.kE.",
            "The run is not at its end: 2 of 9 epochs are done (state: finished).",
            "Trained on a part of the data: the first 200 training images.", "Tested on a part of the data: the first 100 test images.",
            "No statistics of the quantizers were recorded: train with --stats every=N to see distributions, ranges and rates.",
        }));
    }

    [Test]
    public void AFolderWithoutARunIsRefused()
    {
        Assert.That(CommandLine.Refusal("report", runs.Lenet, runs.In("nothing")), Does.Contain("nothing: holds no run").And.Contain("HINT"));
        Assert.That(CommandLine.Refusal("report", runs.Lenet, "--out", "/nosuch/r.html"), Does.Contain("/nosuch/r.html"));
        Assert.That(CommandLine.Refusal([.. Enumerable.Repeat(runs.Lenet, 101).Prepend("report")]), Does.Contain("101 runs"));
    }
}
