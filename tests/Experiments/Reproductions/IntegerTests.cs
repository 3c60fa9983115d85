using System.Text.Json.Nodes;
using Wage.Experiments.Commands;
using Wage.Experiments.Reproductions;
using Wage.Experiments.Sweeps;

namespace Wage.Tests.Experiments.Reproductions;

/// <summary>A reproduction whose runs start from a float32 run and are converted to integers, beside calibration.</summary>
[Parallelizable]
internal sealed class IntegerTests
{
    private static readonly string[] Small = ["data.train=600", "data.test=100", "training.batch=20", "training.epochs=1", "model.sizes=16,10"];

    private static readonly Reproduction Tiny = new("tiny", "a small thing", "nowhere", "float32-mlp-digits", "point",
    [
        new("tiny-float32", null, [.. Small, "training.eta=1/10"]),
        .. ((int[])[8, 3]).Select(k => new ReproductionPoint($"tiny-{k}", null, [.. Small, $"scheme.kW={k}", $"scheme.kA={k}"])
        {
            Recipe = "affine-mlp-digits",
            Start = "tiny-float32",
        }),
    ])
    { Duration = "a second" };

    private static readonly SweepSettings Settings = new("cpu", 2, null, [], null);
    private ScratchFolder scratch = null!;
    private Recorded recorded = null!;
    private string first = null!;

    [OneTimeSetUp]
    public void Train()
    {
        scratch = new ScratchFolder();
        (var code, first) = Reproduce("r", Recorded.Nothing, "tiny-8", "tiny-3");
        Assert.That(code, Is.Zero);
        var file = scratch.In("tiny.csv");
        ReproduceCommand.Add(
            Tiny, [.. Tiny.Points.Select(point => Folder(point.Label))], file, new string('c', 40), TextWriter.Null);
        recorded = new Recorded(ExpectedRow.Parse(file, File.ReadAllText(file)), [])
        {
            Integers = IntegerScore.Parse("i", File.ReadAllText(IntegerScore.FileBeside(file))),
        };
    }

    [OneTimeTearDown]
    public void Clean() => scratch.Dispose();

    [Test]
    public void APointBringsTheOneThatItStartsFromOfTheSameSeed()
    {
        var plan = Tiny.Plan(["tiny-3"], "1..2", scratch.In("r"));
        Assert.That(plan.Runs.Select(run => run.FolderName), Is.EqualTo(new[]
        {
            "point=tiny-float32-seed1", "point=tiny-float32-seed2", "point=tiny-3-seed1", "point=tiny-3-seed2",
        }));
        Assert.That(plan.Runs[3].Recipe!["model.initial"], Is.EqualTo(scratch.In("r/point=tiny-float32-seed2/last.wage")));
        Assert.That(Tiny.PointOf(plan.Runs[3].Recipe!)!.Label, Is.EqualTo("tiny-3"), "wherever the runs lie");
    }

    [Test]
    public void BothWaysAreScoredAndDrawn()
    {
        Assert.That(first, Does.Contain("integers no recorded scores of tiny to compare with").And.Contain("shape    as expected: each code"));
        Assert.That(first, Does.Match(@"tiny-8 .*all\n").And.Match(@"tiny-3 .*all\n").And.Contain($"picture  {scratch.In("r/integers-tiny.svg")}"));
        Assert.That(File.ReadAllText(scratch.In("r/integers-tiny.svg")),
            Does.Contain("kW 3, tiny, calibrated: ").And.Contain("kW 8, tiny, trained: ").And.Contain("kW 8, tiny-float32: "));
        Assert.That(recorded.Integers.Select(row => (row.Point, row.Way)), Is.EqualTo(new[]
        {
            ("tiny-8", "trained"), ("tiny-8", "calibrated"), ("tiny-3", "trained"), ("tiny-3", "calibrated"),
        }));
    }

    [Test]
    public void TheScoresAreThoseOfConvertAndQuantize()
    {
        foreach (var bits in (int[])[8, 3])
        {
            var (trained, calibrated) = (Row(bits, IntegerScore.Trained), Row(bits, IntegerScore.Calibrated));
            var json = JsonNode.Parse(CommandLine.Do(
                "convert", Folder($"tiny-{bits}") + "/last.wage", "--json", "--out", scratch.In($"{bits}.wplan")))!;
            Assert.That(Error(trained.Simulated), Is.EqualTo((double)json["simulatedError"]!).Within(1e-9));
            Assert.That(Error(trained.Integers), Is.EqualTo((double)json["integerError"]!).Within(1e-9));
            Assert.That(0.01 * trained.SameClass, Is.EqualTo((double)json["sameClass"]!).Within(1e-9));
            var correct = JsonNode.Parse(CommandLine.Do(
                "quantize", Folder("tiny-float32") + "/last.wage", "--method", "mse", "--set", $"scheme.kW={bits}", $"scheme.kA={bits}", "--json",
                "--sensitivity", "0", "--out", scratch.In($"quantized-{bits}")))!["correct"]!;
            Assert.That(
                (calibrated.Float32, calibrated.Simulated, calibrated.Integers),
                Is.EqualTo(((long)correct["float32"]!, (long)correct["quantized"]!, (long)correct["integers"]!)));
        }

        double Error(long right) => 1 - (0.01 * right);
    }

    [Test]
    public void ARecordedScoreThatIsNotMetIsNamedAndEndsWith3()
    {
        var (code, output) = Reproduce("r", recorded);
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Contain("integers 4 of 4 rows recorded, all the same"));
        var row = Row(8, IntegerScore.Calibrated);
        var changed = recorded with { Integers = [.. recorded.Integers.Except([row]), row with { Integers = row.Integers - 1 }] };
        (code, output) = Reproduce("r", changed);
        Assert.That(code, Is.EqualTo(3));
        Assert.That(output, Does.Contain(
            $"integers 1 of 4 recorded rows differ, first tiny-8, seed 1, calibrated: integers is {row.Integers}, recorded {row.Integers - 1}"));
    }

    [Test]
    public void CodesTwoStepsAwayAreNamedAndEndWith3AndScoresOfOtherWeightsAreMadeAgain()
    {
        var file = Path.Combine(Folder("tiny-3"), "integers.csv");
        var text = File.ReadAllText(file);
        try
        {
            var rows = IntegerScore.Parse(file, text);
            File.WriteAllText(file, IntegerScore.ToCsv([rows[0], rows[1] with { Equal = 1, WithinOne = 1 }]));
            var (code, output) = Reproduce("r", Recorded.Nothing);
            Assert.That(code, Is.EqualTo(3), "what is scored is taken from its file");
            Assert.That(output, Does.Contain("shape    missing: each code").And.Contain("but not those of tiny-3, seed 1, calibrated"));
            File.WriteAllText(file, IntegerScore.ToCsv(rows.Select(row => row with { WeightsSha256 = new string('0', 64), Images = 7777 })));
            (code, _) = Reproduce("r", recorded);
            Assert.That(code, Is.Zero);
            Assert.That(File.ReadAllText(file), Is.EqualTo(text));
        }
        finally
        {
            File.WriteAllText(file, text);
        }
    }

    /// <summary>The limits of Jacob's scheme with 8 bits, in points of test error, as far as the recorded networks keep them.</summary>
    [TestCase("lenet-8", 0.3, 0.995), TestCase("vgg-8", 0.5, 0.995), TestCase("mobilenet-channel-8", 1.5, 0.99)]
    public void RecordedIntegersOf8BitsAnswerAsTheirNetworksDo(string point, double points, double sameClass)
    {
        var all = IntegerScore.Recorded("affine-small");
        Assert.That(all.Select(row => row.WithinOne), Is.EqualTo(all.Select(row => row.Codes)), "every code, of any number of bits");
        foreach (var way in (string[])[IntegerScore.Trained, IntegerScore.Calibrated])
        {
            var rows = all.Where(row => row.Point == point && row.Way == way).ToList();
            Assert.That(rows.Select(row => row.Seed), Is.EqualTo(point == "mobilenet-channel-8" ? [1UL] : new[] { 1UL, 2UL, 3UL }));
            double Mean(Func<IntegerScore, long> correct) => rows.Average(row => 100.0 * correct(row) / row.Images);
            Assert.That(Mean(row => row.Integers), Is.EqualTo(Mean(row => row.Float32)).Within(points), way);
            Assert.That(Mean(row => row.Integers), Is.EqualTo(Mean(row => row.Simulated)).Within(0.3), way);
            foreach (var row in rows) Assert.That(row.SameClass, Is.GreaterThanOrEqualTo(sameClass * row.Images), $"{way}, seed {row.Seed}");
        }
    }

    [Test]
    public void AnInterruptedOneHasNoReportAndARunWithoutScoresIsNotRecorded()
    {
        var plan = Tiny.Plan(["tiny-8"], null, scratch.In("r"));
        var outcomes = plan.Runs.Select(run => new SweepOutcome(run, scratch.In($"r/{run.FolderName}"), SweepState.Known, 1, 0, 1, 0, "x", null));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.That(IntegerReport.Of(Tiny, [], [.. outcomes], Settings, TextWriter.Null, cancelled.Token), Is.Null);

        var file = Path.Combine(Folder("tiny-8"), "integers.csv");
        var text = File.ReadAllText(file);
        File.Delete(file);
        Assert.That(
            () => ReproduceCommand.Add(Tiny, [Folder("tiny-8")], scratch.In("other.csv"), new string('c', 40), TextWriter.Null),
            Throws.TypeOf<WageException>().With.Message.Contains("has no scores of its integers"));
        Assert.That(File.Exists(scratch.In("other.csv")), Is.False);
        File.WriteAllText(file, text);
    }

    [Test]
    public void ScoresReadBackAsThemselvesAndAForeignRowIsRefused()
    {
        var text = IntegerScore.ToCsv(recorded.Integers);
        Assert.That(IntegerScore.Parse("x.csv", text), Is.EqualTo(recorded.Integers));
        var row = recorded.Integers[0];
        IntegerScore[] wrong =
        [
            row with { Way = "guessed" }, row with { Images = 0 }, row with { Integers = 101 }, row with { Equal = row.WithinOne + 1 },
            row with { WithinOne = row.Codes + 1 },
        ];
        foreach (var one in wrong)
        {
            Assert.That(() => IntegerScore.Parse("x.csv", IntegerScore.ToCsv([row, one])), Throws.TypeOf<WageException>()
                .With.Message.EqualTo("x.csv: row 2 is not a score."));
        }

        Assert.That(() => IntegerScore.Parse("x.csv", "point\n"), Throws.TypeOf<WageException>().With.Message.StartsWith("x.csv: must begin with"));
    }

    [Test]
    public void TheTableHasALineForEachPoint()
    {
        var lines = IntegerTable.Markdown(Tiny, recorded).Split('\n');
        Assert.That(lines[0], Does.StartWith("nowhere: a small thing (`tiny`, seed 1, 1 epochs, commit ccccccc); test errors"));
        var float32 = FormattableString.Invariant($"| tiny-8 | {100 - Row(8, "trained").Float32:0.00} | ");
        Assert.That(lines[4], Does.StartWith(float32).And.EndWith(" | all |"));
        Assert.That(lines[5], Does.StartWith("| tiny-3 | "));
        Assert.That(IntegerTable.Markdown(Tiny, Recorded.Nothing), Is.Empty);
    }

    private IntegerScore Row(int bits, string way) => recorded.Integers.Single(row => row.Point == $"tiny-{bits}" && row.Way == way);

    private string Folder(string label) => scratch.In($"r/point={label}-seed1");

    private (int Code, string Output) Reproduce(string folder, Recorded before, params string[] points)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var code = ReproduceCommand.Execute(Tiny, Tiny.Plan(points, null, scratch.In(folder)), before, scratch.In(folder), Settings, output);
        return (code, output.ToString());
    }
}
