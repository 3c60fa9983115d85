using System.Text.Json.Nodes;
using Wage.Experiments.Reproductions;
using Wage.Experiments.Runs;
using Wage.Experiments.Statistics;

namespace Wage.Tests.Experiments.Reproductions;

/// <summary>What a figure must show, on statistics made by hand: as they should be, and then each wrong in one way.</summary>
[Parallelizable]
internal sealed class FigureShapeTests
{
    private static readonly string[] Layers = ["conv1", "conv2", "dense1"];

    private ScratchFolder scratch = null!;
    private RunRecord run = null!;

    [OneTimeSetUp]
    public void Train()
    {
        scratch = new ScratchFolder();
        TinyRun.Finish(scratch.Run("run"), 1, "training.epochs=2");
        var record = RunRecord.Open(scratch.In("run"));
        run = record with { Rows = [record.Rows[0] with { Loss = 5 }, record.Rows[1] with { Loss = 4 }] };
    }

    [OneTimeTearDown]
    public void Close() => scratch.Dispose();

    [Test]
    public void StatisticsAsThePaperHasThemHaveEveryShape()
    {
        var figures = Figures(Lines());
        foreach (var shape in FigureShape.OfWage) Assert.That(shape.Violation(figures), Is.Null, shape.Says);
    }

    [TestCase("three levels", "0 conv1 W after", "counts", "[1,7,1]", "conv1 begins with 11.1 %, 77.8 %, 11.1 %")]
    [TestCase("three levels", "0 conv1 W after", "counts", "[4,0,5]", "conv1 begins with 44.4 %, 55.6 %")]
    [TestCase("three levels", "9 conv2 W after", "counts", "[1,1,1,1]", "conv2 has 4 levels")]
    [TestCase("Q_E divides by", "9 conv1 E after", "shift", "3", "conv1: 0.59")]
    [TestCase("Q_E divides by", "9 dense1 E after", "shift", "1", "dense1: 2.34")]
    [TestCase("weights move", "9 dense1 W before", "moved", "0", "no weight of dense1 moves")]
    [TestCase("weights move", "9 conv2 G after", "min", "-7", "a weight of conv2 moves by 7 steps, beyond 6")]
    [TestCase("one peak", "9 conv2 E before", "counts", "[10,1,2,4,8,1,32,16,8,4,1]", "the errors of conv2 have a second peak beside 2^-9, at 2^-11")]
    [TestCase("one peak", "9 conv2 E before", "counts", "[10,9,8,7,6,5,4,3,2,1,1]", "the errors of conv2 are the more the smaller")]
    [TestCase("one peak", "9 conv1 E before", "counts", "[10,1,2,1]", "the errors of conv1 span 3 octaves")]
    [TestCase("minority", "9 conv1 E before", "counts", "[10,1,2,3,4,5,6,7,8,40,6]", "conv1: 50.0 %")]
    [TestCase("keeps more than half", "9 dense1 E after", "zeros", "60", "dense1: 54.3 % become zero")]
    [TestCase("shrinks", "9 conv1 E before", "exponent", "-3", "from 2^-0.77 to 2^-3.77")]
    public void EachWrongShapeIsCaughtByName(string shape, string tensor, string field, string value, string violation)
    {
        var lines = Lines();
        lines[tensor][field] = JsonNode.Parse(value);
        Assert.That(Shape(shape).Violation(Figures(lines)), Is.EqualTo(violation));
    }

    [Test]
    public void ARunWhoseBeginningWasNotRecordedOrWhoseLossRisesIsCaught()
    {
        var late = Lines().Where(line => line.Key[0] != '0').ToDictionary();
        Assert.That(Shape("three levels").Violation(Figures(late)), Is.EqualTo("step 0 was not recorded"));
        var figures = Figures(Lines());
        var rising = figures with { Run = run with { Rows = [run.Rows[0], run.Rows[1] with { Loss = 6 }] } };
        Assert.That(Shape("loss").Violation(rising), Is.EqualTo("epoch 2 has 6 after 5"));
    }

    private static FigureShape Shape(string says) => FigureShape.OfWage.Single(shape => shape.Says.Contains(says, StringComparison.Ordinal));

    private FigureRun Figures(Dictionary<string, JsonObject> lines)
    {
        var folder = scratch.Run("statistics");
        Directory.CreateDirectory(folder.Path);
        File.WriteAllLines(folder.StatsPath, lines.Values.Select(line => line.ToJsonString()));
        return new FigureRun(run, RunStatistics.Read(folder));
    }

    /// <summary>Two steps of three layers, by "STEP LAYER TENSOR STAGE". Errors: a bin an octave, the greatest 600.</summary>
    private static Dictionary<string, JsonObject> Lines()
    {
        var lines = new Dictionary<string, JsonObject>();
        foreach (var step in new[] { 0, 9 })
        {
            for (var i = 0; i < Layers.Length; i++)
            {
                Add("W before", 8, 7, 0, -64, 64, """ "moved":2,"precision":6,"first":0,"counts":[9]""");
                Add("W after", 2, 1, 0, -1, 1, """ "moved":0,"shift":6,"precision":6,"first":-1,"counts":[3,3,3]""");
                Add("E before", 32, 10, 4 * (i - 2), -3, 600, """ "precision":0,"first":0,"counts":[10,1,2,4,8,16,32,16,8,4,1]""");
                Add("E after", 8, 10, 0, -1, 127, """ "limit":127,"saturated":1,"shift":2,"precision":6,"first":0,"counts":[1]""");
                Add("G after", 8, 7, 0, -6, 5, """ "limit":127,"saturated":0,"shift":4,"precision":6,"first":0,"counts":[9]""");

                void Add(string tensor, int bits, int fractionBits, int exponent, int min, int max, string fields)
                {
                    var names = tensor.Split(' ');
                    var (count, zeros) = names[0] != "E" ? (9, 3) : (102, names[1] == "after" ? 13 : 10);
                    var text = $$"""
                        {"step":{{step}},"epoch":1,"layer":"{{Layers[i]}}","index":{{i + 1}},"tensor":"{{names[0]}}","stage":"{{names[1]}}",
                        "bits":{{bits}},"fractionBits":{{fractionBits}},"exponent":{{exponent}},"count":{{count}},"zeros":{{zeros}},
                        "min":{{min}},"max":{{max}},{{fields}}}
                        """;
                    lines.Add($"{step} {Layers[i]} {tensor}", JsonNode.Parse(text)!.AsObject());
                }
            }
        }

        return lines;
    }
}
