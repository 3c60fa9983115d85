using Wage.Experiments.Commands;
using Wage.Experiments.Recipes;
using Wage.Experiments.Reproductions;
using Wage.Experiments.Runs;
using Wage.Experiments.Sweeps;

namespace Wage.Tests.Experiments.Reproductions;

[Parallelizable]
internal sealed class ReproductionTests
{
    private static IEnumerable<string> Names => ReproductionCatalog.All.Select(reproduction => reproduction.Name);

    private static IEnumerable<string> RowNames => ReproductionCatalog.All.Where(ReproductionTable.IsRow).Select(reproduction => reproduction.Name);

    [Test]
    public void ThePageHoldsTheTableThatTheRecordedRowsGive() => Assert.That(
        Repository.Text("docs/reproductions.md"), Does.Contain($"<!-- wage reproduce --table -->\n\n{ReproductionTable.Markdown()}\n<!-- end -->"),
        "run `wage reproduce --table` and replace the table in docs/reproductions.md");

    [Test]
    public void TheReadmeHoldsTheRowsThatTheRecordedOnesGive() => Assert.That(
        Repository.Text("README.md"), Does.Contain($"<!-- wage reproduce --table -->\n\n{ReproductionTable.Rows(Recorded.Of)}\n<!-- end -->"),
        "run `wage reproduce --table` and replace the first table in README.md");

    [TestCaseSource(nameof(RowNames))]
    public void TheBitsOfARowAreThoseOfItsRecipe(string name)
    {
        var reproduction = ReproductionCatalog.Find(name);
        var recipe = reproduction.Load(reproduction.Points[0], []);
        string[] keys = ["scheme.kW", "scheme.kA", "scheme.kG", "scheme.kE"];
        Assert.That(reproduction.Points[0].Label, Is.EqualTo(string.Join('-', keys.Select(key => recipe[key]))));
    }

    [TestCaseSource(nameof(Names))]
    public void EveryPointIsARecipeThatBuildsAndIsRecognised(string name)
    {
        var reproduction = ReproductionCatalog.Find(name);
        Assert.That(reproduction.Points.Select(point => point.Label), Is.Unique);
        Assert.That(reproduction.Points.Select(point => point.Label), Is.SupersetOf(reproduction.Falling.SelectMany(row => row)));
        if (reproduction.AxisKey is { } key)
        {
            Assert.That(reproduction.Points.Select(point => reproduction.Load(point, [])[key]),
                Is.EqualTo(reproduction.Points.Select(point => point.Label)));
        }

        Assert.That(reproduction.Plan([], "1..2").Runs.Select(run => run.FolderName), Is.Unique);
        foreach (var point in reproduction.Points)
        {
            var recipe = reproduction.Load(point, [new GivenValue("training.seed", "9", "test")]);
            Assert.That(reproduction.PointOf(recipe), Is.SameAs(point));
            using var backend = Devices.Create("reference", 0);
            Assert.That(RunBuilder.BuildNetwork(recipe.With([new GivenValue("training.batch", "2", "test")]), backend).StoredWeights, Is.Not.Empty);
        }
    }

    [TestCaseSource(nameof(Names))]
    public void EveryRecordedRowIsARunOfAPointWithItsEpochsCommitHashAndCommand(string name)
    {
        var reproduction = ReproductionCatalog.Find(name);
        var rows = ExpectedRow.Recorded(name);
        Assert.That(rows.Select(row => (row.Point, row.Seed)), Is.Unique);
        foreach (var row in rows)
        {
            var point = reproduction.Points.Single(point => point.Label == row.Point);
            Assert.That(row.Epochs, Is.EqualTo(reproduction.Load(point, []).Epochs));
            Assert.That(row.WeightsSha256, Does.Match("^[0-9a-f]{64}$"));
            Assert.That(row.Commit, Does.Match("^[0-9a-f]{40}$"));
            Assert.That(row.Command, Does.StartWith("wage "));
            Assert.That(row.BestTestError, Is.GreaterThan(0).And.LessThanOrEqualTo(row.LastTestError));
        }

        foreach (var (from, to) in reproduction.Falling.SelectMany(row => row.Zip(row.Skip(1))).Where(_ => rows.Count > 0))
            Assert.That(ReproductionTable.Best(rows, to), Is.LessThan(ReproductionTable.Best(rows, from)!.Value), $"{reproduction.Axis} = {to}");
    }

    [Test]
    public void EveryRecordedFileBelongsToAReproduction() => Assert.That(
        Directory.GetFiles(Repository.Path("experiments/expected")).Select(Path.GetFileName), Is.SubsetOf(
            Names.Select(name => $"{name}.csv").Concat(ReproductionCatalog.All.Where(reproduction => reproduction.Figures.Count > 0)
                .Select(reproduction => StatisticsRow.FileBeside($"{reproduction.Name}.csv")))
                .Concat(ReproductionCatalog.All.Where(reproduction => reproduction.HasIntegers)
                .Select(reproduction => IntegerScore.FileBeside($"{reproduction.Name}.csv")))));

    [Test]
    public void RowsReadBackAsThemselvesAndAForeignFileIsRefusedByLine()
    {
        ExpectedRow[] rows = [new("4", 1, 3, 1.25, 2, 1.5, new string('a', 64), new string('b', 40), "wage reproduce x, \"y\"")];
        Assert.That(ExpectedRow.Parse("x.csv", ExpectedRow.ToCsv(rows)), Is.EqualTo(rows));
        Assert.That(() => ExpectedRow.Parse("x.csv", ExpectedRow.ToCsv(rows) + "4,x\n"), Throws.TypeOf<WageException>()
            .With.Message.EqualTo("x.csv: row 2 is not a result."));
        Assert.That(() => ExpectedRow.Parse("x.csv", "point\n"), Throws.TypeOf<WageException>().With.Message.StartsWith("x.csv: must begin with"));
    }

    [Test]
    public void FinishedRunsAreRecordedAndFoundAgainWithTheSameBits()
    {
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("tiny.yaml"), TinyRun.Yaml);
        var tiny = new Reproduction("tiny", "a small thing", "nowhere", scratch.In("tiny.yaml"), "kG",
            [new("4", 10, "scheme.kG=4"), new("8", 5, "scheme.kG=8")])
        {
            Settings = ["training.epochs=1"],
            Duration = "a second",
        };
        var settings = new SweepSettings("cpu", 1, null, [], null);
        int Reproduce(IReadOnlyList<ExpectedRow> recorded, StringWriter output) =>
            ReproduceCommand.Execute(tiny, tiny.Plan([], null), new Recorded(recorded, []), scratch.In("r"), settings, output);

        var picture = scratch.In("r/test-error.svg");
        using var part = new StringWriter();
        ReproduceCommand.Execute(tiny, tiny.Plan(["8"], null), Recorded.Nothing, scratch.In("r"), settings, part);
        Assert.That(part.ToString(), Does.Not.Contain("picture"), "one point has no axis");

        using var first = new StringWriter();
        Assert.That(Reproduce([], first), Is.Zero);
        Assert.That(first.ToString(), Does.Contain($"picture  {picture}\n"));
        Assert.That(File.ReadAllText(picture), Does.Contain("test error over kG").And.Contain("kG 4: ").And.Contain("kG 8: "));
        Assert.That(first.ToString(), Does.Contain("not recorded").And.Contain("recorded nothing to compare with"));

        var file = scratch.In("tiny.csv");
        int Add(params string[] runs) =>
            ReproduceCommand.Add(tiny, [.. runs.Select(scratch.In)], file, new string('c', 40), TextWriter.Null);
        Add("r/kG=8-seed1", "r/kG=4-seed1");
        Add("r/kG=8-seed1");
        var rows = ExpectedRow.Parse(file, File.ReadAllText(file));
        Assert.That(rows.Select(row => (row.Point, row.Seed, row.Epochs)), Is.EqualTo(new[] { ("4", 1UL, 1), ("8", 1UL, 1) }));

        using var second = new StringWriter();
        Assert.That(Reproduce(rows, second), Is.Zero);
        Assert.That(second.ToString(), Does.Contain("recorded 2 of 2 runs, all with the same bits"));
        using var third = new StringWriter();
        Assert.That(Reproduce([rows[0], rows[1] with { WeightsSha256 = new string('0', 64) }], third), Is.EqualTo(3));
        Assert.That(third.ToString(), Does.Contain("differ"));

        TinyRun.Finish(scratch.Run("other"), 1, "training.epochs=1", "training.batch=10");
        Assert.That(() => Add("other"), Throws.TypeOf<WageException>().With.Message.Contains("is no run of tiny"));
    }

    [TestCase("seed 2, 3 epochs", 2UL)]
    [TestCase("seeds 1 to 3, 3 epochs", 3UL, 1UL, 2UL)]
    [TestCase("seeds 1, 3, 3 epochs", 1UL, 3UL)]
    public void ATableNamesItsSeeds(string named, params ulong[] seeds)
    {
        var table = ReproductionTable.Markdown(reproduction => reproduction.Name != "wage-kg-small" ? Recorded.Nothing : new Recorded(
            [.. seeds.Select(seed => new ExpectedRow("4", seed, 3, 1.25, 2, 1.5, new string('a', 64), new string('b', 40), "-"))], []));
        Assert.That(table, Does.Contain($"(`wage-kg-small`, {named}, commit bbbbbbb):"));
    }

    [Test]
    public void AnEffectOfTheWrongShapeIsSaid()
    {
        ReproductionPoint[] points = [new("3", null, "scheme.kG=3"), new("4", null, "scheme.kG=4")];
        var reproduction = new Reproduction("x", "x", "x", "digits", "kG", points) { Falling = [["3", "4"]], Duration = "-" };
        ReproductionComparison Of(double three, double four, params ExpectedRow[] recorded) => new(
            reproduction, recorded, [.. reproduction.Plan([], null).Runs.Zip(
                [three, four], (run, best) => new SweepOutcome(run, "f", SweepState.Trained, 1, best, 1, best, new string('0', 64), null))]);
        Assert.That(Of(0.2, 0.1).IsMet, Is.True);
        Assert.That(Of(0.1, 0.2).IsMet, Is.False);
        using var output = new StringWriter();
        Of(0.1, 0.2).Write(output);
        Assert.That(output.ToString(), Does.Contain("missing: the error does not fall from kG = 3 to 4"));
        ExpectedRow Row(string point) => new(point, 1, 1, 10, 1, 10, new string('0', 64), "-", "-");
        Of(0.1, 0.2, Row("3"), Row("4")).Write(output);
        Assert.That(output.ToString(), Does.Contain("recorded 2 of 2 runs, all with the same bits"), "the bits are judged apart from the shape");
        new ReproductionComparison(reproduction, [], []).Write(output);
        Assert.That(output.ToString(), Does.Contain("not judged: kG = 3 was not run"));
    }

    [Test]
    public void OptionsThatWouldBeIgnoredAreRefused()
    {
        Assert.That(CommandLine.Refusal("reproduce", "--add", "runs/a"), Does.Contain("--add: needs the NAME of a reproduction"));
        Assert.That(CommandLine.Refusal("reproduce", "--points", "3"), Does.Contain("--points: needs the NAME"));
        Assert.That(CommandLine.Refusal("reproduce", "wage-kg-small", "--commit", "abc"), Does.Contain("--commit: goes with --add only"));
        Assert.That(CommandLine.Refusal("reproduce", "wage-kg-small", "--add", "runs/a", "--seeds", "1"),
            Does.Contain("--seeds: does not go with --add"));
    }

    [Test]
    public void APointGivenTwiceIsOneRun()
    {
        var plan = ReproductionCatalog.Find("wage-kg-small").Plan(["8", "3", "8"], "1");
        Assert.That(plan.Runs.Select(run => run.FolderName), Is.EqualTo(new[] { "kG=8-seed1", "kG=3-seed1" }));
    }

    [Test]
    public void ARunWithUncommittedChangesIsNotRecordedUnderItsCommit()
    {
        using var scratch = new ScratchFolder();
        TinyRun.Finish(scratch.Run("r"), 1, "training.epochs=1");
        var card = RunCard.Of(scratch.Run("r")) with { Commit = new string('c', 40) };
        var point = new ReproductionPoint("p", null);
        Assert.That(ExpectedRow.Of(point, card with { Dirty = false }, null, "wage").Commit, Is.EqualTo(card.Commit));
        Assert.That(() => ExpectedRow.Of(point, card with { Dirty = true }, null, "wage"),
            Throws.TypeOf<WageException>().With.Message.Contains("was trained with changes that commit ccc"));
        Assert.That(ExpectedRow.Of(point, card with { Dirty = true }, new string('d', 40), "wage").Commit, Is.EqualTo(new string('d', 40)));
    }

    [Test]
    public void TheListNamesEveryOneAndAWrongNameTheNearest()
    {
        var list = CommandLine.Run("reproduce").Output;
        foreach (var name in Names) Assert.That(list, Does.Contain(name + " "));
        Assert.That(CommandLine.Run("reproduce", "wage-kg-smal").Error, Does.Contain("did you mean wage-kg-small?"));
        Assert.That(CommandLine.Run("reproduce", "wage-kg-small", "--points", "2").Error, Does.Contain("has no point '2'"));
        Assert.That(CommandLine.Run("reproduce", "wage-kg-small", "--points", "3,4,2").Error, Does.Contain("has no point '2'"));
        Assert.That(CommandLine.Refusal("reproduce", "wage-kg-small", "--points", "3,4,2"), Does.Contain("has no point '2'"));
        Assert.That(CommandLine.Run("reproduce", "--table").Output, Is.EqualTo(ReproductionTable.Markdown()));
    }
}
