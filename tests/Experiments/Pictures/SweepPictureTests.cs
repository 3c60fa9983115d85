using Wage.Experiments.Pictures;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;

namespace Wage.Tests.Experiments.Pictures;

/// <summary>Sweeps as boxes and dots, and seeds as one colour: on made-up results of a real run.</summary>
[Parallelizable]
internal sealed class SweepPictureTests
{
    private readonly ScratchFolder scratch = new();
    private RunRecord tiny = null!;

    [OneTimeSetUp]
    public void Train()
    {
        TinyRun.Finish(scratch.Run("tiny"));
        tiny = RunRecord.Open(scratch.In("tiny"));
    }

    [OneTimeTearDown]
    public void Clean() => scratch.Dispose();

    [Test]
    public void QuartilesWhiskersAndOutliersAreThoseOfTheDefinition()
    {
        // position (n + 1/3) p + 1/3 of 1, 2, 3, 4, 20 is 5/3 for the lower quartile, 3 for the median and 13/3 for the upper.
        var box = BoxSummary.Of([20, 1, 4, 2, 3]);
        Assert.That(box.LowerQuartile, Is.EqualTo(1 + (2.0 / 3)).Within(1e-12));
        Assert.That(box.Median, Is.EqualTo(3));
        Assert.That(box.UpperQuartile, Is.EqualTo(4 + (16.0 / 3)).Within(1e-12));
        Assert.That((box.LowerWhisker, box.UpperWhisker, box.Outliers.Count), Is.EqualTo((1.0, 20.0, 0)), "the fence is 20.83");
        box = BoxSummary.Of([1, 2, 3, 4, 5, 6, 7, 30]);
        Assert.That((box.LowerWhisker, box.UpperWhisker), Is.EqualTo((1.0, 7.0)));
        Assert.That(box.Outliers, Is.EqualTo(new[] { 30.0 }));
        box = BoxSummary.Of([2]);
        Assert.That((box.LowerWhisker, box.LowerQuartile, box.Median, box.UpperQuartile, box.UpperWhisker), Is.EqualTo((2.0, 2.0, 2.0, 2.0, 2.0)));
    }

    [Test]
    public void FiveSeedsMakeABoxAndFewerAreDots([Values(Theme.Light, Theme.Dark)] Theme theme, [Values] bool isNarrow)
    {
        SweepPoint[] points = [new("2", [40, 44, 48, 52, 56]), new("4", [10, 20]), new("8", [1, 2, 3, 4, 5, 6, 7, 30])];
        var data = new SweepData("scheme.kE", ["2", "4", "8"], [new(string.Empty, points)], 0);
        var picture = Svg.Read(SweepPicture.Draw("t", data, new Frame(isNarrow)), theme);
        var boxes = picture.All("rect").Where(rect => rect.Text("data-box") == "true").ToList();
        Assert.That(boxes, Has.Count.EqualTo(2));
        Assert.That(picture.All("circle").Select(dot => dot.Text("data-dot")).Where(dot => dot.Length > 0), Is.EqualTo(new[] { "10.00", "20.00" }));
        Assert.That(picture.All("circle").Count(dot => dot.Text("data-outlier") == "true"), Is.EqualTo(1));
        Assert.That(picture.All("line").Count(line => line.Text("data-whisker") == "true"), Is.EqualTo(4));

        // Equal factors are equal heights: the dots 10 and 20 give the axis, on which every part must lie.
        var dots = picture.All("circle").Where(dot => dot.Text("data-dot").Length > 0).Select(dot => dot.Number("cy")).ToList();
        double At(double percent) => dots[0] + ((dots[1] - dots[0]) * Math.Log2(percent / 10));
        Assert.That(boxes[0].Number("y"), Is.EqualTo(At(BoxSummary.Of([40, 44, 48, 52, 56]).UpperQuartile)).Within(0.3));
        Assert.That(boxes[0].Number("y") + boxes[0].Number("height"), Is.EqualTo(At(BoxSummary.Of([40, 44, 48, 52, 56]).LowerQuartile)).Within(0.3));
        var medians = picture.All("line").Where(line => line.Text("data-median") == "true").Select(line => line.Number("y1")).ToList();
        foreach (var (y, percent) in medians.Zip([48, 15, 4.5])) Assert.That(y, Is.EqualTo(At(percent)).Within(0.3));
        var line = picture.All("polyline").Single(polyline => polyline.Text("data-medians") == "true").Points();
        Assert.That(line[1].X - line[0].X, Is.EqualTo((line[2].X - line[1].X) / 2).Within(0.11), "4 is 2 from 2 and 4 from 8");
        Assert.That(picture.All("text").Select(text => text.Value), Is.SupersetOf(new[] { "2", "4", "8", "48.00", "15.00", "4.50" }));
        Assert.That(picture.All("title").Select(title => title.Value), Does.Contain("kE 8: median 4.50 %, 1.00 to 30.00 %, 8 seeds"));
    }

    [Test]
    public void TheAxisIsTheKeyThatDiffersAndItsValuesAreInOrder()
    {
        var data = SweepData.Of(
            [Run(10, "scheme.kE=12"), Run(20, "scheme.kE=4"), Run(22, "scheme.kE=4", "training.seed=2"), Run(5, "scheme.kE=8")], null);
        Assert.That((data.Key, string.Join(' ', data.Values), data.Series.Count), Is.EqualTo(("scheme.kE", "4 8 12", 1)));
        Assert.That(data.Series[0].Points.Select(point => point.Percents), Is.EqualTo(new[] { new[] { 20.0, 22 }, [5.0], [10.0] }));
        Assert.That(SweepData.Of([Run(3, "training.eta=1/2"), Run(4, "training.eta=1/16"), Run(4, "training.eta=2")], null).Values,
            Is.EqualTo(new[] { "1/16", "1/2", "2" }));
        Assert.That(SweepData.Of([Run(3, "scheme.rounding=halfEven"), Run(4, "scheme.rounding=halfAway")], null).Values,
            Is.EqualTo(new[] { "halfAway", "halfEven" }));
    }

    [Test]
    public void NamesStandSideBySideWithoutALineAndPowersAtEqualDistances()
    {
        var named = Svg.Read(SweepPicture.Draw([Run(3, "scheme.rounding=halfEven"), Run(4, "scheme.rounding=halfAway")], null, new Frame()));
        Assert.That(named.All("polyline"), Is.Empty);
        var powers = Svg.Read(SweepPicture.Draw(
            [Run(3, "training.eta=1/2"), Run(4, "training.eta=1/4"), Run(4, "training.eta=1"), Run(4, "training.eta=8")], null, new Frame()));
        var x = powers.All("polyline").Single().Points().Select(point => point.X).ToList();
        Assert.That((x[1] - x[0], x[3] - x[2]), Is.EqualTo((x[2] - x[1], 3 * (x[1] - x[0]))).Using<double>((a, b) => Math.Abs(a - b) < 0.3));
    }

    [Test]
    public void AKeyThatGoesWithTheAxisIsNoSecondSeriesAndAnotherOneIs()
    {
        RunRecord[] together = [Run(3, "scheme.kG=4", "training.eta=1/16"), Run(4, "scheme.kG=8", "training.eta=1")];
        Assert.That(SweepData.Of(together, "scheme.kG").Series.Select(series => series.Name), Is.EqualTo(new[] { string.Empty }));
        RunRecord[] grid = [.. from kE in new[] { 4, 8 } from kA in new[] { 4, 8 } select Run(kE + kA, $"scheme.kE={kE}", $"scheme.kA={kA}")];
        var data = SweepData.Of(grid, "scheme.kE");
        Assert.That(data.Series.Select(series => series.Name), Is.EqualTo(new[] { "kA 4", "kA 8" }));
        var picture = Svg.Read(SweepPicture.Draw("t", data, new Frame()));
        Assert.That(picture.All("polyline").Select(line => line.Text("class")), Is.EqualTo(new[] { "s1", "s2" }));
        Assert.That(picture.All("text").Select(text => text.Value), Is.SupersetOf(new[] { "kA 4", "kA 8" }));
    }

    [Test]
    public void RunsThatMakeNoSweepAreRefusedInOneLineWithAWayOut()
    {
        string Refusal(string? axis, params RunRecord[] runs) => Assert.Throws<WageException>(() => SweepData.Of(runs, axis))!.Message;
        Assert.That(
            Refusal(null, Run(3), Run(4, "training.seed=2")),
            Does.Contain("the 2 finished runs differ in no key but the seed").And.Contain("--kind curves"));
        RunRecord[] grid = [Run(3, "scheme.kE=4", "scheme.kA=4"), Run(3, "scheme.kE=4"), Run(3)];
        Assert.That(Refusal(null, grid), Does.Contain("the runs differ in scheme.kA, scheme.kE").And.Contain("--x scheme.kA"));
        Assert.That(
            Refusal("scheme.kF", grid),
            Does.Contain("--x: is 'scheme.kF'").And.Contain("differ in scheme.kA, scheme.kE").And.Contain("did you mean"));
        Assert.That(Refusal(null, Run(3) with { Rows = [] }), Does.Contain("no run is finished yet"));
        Assert.That(SweepData.TryOf(grid), Is.Null);
    }

    [Test]
    public void UnfinishedRunsAreLeftOutAndCounted()
    {
        var whole = Run(50, "scheme.kE=5");
        var half = whole with { Rows = [.. whole.Rows.Take(2)] };
        var picture = Svg.Read(SweepPicture.Draw([Run(3, "scheme.kE=4"), Run(4), half], null, new Frame()));
        Assert.That(picture.All("circle").Select(dot => dot.Text("data-dot")), Is.EqualTo(new[] { "3.00", "4.00" }));
        Assert.That(
            picture.All("text").Select(text => text.Value),
            Does.Contain("test error of each run's best epoch, chosen on the test set; one run each; 1 unfinished run is left out"));
    }

    [Test]
    public void SeedsShareAColourWithABoldMeanAndOneName()
    {
        RunRecord[] runs = [Run(10), Run(20, "training.seed=2"), Run(60, "training.seed=3"), Run(5, "scheme.kE=5")];
        var picture = Svg.Read(CurvePicture.Draw(runs, new Frame()));
        var blue = picture.All("polyline").Where(line => line.Text("class") == "s1").OrderBy(line => line.Number("stroke-width")).ToList();
        Assert.That(blue.Select(line => line.Text("stroke-width")), Is.EqualTo(new[] { "1.2", "1.2", "1.2", "2.8" }));
        var (seeds, mean) = (blue[..3].Select(line => line.Points()[^1].Y).Order().ToList(), blue[3].Points()[^1].Y);
        Assert.That(mean, Is.GreaterThan(seeds[0]).And.LessThan(seeds[1]), "30 %, the mean, is below 60 % and above 20 %");
        var texts = picture.All("text").Select(text => text.Value).ToList();
        Assert.That(texts, Is.SupersetOf(new[] { "kE 8, 3 seeds", "last 30.00 \u00B1 26.46 %, best 30.00 \u00B1 26.46 %", "kE 5" }));
        Assert.That(texts.Where(text => text.Contains("seed 2", StringComparison.Ordinal)), Is.Empty, "a seed is named by its tooltip");
    }

    [Test]
    public void TheMeanEndsWhereTheFirstSeedEnds()
    {
        var late = Run(20, "training.seed=2");
        var group = RunGroup.Of([Run(10), late with { Rows = late.Rows.Take(2).ToList() }]).Single();
        Assert.That(group.ChooserErrors().Select(error => error.Epoch), Is.EqualTo(new[] { 1, 2 }));
        Assert.That((group.Name, group.ChooserErrors()[0].Percent.Mean, group.Best()!.Value.Mean), Is.EqualTo(("2 seeds", 15.0, 15.0)));
    }

    [Test]
    public void TheSameSeedTwiceIsNoRepetition() =>
        Assert.That(RunGroup.Of([Run(10), Run(10)]).Select(group => group.Runs.Count), Is.EqualTo(new[] { 1, 1 }));

    [Test]
    public void OfManyConfigurationsTheBestAreNamedAndTheOthersGray()
    {
        RunRecord[] runs = [.. Enumerable.Range(0, 30).Select(i => Run(90 - i, $"training.eta={i + 1}"))];
        var picture = Svg.Read(CurvePicture.Draw(runs, new Frame()));
        var names = picture.All("text").Select(text => text.Value).Where(text => text.StartsWith("lr ", StringComparison.Ordinal));
        Assert.That(names, Is.EquivalentTo(Enumerable.Range(19, 12).Select(i => $"lr {i}")));
        Assert.That(picture.All("polyline").Count(line => line.Text("class") == "grid"), Is.EqualTo(18));
        Assert.That(picture.Number("height"), Is.LessThan(600));
    }

    [Test]
    public void AFolderOfRunsStandsForThemWithNumbersInOrder()
    {
        foreach (var name in new[] { "kE=10-seed1", "kE=9-seed1" })
        {
            var copy = scratch.In(Path.Combine("many", name));
            Directory.CreateDirectory(copy);
            foreach (var file in Directory.GetFiles(tiny.Folder.Path)) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        Directory.CreateDirectory(scratch.In(Path.Combine("many", "empty")));
        var names = GivenRuns.Open([scratch.In("tiny"), scratch.In("many")]).Runs.Select(run => run.FolderName);
        Assert.That(names, Is.EqualTo(new[] { "tiny", "kE=9-seed1", "kE=10-seed1" }));
        var empty = Path.Combine(scratch.In("many"), "empty");
        Assert.That(() => GivenRuns.Open([empty]), Throws.TypeOf<WageException>().With.Message.Contains("empty: holds no run"));
    }

    /// <summary>The tiny run with this test error after every epoch and other settings.</summary>
    private RunRecord Run(double percent, params string[] settings) => tiny with
    {
        Recipe = tiny.Recipe.With(settings.Select(GivenValue.FromSetting)),
        Rows = [.. tiny.Rows.Select(row => row with { ChooserError = percent / 100 })],
    };
}
