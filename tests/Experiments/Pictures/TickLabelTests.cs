using System.Xml.Linq;
using Wage.Experiments.Pictures;
using Wage.Experiments.Statistics;
using Wage.Tests.Experiments.Statistics;

namespace Wage.Tests.Experiments.Pictures;

[Parallelizable]
internal sealed class TickLabelTests
{
    /// <summary>What numbers on axes are made of, raised digits among it.</summary>
    private const string Signs = "0123456789.,% \u2212\u2070\u00B9\u00B2\u00B3\u2074\u2075\u2076\u2077\u2078\u2079\u207B";

    private static readonly Frame[] Frames = [new(), new(IsNarrow: true), new(IsNarrow: true, IsTitled: false), new(IsTitled: false)];

    [TestCase(3)]
    [TestCase(300)]
    [TestCase(1_000)]
    [TestCase(40_000)]
    [TestCase(999_999)]
    public void EpochsStandBesideEachOtherInsideThePage(int epochs)
    {
        foreach (var frame in Frames)
        {
            var curve = Curve.Test("a", 0, [(1, 30), (epochs, 10)]);
            AssertApart(Svg.Read(CurvePicture.Draw("t", "s", [curve], [], frame)));
        }
    }

    [TestCase(40)]
    [TestCase(123_456)]
    [TestCase(1_500_000)]
    public void StepNumbersStandBesideEachOtherInsideThePage(int steps)
    {
        string At(string line, long step) => line.Replace("\"step\":5", $"\"step\":{step}", StringComparison.Ordinal);
        string[] lines = [RunStatisticsTests.WeightsAfter, RunStatisticsTests.ErrorsBefore, RunStatisticsTests.ErrorsAfter];
        using var folder = new RunStatisticsTests.StatisticsFolder([.. lines.Select(line => At(line, 0)), .. lines.Select(line => At(line, steps))]);
        var statistics = RunStatistics.Read(folder.Run);
        foreach (var frame in Frames)
        {
            AssertApart(Svg.Read(RatePicture.Draw(TinyRun.Recipe(), statistics, frame)));
            AssertApart(Svg.Read(DistributionPicture.Draw(TinyRun.Recipe(), statistics, steps, frame)));
            AssertApart(Svg.Read(RangePicture.Draw(TinyRun.Recipe(), statistics, steps, frame)));
        }
    }

    [Test]
    public void APageHasAHundredOfManyStepsAndSaysSo()
    {
        string At(string line, int step) => line.Replace("\"step\":5", $"\"step\":{step}", StringComparison.Ordinal);
        string[] lines = [RunStatisticsTests.WeightsAfter, RunStatisticsTests.ErrorsBefore, RunStatisticsTests.ErrorsAfter];
        using var folder = new RunStatisticsTests.StatisticsFolder(
            [.. Enumerable.Range(0, 250).SelectMany(step => lines.Select(line => At(line, step)))]);
        var statistics = RunStatistics.Read(folder.Run);
        foreach (var (frame, count) in new[] { (new Frame(), 250), (new Frame(IsTitled: false), 100) })
        {
            var picture = Svg.Read(RatePicture.Draw(TinyRun.Recipe(), statistics, frame));
            Assert.That(picture.All("polyline").Select(line => line.Points().Count), Is.Not.Empty.And.All.EqualTo(count));
            Assert.That(picture.All("text").Any(text => text.Value == "100 of the 250 recorded steps"), Is.EqualTo(count == 100));
        }
    }

    [TestCase(0.00001, 0.00002)]
    [TestCase(0.0005, 100)]
    [TestCase(99.98, 99.99)]
    public void ErrorsOfManyPlacesHaveRoomLeftOfTheAxis(double low, double high)
    {
        var curve = Curve.Test("a", 0, [(1, high), (2, low)]);
        foreach (var frame in Frames) AssertApart(Svg.Read(CurvePicture.Draw("t", "s", [curve], [], frame)));
    }

    [Test]
    public void TicksGoFirstAndNumbersMoveOnlyAtTheEdge()
    {
        var labels = TickLabel.Of(new LinearScale(0, 100, 0, 200), at => at + 10, (0, 215), 10, tick => $"{tick}");
        Assert.That(labels.Select(label => (label.Text, label.At)), Is.EqualTo(Enumerable.Range(0, 6).Select(i => ($"{20 * i}", 10.0 + (40 * i)))));
        Assert.That(labels.SkipLast(1).All(label => label.X == label.At) && labels[^1].X < labels[^1].At);
    }

    /// <summary>Digits of the widest common font neither touch each other on a line nor leave the page.</summary>
    private static void AssertApart(XElement picture)
    {
        var numbers = picture.All("text").Where(text => text.Value.Length > 0 && text.Value.All(Signs.Contains)).ToList();
        Assert.That(numbers, Is.Not.Empty);
        var boxes = numbers.Select(text =>
        {
            var width = text.Value.Length * (text.Attribute("font-size") is null ? 13 : text.Number("font-size")) * 0.636;
            var left = text.Number("x") - (width * (text.Text("text-anchor") switch { "middle" => 0.5, "end" => 1, _ => 0 }));
            return (text.Value, Y: text.Number("y"), Left: left, Right: left + width);
        }).ToList();
        foreach (var box in boxes) Assert.That(box.Left >= -0.1 && box.Right <= picture.Number("width") + 0.1, $"{box} leaves the page");
        foreach (var line in boxes.GroupBy(box => box.Y))
        {
            foreach (var (first, second) in line.OrderBy(box => box.Left).Zip(line.OrderBy(box => box.Left).Skip(1)))
                Assert.That(second.Left - first.Right, Is.GreaterThan(3), $"{first.Value} and {second.Value} on one line");
        }
    }
}
