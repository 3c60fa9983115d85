using System.Diagnostics;
using Wage.Experiments.Sweeps;
using Wage.Tests.Experiments;

namespace Wage.Tests.Mpi;

/// <summary>The console on several ranks: what is shared, and who says what.</summary>
[Parallelizable]
public sealed class MpiCommandTests
{
    private ScratchFolder scratch = null!;

    [SetUp]
    public void Open()
    {
        MpiRun.Require();
        scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("tiny.yaml"), TinyRun.Yaml);
    }

    [TearDown]
    public void Close() => scratch?.Dispose();

    /// <summary>Where all lack the library the first of a machine says so: of one alone that lacks it nobody else knows.</summary>
    [Test]
    public void TheOneRankThatLacksALibrarySaysSo()
    {
        const string script = "test $OMPI_COMM_WORLD_RANK = 0 || export WAGE_MPI=/nowhere.so; exec \"$@\"";
        using var run = new MpiRun(scratch.Path, ["-n", "2", "sh", "-c", script, "sh", "dotnet", MpiRun.Library, "devices"], "1");
        var (code, _, error) = run.End();
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Match(@"\Awage: rank 1: WAGE_MPI: [^\n]*/nowhere\.so[^\n]*\n\z"));
    }

    [Test]
    public void RanksTakeTheRunsOfASweepInTurnsAndMakeOneTable()
    {
        string[] sweep = ["train", "tiny.yaml", "--sweep", "scheme.kG=2,4,5", "--epochs", "1", "--out"];
        CommandLine.Do([.. sweep.Select(word => word == "tiny.yaml" ? scratch.In(word) : word), scratch.In("alone")]);
        var (code, output, error) = MpiRun.Run(scratch.Path, 2, [.. sweep, "shared"]);
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.StartWith("tiny: 3 runs into shared, shared by 2 ranks\n"));
        Assert.That(output.Split('\n').Count(line => line.StartsWith("files   ", StringComparison.Ordinal)), Is.EqualTo(1), output);
        foreach (var title in (string[])["[1/3] kG=2, seed 1  refused", "[2/3] kG=4, seed 1  best", "[3/3] kG=5, seed 1  best"])
            Assert.That(output, Does.Contain(title));
        foreach (var file in (string[])["points.csv", "runs.csv"]) Assert.That(Table("shared", file), Is.EqualTo(Table("alone", file)));

        IEnumerable<string> Table(string folder, string file) => Csv.Read(file, File.ReadAllText(scratch.In($"{folder}/{file}")))
            .Select(row => string.Join(' ', row).Replace(folder, string.Empty, StringComparison.Ordinal));
    }

    [Test]
    public void RanksShareTheImagesOfAnEvaluationAndGiveTheAnswersOfOneProcess()
    {
        TinyRun.Finish(scratch.Run("run"), 1, "training.epochs=1");
        var (code, output, error) = MpiRun.Run(scratch.Path, 2, "eval", "run", "--json");
        Assert.That(code, Is.Zero, error);
        var alone = CommandLine.Do("eval", scratch.In("run"), "--json");
        Assert.That(output.ReplaceLineEndings("\n"), Is.EqualTo(alone.Replace(scratch.In("run"), "run", StringComparison.Ordinal)));
    }

    [Test]
    public void ALauncherThatTheLibraryDoesNotKnowIsRefused()
    {
        var start = new ProcessStartInfo("dotnet", [MpiRun.Library, "devices"]) { RedirectStandardError = true, RedirectStandardOutput = true };
        (start.Environment["PMI_RANK"], start.Environment["PMI_SIZE"]) = ("0", "2");
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That((process.ExitCode, error), Is.EqualTo((2, error)));
        Assert.That(error, Does.StartWith("wage: MPI: the launcher started 2 processes, but Open MPI ").And.Contain(" sees 1. HINT: name"));
    }
}
