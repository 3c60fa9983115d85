using System.Text.Json;
using System.Xml.Linq;
using Wage.Experiments.Pictures;
using Wage.Experiments.Recipes;
using Wage.Experiments.Reports;
using Wage.Experiments.Runs;
using Wage.Tests.Experiments.Pictures;
using static Wage.Tests.Experiments.Reports.PageElements;

namespace Wage.Tests.Experiments.Reports;

/// <summary>wage report, on runs of seconds.</summary>
[Parallelizable]
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
        foreach (var row in run.Rows) Assert.That(text, Does.Contain(Wage.Experiments.Display.Format.Percent(row.ChooserError)));
        Assert.That(text, Does.Contain(run.Summary["weightsSha256"]!.ToString()));
        var cells = page.Descendants("td").Select(cell => cell.Value).ToList();
        foreach (var key in RecipeKeys.All) Assert.That(cells, Does.Contain(key.Name).And.Contain(key.Description));
        Assert.That(page.Descendants("tr").Where(row => (string?)row.Attribute("class") == "changed").Select(row => row.Elements().First().Value),
            Does.Contain("data.train").And.Not.Contain("training.shuffle"));
        Assert.That(cells, Is.SupersetOf(new[] { "conv1", "conv2", "dense1", "dense2", "5x5 conv, valid" }));
        Assert.That(page.All("svg").Count(), Is.EqualTo(2 * 6), "curves, rates, distributions, ranges, filters, confusion: each wide and narrow");
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
        Assert.That(svgs, Is.EqualTo(2 * 5));
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
        foreach (var change in changes) Assert.That(change.EnumerateObject().Select(field => field.Name), Is.EquivalentTo(keys.Distinct()));
        var shared = section.All("use").Select(use => section.Descendants().Single(shape => $"#{shape.Text("id")}" == use.Text("href")))
            .Select(shape => shape.Text("data-key"));
        Assert.That(
            keys.Concat(shared).GroupBy(key => key).Select(same => same.Count()), Is.All.EqualTo(2),
            "a place in the wide picture and one in the narrow, which may refer to the wide one's");
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
    public void WarningsAndAnUnfinishedRunAreToldAtTheTop()
    {
        var folder = new RunFolder(runs.Copy(runs.Lenet, "warned"));
        File.WriteAllText(folder.WarningsPath, """
            {"step":99,"message":"conv1: 99 % <b>of the errors</b> are zero.","remedy":"Raise scheme.kE."}
            not a line
            """);
        File.WriteAllText(folder.ConfigPath, File.ReadAllText(folder.ConfigPath).Replace("epochs: 2", "epochs: 9", StringComparison.Ordinal));
        File.Delete(folder.StatsPath);
        var page = XDocument.Load(CommandLine.Do("report", folder.Path).Trim()).Root!;
        Assert.That(Classed(page, "notes").Single().Elements().Select(note => note.Value), Is.EqualTo(new[]
        {
            "Warning at step 99: conv1: 99 % <b>of the errors</b> are zero. Raise scheme.kE.",
            "The run is not at its end. 2 of 9 epochs are done, and shown here.",
            "Trained on a part of the data: the first 200 training images.", "Tested on a part of the data: the first 100 test images.",
            "No statistics of the quantizers were recorded: train with --stats every=N to see distributions, ranges and rates.",
        }));
    }

    [Test]
    public void AFolderWithoutARunIsRefused()
    {
        Assert.That(CommandLine.Refusal("report", runs.Lenet, runs.In("nothing")), Does.Contain("nothing: holds no run").And.Contain("HINT"));
        var absent = runs.In("absent/r.html");
        Assert.That(CommandLine.Refusal("report", runs.Lenet, "--out", absent), Does.Contain(absent));
        Assert.That(CommandLine.Refusal([.. Enumerable.Repeat(runs.Lenet, 101).Prepend("report")]), Does.Contain("101 runs"));
    }

    [Test]
    public void TagsAndTheNoteAreShownAndStayText()
    {
        var folder = new RunFolder(runs.Copy(runs.Lenet, "noted"));
        CommandLine.Do("runs", "tag", folder.Path, "baseline", "v2:final");
        CommandLine.Do("runs", "note", folder.Path, ShownRuns.Hostile);
        var html = File.ReadAllText(CommandLine.Do("report", folder.Path).Trim());
        var page = XDocument.Parse(html).Root!;
        Assert.That(Classed(page, "tags").Single().Elements().Select(tag => tag.Value), Is.EqualTo(new[] { "baseline", "v2:final" }));
        Assert.That(Classed(page, "note").Single().Value, Is.EqualTo(ShownRuns.Hostile));
        Assert.That(html, Does.Not.Contain("<script>alert"));
        var both = XDocument.Load(CommandLine.Do("report", folder.Path, runs.Perceptron, "--out", runs.In("b.html")).Trim()).Root!;
        Assert.That(Cells(both, "runs").Select(row => row[^2]), Is.EqualTo(new[] { "tags", "baseline, v2:final", string.Empty }));
        Assert.That(Cells(both, "runs").Select(row => row[^1]), Is.EqualTo(new[] { "note", ShownRuns.Hostile, string.Empty }));
        File.WriteAllText(folder.NotesPath, "{\"tags\":[3,\"<b>\",\"ok\"],\"note\":[]}");
        page = XDocument.Load(CommandLine.Do("report", folder.Path).Trim()).Root!;
        Assert.That(Classed(page, "tags").Single().Elements().Select(tag => tag.Value), Is.EqualTo(new[] { "ok" }), "a damaged file is no error");
        Assert.That(Classed(page, "note"), Is.Empty);
    }

    [TestCase("running", "The run was interrupted", "its process was killed")]
    [TestCase("interrupted", "The run was interrupted", "")]
    [TestCase("failed", "The run was stopped by an error", "")]
    public void AnUnfinishedRunSaysHowItStands(string state, string told, string why)
    {
        var folder = new RunFolder(runs.Copy(runs.Lenet, state));
        File.WriteAllText(folder.ConfigPath, File.ReadAllText(folder.ConfigPath).Replace("epochs: 2", "epochs: 9", StringComparison.Ordinal));
        File.WriteAllText(folder.SummaryPath, File.ReadAllText(folder.SummaryPath).Replace("finished", state, StringComparison.Ordinal));
        var page = XDocument.Load(CommandLine.Do("report", folder.Path).Trim()).Root!;
        Assert.That(Classed(page, "notes").Single().Elements().First().Value, Does.StartWith(told).And.Contain("2 of 9 epochs"), why);
    }

    [Test]
    public void EachScreenGetsTheLayoutMadeForItAndPaperTheLightColours()
    {
        var page = XDocument.Load(CommandLine.Do("report", runs.Lenet, "--theme", "dark", "--out", runs.In("l.html")).Trim()).Root!;
        var pictures = Classed(page, "picture").ToList();
        Assert.That(pictures, Has.Count.EqualTo(5));
        foreach (var picture in pictures)
        {
            var widths = picture.Elements().ToDictionary(
                svg => svg.Text("class"), svg => double.Parse(svg.Text("viewBox").Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture));
            Assert.That(widths.Keys, Is.EqualTo(new[] { "wide-screen", "narrow-screen" }));
            Assert.That(widths["narrow-screen"], Is.EqualTo(Frame.NarrowWidth));
            Assert.That(widths["wide-screen"], Is.LessThanOrEqualTo(1000));
            foreach (var svg in picture.Elements())
                Assert.That(svg.Text("style"), Does.Not.Contain("min-width"), "a least width would make the page scroll sideways");
        }

        var style = page.Descendants("style").First().Value;
        Assert.That(style, Does.Contain(".picture .narrow-screen{display:none}").And.Contain("@media screen and (max-width:900px)"));
        Assert.That(style[style.LastIndexOf("@media print", StringComparison.Ordinal)..], Does.Contain("--page:#ffffff").And.Not.Contain("#12171c"));
    }

    [Test]
    public void WhatScrollsOrSlidesIsReachedByTheKeyboardAndNamed()
    {
        var page = XDocument.Load(CommandLine.Do("report", runs.Lenet, "--out", runs.In("k.html")).Trim()).Root!;
        foreach (var box in Classed(page, "wide"))
            Assert.That((box.Text("tabindex"), box.Text("role"), box.Text("aria-label").Length > 0), Is.EqualTo(("0", "region", true)));
        Assert.That(page.Descendants("input").Single().Text("aria-label"), Is.EqualTo("training step"));
        var anchors = Anchors(page);
        var links = page.Descendants("nav").Single().Elements("a").Select(link => link.Text("href")[1..]);
        Assert.That(links, Is.EqualTo(anchors), "a link for each part");
    }

    [Test]
    public void BackticksBecomeCodeInEveryText()
    {
        var folder = new RunFolder(runs.Copy(runs.Lenet, "typed"));
        File.WriteAllText(folder.WarningsPath, """{"step":9,"message":"a `b`","remedy":"`wage show --keys`; an open ` stays."}""");
        File.WriteAllText(folder.ConfigPath, File.ReadAllText(folder.ConfigPath).Replace("epochs: 2", "epochs: 9", StringComparison.Ordinal));
        File.WriteAllText(folder.SummaryPath, File.ReadAllText(folder.SummaryPath).Replace("finished", "interrupted", StringComparison.Ordinal));
        File.Delete(folder.StatsPath);
        foreach (var given in new[] { new[] { folder.Path }, [folder.Path, runs.Lenet] })
        {
            var page = XDocument.Load(CommandLine.Do(["report", .. given, "--out", runs.In("t.html")]).Trim()).Root!;
            var texts = page.DescendantNodes().OfType<XText>().Where(text => text.Parent!.Name.LocalName is not ("script" or "style"))
                .Select(text => text.Value).Where(text => text.Contains('`', StringComparison.Ordinal)).Distinct();
            Assert.That(texts, Is.EqualTo(new[] { "; an open ` stays." }), "an open one is no code");
            Assert.That(page.Descendants("code").Select(code => code.Value), Is.SupersetOf(new[]
            {
                "b", "wage show --keys", "wage report", "wage train --resume --out FOLDER", "--stats every=N",
            }));
        }
    }

    [Test]
    public void WhatBothLayoutsShowStandsOnThePageOnce()
    {
        var html = File.ReadAllText(CommandLine.Do("report", runs.Lenet, "--out", runs.In("o.html")).Trim());
        foreach (var shapes in new[] { "<image [^>]*>", "<path [^>]{150,}>", "data-read=\"[^\"]*\"" })
        {
            var found = System.Text.RegularExpressions.Regex.Matches(html, shapes).Select(match =>
                System.Text.RegularExpressions.Regex.Replace(match.Value, " id=\"[^\"]*\"", string.Empty)).ToList();
            Assert.That(found, Is.Not.Empty.And.Unique, shapes);
        }
    }
}
