using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Xml.Linq;
using Wage.Experiments.Pictures;
using Wage.Experiments.Runs;
using Wage.Experiments.Statistics;
using Wage.Training;

namespace Wage.Tests.Experiments.Pictures;

/// <summary>wage plot, on runs of seconds.</summary>
[Parallelizable]
internal sealed class PlotTests
{
    private ShownRuns runs = null!;

    [OneTimeSetUp]
    public void Train() => runs = new ShownRuns();

    [OneTimeTearDown]
    public void Clean() => runs.Dispose();

    [TestCase(false, "light")]
    [TestCase(true, "dark")]
    public void EveryKindIsOneWellFormedPictureInTheRunFolder(bool isNarrow, string theme)
    {
        foreach (var kind in PlotKinds.Names)
        {
            var run = kind switch { "sweep" => runs.Sweep, "intervals" or "codes" => runs.Affine, _ => runs.Lenet };
            string[] command = ["plot", run, "--kind", kind, "--theme", theme, .. isNarrow ? ["--narrow"] : Array.Empty<string>()];
            var output = CommandLine.Do(command).Trim();
            Assert.That(output, Is.EqualTo(Path.Combine(run, $"{kind}.svg")));
            var picture = XDocument.Load(output).Root!;
            Assert.That(picture.Name.LocalName, Is.EqualTo("svg"));
            Assert.That(picture.Text("aria-label"), Is.Not.Empty);
            Assert.That(picture.All("style").Single().Value, theme == "dark" ? Does.Contain("#12171c") : Does.Not.Contain("#12171c"));
            var (width, height) = (picture.Number("width"), picture.Number("height"));
            Assert.That(width, isNarrow ? Is.EqualTo(Frame.NarrowWidth) : Is.InRange(560, 1000));
            Assert.That(picture.Text("viewBox"), Is.EqualTo($"0 0 {picture.Text("width")} {picture.Text("height")}"));
            foreach (var text in picture.All("text"))
            {
                Assert.That(text.Number("x"), Is.InRange(0, width), $"{kind}: {text.Value}");
                Assert.That(text.Number("y"), Is.InRange(0, height), $"{kind}: {text.Value}");
                var size = text.Attribute("font-size") is null ? 13 : text.Number("font-size");
                Assert.That(size, Is.GreaterThanOrEqualTo(9.5), $"{kind}: {text.Value}");
            }

            Assert.That(File.ReadAllText(output), Does.Not.Match("(href|src)=\"(?!data:)"), "nothing is fetched");
        }
    }

    [Test]
    public void RangesAndCodesOverTheRunAreThoseOfTheStatistics()
    {
        var statistics = RunStatistics.Read(new RunFolder(runs.Affine));
        var intervals = XDocument.Load(CommandLine.Do("plot", runs.Affine, "--kind", "intervals", "--out", runs.In("i.svg")).Trim()).Root!;
        var quantized = statistics.At(statistics.Steps[^1]).Where(line => line.Codes is not null).ToList();
        Assert.That(quantized, Has.Count.EqualTo(7), "four weights and three activations");
        Assert.That(intervals.All("polyline").Count(), Is.EqualTo(2 * quantized.Count));
        Assert.That(intervals.All("polyline").Select(line => line.Points().Count), Has.All.EqualTo(statistics.Steps.Count));
        var titles = intervals.All("text").Select(text => text.Value).ToList();
        Assert.That(titles, Is.SupersetOf(new[] { "conv1, weights", "conv1, activations", "dense2, weights" }));
        var codes = XDocument.Load(CommandLine.Do("plot", runs.Affine, "--kind", "codes", "--out", runs.In("k.svg")).Trim()).Root!;
        Assert.That(codes.All("text").Select(text => text.Value), Has.Some.EqualTo("codes that weights use, %"));
        Assert.That(() => CommandLine.Do("plot", runs.Lenet, "--kind", "intervals"), Throws.Exception.With.Message.Contains("no scale of their own"));
        Assert.That(() => CommandLine.Do("plot", runs.Lenet, "--kind", "codes"), Throws.Exception.With.Message.Contains("take --kind rates"));
    }

    [Test]
    public void SeveralRunsShareTheAxesAndAreNamedByWhatDiffers()
    {
        var picture = XDocument.Load(CommandLine.Do("plot", runs.Lenet, runs.Perceptron, "--out", runs.In("two.svg")).Trim()).Root!;
        Assert.That(picture.All("polyline").Select(line => line.Points().Count), Is.EquivalentTo(new[] { 2, 4 }));
        Assert.That(picture.All("text").Select(text => text.Value), Is.SupersetOf(new[] { "digits", "tiny", "published 2.50 %" }));
    }

    [Test]
    public void RunsAreNamedByTheirDifferencesElseByRecipeElseByFolder()
    {
        var lenet = RunRecord.Open(runs.Lenet);
        RunRecord With(params string[] settings) =>
            lenet with { Recipe = lenet.Recipe.With(settings.Select(Wage.Experiments.Recipes.GivenValue.FromSetting)) };
        Assert.That(RunNames.Of([With("training.seed=1"), With("training.seed=2")]), Is.EqualTo(new[] { "seed 1", "seed 2" }));
        Assert.That(RunNames.Of([With("scheme.kE=5"), With("scheme.kE=6", "training.seed=2")]), Is.EqualTo(new[] { "kE 5, seed 1", "kE 6, seed 2" }));
        Assert.That(RunNames.Of([lenet, RunRecord.Open(runs.Perceptron)]), Is.EqualTo(new[] { "digits", "tiny" }));
        Assert.That(RunNames.Of([lenet, RunRecord.Open(runs.Copy(runs.Lenet, "again"))]), Is.EqualTo(new[] { "lenet", "again" }));
    }

    [Test]
    public void FilterBitmapsHoldTheWeightsOfTheBestCheckpoint()
    {
        var picture = XDocument.Load(CommandLine.Do("plot", runs.Lenet, "--kind", "filters", "--out", runs.In("f.svg")).Trim()).Root!;
        var sheets = picture.All("image").Select(image => Bitmap(image.Text("href"))).ToList();
        Assert.That(sheets, Has.Count.EqualTo(2), "stored and used, each one bitmap");
        var layout = new FilterSheet(32, 5, 5);
        Assert.That(sheets.Select(sheet => sheet.Length), Is.All.EqualTo(4 * layout.Width * layout.Height));
        byte[] Dot(int sheet, int filter, int dot)
        {
            var (x, y) = layout.Place(filter);
            return sheets[sheet][(4 * ((layout.Width * (y + (dot / 5))) + x + (dot % 5)))..][..4];
        }

        var stored = Checkpoint.Read(new RunFolder(runs.Lenet).BestPath).Weights[0].Bytes.Select(weight => (sbyte)weight).ToArray();
        for (var filter = 0; filter < 32; filter++)
        {
            for (var dot = 0; dot < 25; dot++)
            {
                var (weight, rgba) = (stored[(filter * 25) + dot], Dot(0, filter, dot));
                Assert.That(rgba[3] == 0, Is.EqualTo(weight == 0));
                Assert.That(rgba[2] > rgba[0], Is.EqualTo(weight >= 0), "blue is positive, orange negative");
                Assert.That(Dot(1, filter, dot)[3], Is.EqualTo(Math.Abs((int)weight) > 32 ? 255 : 0), "W_q: half to even at 32");
            }
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    public void TheTwoPanelsOfFiltersHaveARuleBetweenThemAndZeroIsSeenOnThePage(bool isNarrow)
    {
        foreach (var isTitled in new[] { false, true })
        {
            var picture = Svg.Read(FilterPicture.Draw(RunRecord.Open(runs.Lenet), new Frame(isNarrow, isTitled)));
            var panels = picture.All("image").Select(image => Box(image.Parent!, image.Number("width"), image.Number("height"))).ToList();
            var rule = picture.All("line").Single(line => line.Text("data-rule") == "true");
            var (x, y) = (rule.Number("x1"), rule.Number("y1"));
            if (isNarrow) Assert.That((y - panels[0].Bottom > 6, panels[1].Top - y > 20, x < rule.Number("x2")), Is.EqualTo((true, true, true)));
            else Assert.That((x - panels[0].Right > 15, panels[1].Left - x > 15, y < rule.Number("y2")), Is.EqualTo((true, true, true)));
            Assert.That(picture.All("path").Count(path => path.Text("class") == "zero"), Is.EqualTo(2), "below each bitmap");
        }

        foreach (var theme in new[] { Theme.Light, Theme.Dark })
        {
            var colours = Contrast.Colours(theme);
            Assert.That(Contrast.Of(colours["zero"], colours["page"]), Is.GreaterThan(1.4), $"{theme}");
        }
    }

    [Test]
    public void TheConfusionMatrixCountsWhatEvalCounts()
    {
        var wrong = System.Text.RegularExpressions.Regex.Match(CommandLine.Do("eval", runs.Lenet), @"\((\d+) wrong\)").Groups[1].Value;
        var picture = XDocument.Load(CommandLine.Do("plot", runs.Lenet, "--kind", "confusion", "--out", runs.In("c.svg")).Trim()).Root!;
        var cells = picture.All("rect").Where(rect => rect.Text("data-count").Length > 0).ToList();
        var misses = cells.Where(rect => rect.Text("class") == "f2").Sum(rect => rect.Number("data-count"));
        Assert.That($"{misses}", Is.EqualTo(wrong));
        Assert.That(cells.Sum(rect => rect.Number("data-count")), Is.EqualTo(100));
    }

    [Test]
    public void DistributionsAndRangesShowTheStepThatIsAskedFor()
    {
        string Subtitle(string kind, string step)
        {
            var path = CommandLine.Do("plot", runs.Lenet, "--kind", kind, "--step", step, "--out", runs.In("s.svg")).Trim();
            return XDocument.Load(path).Root!.Keyed($"{kind}.subtitle").Value;
        }

        Assert.That(Subtitle("distributions", "5"), Does.StartWith("step 5, epoch 1"));
        Assert.That(Subtitle("ranges", "10"), Does.StartWith("step 10, epoch 2"));
        Assert.That(
            CommandLine.Refusal("plot", runs.Lenet, "--kind", "ranges", "--step", "6"), Does.Contain("--step: is '6'").And.Contain("nearest is 5"));
    }

    [Test]
    public void MovingTheSliderToAStepGivesThePictureOfThatStep()
    {
        var run = RunRecord.Open(runs.Lenet);
        var statistics = RunStatistics.Read(run.Folder);
        foreach (var step in statistics.Steps)
        {
            foreach (var frame in new[] { new Frame(), new Frame(IsNarrow: true, IsTitled: false) })
            {
                foreach (var (picture, changes) in new[]
                {
                    (DistributionPicture.Draw(run.Recipe, statistics, step, frame),
                        DistributionPicture.Changes(run.Recipe, statistics, [step]).Single()),
                    (RangePicture.Draw(run.Recipe, statistics, step, frame), RangePicture.Changes(statistics, [step]).Single()),
                })
                {
                    var keyed = Svg.Read(picture).Descendants().Where(element => element.Text("data-key").Length > 0).ToDictionary(
                        element => element.Text("data-key"), element => element.Name.LocalName == "path" ? element.Text("d") : element.Value);
                    Assert.That(changes, Is.EquivalentTo(keyed), "one set of changes for every width");
                }
            }
        }
    }

    [TestCase("--kind", "curve", "did you mean curves?")]
    [TestCase("--theme", "blue", "auto, light or dark")]
    [TestCase("--kind", "rates", "holds no statistics")]
    [TestCase("--device", "nosuch", "device 'nosuch'", "--kind", "confusion")]
    [TestCase("--kind", "sweep", "one finished run makes no axis")]
    public void AMistakeIsOneLine(string option, string value, string part, params string[] more)
    {
        var without = runs.Copy(runs.Lenet, "without");
        File.Delete(new RunFolder(without).StatsPath);
        Assert.That(CommandLine.Refusal(["plot", without, option, value, .. more]), Does.Contain(part));
    }

    [Test]
    public void WhatIsMissingOrDamagedIsNamed()
    {
        var absent = runs.In("absent/x.svg");
        Assert.That(CommandLine.Refusal("plot", runs.Lenet, "--out", absent), Does.Contain(absent));
        Assert.That(CommandLine.Refusal("plot", runs.In("nothing")), Does.Contain("holds no run"));
        Assert.That(CommandLine.Refusal("plot", runs.Lenet, runs.Perceptron, "--kind", "filters"), Does.Contain("shows one run, but 2 are given"));
        var damaged = new RunFolder(runs.Copy(runs.Lenet, "damaged"));
        File.WriteAllText(damaged.SummaryPath, "{");
        CommandLine.Do("plot", damaged.Path);
        File.WriteAllBytes(damaged.LastPath, [1, 2, 3]);
        Assert.That(CommandLine.Refusal("plot", damaged.Path), Does.Contain(damaged.LastPath));
        File.Delete(damaged.LastPath);
        Assert.That(CommandLine.Refusal("plot", damaged.Path), Does.Contain("there is no such checkpoint"));
    }

    /// <summary>The corners of what is so large in this group.</summary>
    private static (double Left, double Top, double Right, double Bottom) Box(XElement group, double width, double height)
    {
        var numbers = System.Text.RegularExpressions.Regex.Matches(group.Text("transform"), @"[0-9.]+")
            .Select(match => double.Parse(match.Value, System.Globalization.CultureInfo.InvariantCulture)).ToList();
        return (numbers[0], numbers[1], numbers[0] + (numbers[2] * width), numbers[1] + (numbers[3] * height));
    }

    /// <summary>Reads a PNG of one IDAT without filters: the dots, RGBA. Checks the checksums with a bitwise CRC-32.</summary>
    private static byte[] Bitmap(string link)
    {
        var file = Convert.FromBase64String(link["data:image/png;base64,".Length..]);
        Assert.That(file[..8], Is.EqualTo(new byte[] { 137, 80, 78, 71, 13, 10, 26, 10 }));
        var (width, height, dots) = (0, 0, Array.Empty<byte>());
        for (var at = 8; at < file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            var (type, data) = (Encoding.ASCII.GetString(file, at + 4, 4), file.AsSpan(at + 8, length).ToArray());
            Assert.That(BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at + 8 + length)), Is.EqualTo(Crc(file.AsSpan(at + 4, length + 4))), type);
            if (type == "IHDR")
            {
                (width, height) = (BinaryPrimitives.ReadInt32BigEndian(data), BinaryPrimitives.ReadInt32BigEndian(data.AsSpan(4)));
                Assert.That(data[8..], Is.EqualTo(new byte[] { 8, 6, 0, 0, 0 }), "8 bits, RGBA");
            }

            if (type == "IDAT")
            {
                using var zlib = new ZLibStream(new MemoryStream(data), CompressionMode.Decompress);
                using var raw = new MemoryStream();
                zlib.CopyTo(raw);
                var rows = raw.ToArray().Chunk(1 + (4 * width)).ToList();
                Assert.That(rows, Has.Count.EqualTo(height));
                Assert.That(rows.Select(row => row[0]), Is.All.Zero);
                dots = [.. rows.SelectMany(row => row.Skip(1))];
            }

            at += 12 + length;
        }

        return dots;
    }

    private static uint Crc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }
}
