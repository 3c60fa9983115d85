using Wage.Experiments.Pictures;

namespace Wage.Tests.Experiments.Pictures;

[Parallelizable]
internal sealed class CurvePictureTests
{
    [Test]
    public void EveryValueLiesOnItsPlaceOfTheAxes()
    {
        var picture = Svg.Read(CurvePicture.Draw("t", "s", [Test("a", 0, 40, 20, 10, 10), Test("b", 1, 20, 5)], [5.0], new Frame()));
        var (a, b) = (Line(picture, 0), Line(picture, 1));
        Assert.That(a.Select(point => point.X), Is.Ordered.And.Unique);
        Assert.That(b.Select(point => point.X), Is.EqualTo(a.Take(2).Select(point => point.X)), "equal epochs lie under each other");
        Assert.That((a[1].Y, a[2].Y), Is.EqualTo((b[0].Y, a[3].Y)), "equal errors are at equal heights");
        Assert.That(a[0].Y - a[1].Y, Is.EqualTo(a[1].Y - a[2].Y).Within(0.11), "equal factors are equal steps");
        var published = picture.All("line").Single(line => line.Text("data-published") == "5.00");
        Assert.That((published.Number("y1"), published.Number("y2")), Is.EqualTo((b[1].Y, b[1].Y)));
        foreach (var tick in new[] { "5 %", "10 %", "20 %" }) Assert.That(picture.All("text").Select(text => text.Value), Does.Contain(tick));
        Assert.That(
            picture.All("text").Select(text => text.Value),
            Is.SupersetOf(new[] { "1", "2", "3", "4", "epoch", "published 5.00 %", "last 10.00 %, best 10.00 %" }));
    }

    [Test]
    public void TheRingMarksTheFirstBestEpochOfATestErrorOnly()
    {
        var train = new Curve("train", 1, [(1, 8), (2, 1)], CurveKind.Train, "last 1.00 %");
        var picture = Svg.Read(CurvePicture.Draw("t", "s", [Test("a", 0, 9, 3, 3, 4), train], [], new Frame()));
        var ring = picture.All("circle").Single(circle => circle.Text("data-best") == "true");
        var line = picture.All("polyline").Single(polyline => polyline.Text("stroke-dasharray") == "none").Points();
        Assert.That((ring.Number("cx"), ring.Number("cy")), Is.EqualTo(line[1]));
    }

    [Test]
    public void AnErrorOfZeroHasItsOwnLineBelowTheLogarithmicAxis()
    {
        var picture = Svg.Read(CurvePicture.Draw("t", "s", [Test("a", 0, 1, 0.1, 0)], [], new Frame()));
        var line = Line(picture, 0);
        Assert.That(line[2].Y - line[1].Y, Is.GreaterThan(10));
        var label = picture.All("text").Single(text => text.Value == "0 %");
        Assert.That(label.Number("y") - 4, Is.EqualTo(line[2].Y));
    }

    [Test]
    public void LabelsOfManyRunsNeitherCoverEachOtherNorLeaveThePage()
    {
        var curves = Enumerable.Range(0, 25).Select(i =>
            Test($"run {i} with a name that is longer than the picture is wide, or nearly", i, 5 + (0.01 * i), 2)).ToList();
        var picture = Svg.Read(CurvePicture.Draw("t", "s", curves, [0.4], new Frame()));
        var labels = picture.All("text").Where(text => text.Number("x") > 725 && text.Number("y") > 60).OrderBy(text => text.Number("y")).ToList();
        Assert.That(labels, Has.Count.EqualTo(51));
        foreach (var (first, second) in labels.Zip(labels.Skip(1))) Assert.That(second.Number("y") - first.Number("y"), Is.GreaterThan(11));
        var (width, height) = (picture.Number("width"), picture.Number("height"));
        foreach (var label in labels)
        {
            Assert.That(label.Number("y"), Is.InRange(20, height));
            Assert.That(label.Number("x") + Markup.Width(label.Value, 13), Is.LessThanOrEqualTo(width), label.Value);
        }
    }

    [Test]
    public void OnANarrowPageTheLegendIsAListBelow()
    {
        Curve[] curves = [Test("first", 0, 95, 20), Test("second", 1, 20, 0.05)];
        var picture = Svg.Read(CurvePicture.Draw("t", "s", curves, [0.4], new Frame(IsNarrow: true)));
        Assert.That(picture.Number("width"), Is.EqualTo(Frame.NarrowWidth));
        var lowest = Line(picture, 1).Max(point => point.Y);
        string[] names = ["first", "second", "published 0.40 %"];
        var labels = names.Select(name => picture.All("text").Single(text => text.Value == name)).ToList();
        Assert.That(labels.Select(label => label.Number("y")), Is.Ordered.And.All.GreaterThan(lowest));
        foreach (var text in picture.All("text")) Assert.That(text.Number("y"), Is.LessThan(picture.Number("height")), text.Value);
        var ticks = picture.All("text").Where(text => text.Text("text-anchor") == "end").ToList();
        Assert.That(ticks.Select(tick => tick.Value), Is.SupersetOf(new[] { "100 %", "0.1 %" }));
        foreach (var tick in ticks) Assert.That(tick.Number("x"), Is.GreaterThan(tick.Value.Length * 12 * 0.636), "digits of 0.636 em have room");
    }

    [Test]
    public void ALineTellsItsValuesAsTheyAreWritten()
    {
        var line = Svg.Read(CurvePicture.Draw("t", "s", [Test("a", 0, 40, 2.345)], [], new Frame())).All("polyline").Single();
        Assert.That((line.Text("data-axis"), line.Text("data-name"), line.Text("data-read")), Is.EqualTo(("epoch", "a", "1 40.00 %,2 2.35 %"))
            .Or.EqualTo(("epoch", "a", "1 40.00 %,2 2.34 %")));
    }

    [Test]
    public void WithoutAFinishedEpochThereIsNothingToDraw() =>
        Assert.That(() => CurvePicture.Draw("t", "s", [Test("a", 0)], [0.4], new Frame()),
            Throws.TypeOf<WageException>().With.Message.Contains("no run has a finished epoch"));

    [Test]
    public void NamesOfStrangersStayText()
    {
        var name = ShownRuns.Hostile[..20] + "\u0001\ud800";
        var picture = Svg.Read(CurvePicture.Draw(ShownRuns.Hostile, "s", [Test(name, 0, 3)], [], new Frame()));
        Assert.That(picture.All("script"), Is.Empty);
        Assert.That(picture.All("text").First().Value, Is.EqualTo(ShownRuns.Hostile));
        Assert.That(picture.All("text").Select(text => text.Value), Does.Contain(ShownRuns.Hostile[..20] + "\uFFFD\uFFFD"));
    }

    [Test]
    public void AThemeHasItsColoursAloneAndAutoBoth()
    {
        string Css(Theme theme) => Svg.Read(CurvePicture.Draw("t", "s", [Test("a", 0, 3)], [], new Frame()), theme).All("style").Single().Value;
        Assert.That(Css(Theme.Light), Does.Contain("#ffffff").And.Not.Contain("#12171c").And.Not.Contain("@media"));
        Assert.That(Css(Theme.Dark), Does.Contain("#12171c").And.Not.Contain("#ffffff").And.Not.Contain("@media"));
        Assert.That(Css(Theme.Auto), Does.Contain("#ffffff").And.Contain("#12171c").And.Contain("prefers-color-scheme:dark"));
    }

    [Test]
    public void EveryTextAndSeriesColourHasContrastWithItsBackground()
    {
        foreach (var theme in new[] { Theme.Light, Theme.Dark })
        {
            var colours = Contrast.Colours(theme);
            var series = Enumerable.Range(1, Palette.Series).Select(i => ($"f{i}", 3.5));
            foreach (var (name, least) in new[] { ("ink", 7.0), ("soft", 4.5) }.Concat(series))
                Assert.That(Contrast.Of(colours[name], colours["page"]), Is.GreaterThan(least), $"{name} on {theme}");
        }
    }

    private static Curve Test(string name, int series, params double[] percents) =>
        Curve.Test(name, series, [.. percents.Select((percent, i) => (i + 1, percent))]);

    private static IReadOnlyList<(double X, double Y)> Line(System.Xml.Linq.XElement picture, int series) =>
        picture.All("polyline").Single(line => line.Text("class") == $"s{Palette.Class(series)}").Points();
}
