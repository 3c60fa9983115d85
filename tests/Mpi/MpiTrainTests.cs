using System.Diagnostics;
using System.Globalization;
using Wage.Experiments.Commands;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Tests.Experiments;
using Wage.Tests.Experiments.Ranks;
using Wage.Training;

namespace Wage.Tests.Mpi;

/// <summary>
/// Training by ranks, really interrupted and really killed, and resumed with other numbers of them. WAGE_RANK_KILLS=N makes a campaign of N kills, at
/// other moments each time, in runs of ten that are compared and printed when they end; without it there is one.
/// </summary>
[Parallelizable]
public sealed class MpiTrainTests
{
    /// <summary>A batch of 20, which 3 does not divide; random bits in weights, activations and errors; a checkpoint every third step.</summary>
    private static readonly string[] Settings =
    [
        "scheme.rounding.W=stochastic", "scheme.rounding.A=stochastic", "scheme.rounding.E=stochastic", "scheme.ranges.E=in-hindsight",
    ];

    private const int KillsOfRun = 10;

    /// <summary>It ends when it is ended.</summary>
    private static readonly string[] Endless = ["--epochs", "100000"];

    private static readonly string[] Train =
        ["train", "tiny.yaml", "--set", .. Settings, "--stats", "every=2", "--threads", "1", "--out", "run"];

    /// <summary>Keeps the exit code of each rank, and ends when all have: mpirun ends the others when one ends with another code than 0.</summary>
    private const string Kept = """
        trap : USR1 TERM
        "$@"
        code=$?
        echo $code > code$OMPI_COMM_WORLD_RANK
        until [ -s code0 ] && [ -s code1 ]; do sleep 0.02; done
        exit $code
        """;

    /// <summary>MPI's own way to stand before a function: of one rank the sixth exchange fails, in the middle of a step.</summary>
    private const string Failing = """
        int PMPI_Ialltoallv(const void *s, const int *n, const int *at, void *type, void *r, const int *m, const int *to, void *of, void *c, void *q);
        int MPI_Ialltoallv(const void *s, const int *n, const int *at, void *type, void *r, const int *m, const int *to, void *of, void *c, void *q)
        {
            static int left = 5;
            return left-- > 0 ? PMPI_Ialltoallv(s, n, at, type, r, m, to, of, c, q) : 16;
        }
        """;

    [Test]
    public void ARankThatFailsInTheMiddleOfAStepSaysSoAndAllEnd()
    {
        MpiRun.Require();
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("tiny.yaml"), TinyRun.Yaml);
        if (CLibrary.Make(scratch.In("libfailing.so"), Failing, "-l:libmpi.so.40") is not { } library)
        {
            Assert.Ignore("gcc is not installed, or has no libmpi.so.40 to link");
            return;
        }

        string[] train = ["dotnet", MpiRun.Library, .. Train];
        using var run = new MpiRun(scratch.Path, ["-n", "1", .. train, ":", "-n", "1", "env", $"WAGE_MPI={library}", .. train], "1");
        var (code, output, error) = run.End();
        Assert.That(code, Is.EqualTo(2), output);
        Assert.That(error, Does.Match(@"\Awage: rank 1: MPI: MPI_Ialltoallv failed: [^\n]*\n\z"));
        Assert.That(Checkpoint.Read(scratch.Run("run").LastPath).Epoch, Is.Zero, "the last checkpoint stands");
    }

    /// <summary>Once by processes of a thread, once by threads of this process that compute with two each.</summary>
    [TestCase("scheme=float32", "scheme.momentum=9/10")]
    [TestCase("scheme=affine", "model.batchNorm=true")]
    public void AsManyRanksOfAFloatRecipeWriteTheSameBytesAgain(params string[] settings)
    {
        MpiRun.Require();
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("tiny.yaml"), TinyRun.Yaml);
        settings = [.. settings, "loss=crossEntropy", "training.eta=1/16"];
        string[] train = ["train", "tiny.yaml", "--set", .. settings, "--epochs", "1", "--stats", "every=2", "--threads", "1", "--out", "one"];
        var (code, output, error) = MpiRun.Run(scratch.Path, 3, train);
        Assert.That(code, Is.Zero, output + error);
        List<GivenValue> over = [.. settings.Select(GivenValue.FromSetting), new GivenValue("training.epochs", "1", "--epochs")];
        RankThreads.Finish(3, _ => new TrainRequest(scratch.In("tiny.yaml"), over, scratch.In("two"), Threads: 2, StatsEvery: 2));
        var (one, two) = (scratch.Run("one"), scratch.Run("two"));
        Assert.That(TinyRun.Results(two), Is.EqualTo(TinyRun.Results(one)));
        foreach (var path in (Func<RunFolder, string>[])[folder => folder.LastPath, folder => folder.BestPath, folder => folder.StatsPath])
            Assert.That(File.ReadAllBytes(path(two)).AsSpan().SequenceEqual(File.ReadAllBytes(path(one))), path(two));
    }

    [Test]
    public void RanksInterruptedKilledAndResumedInOtherNumbersEndWithTheBitsOfOneProcess()
    {
        MpiRun.Require();
        if (!OperatingSystem.IsLinux()) Assert.Ignore("ranks are found in /proc, which Linux has");
        var isCampaign = int.TryParse(Environment.GetEnvironmentVariable("WAGE_RANK_KILLS"), out var left);
        if (!isCampaign) Run(1, 5, isCampaign);
        for (var done = 0; done < left; done += KillsOfRun) Run(Math.Min(KillsOfRun, left - done), Environment.TickCount, isCampaign);
    }

    /// <summary>Nobody stands between one process and its signals but the one listener that it has: the first saves, whenever it comes.</summary>
    [Test]
    public void OneProcessUnderMpirunSavesAtTheFirstSignal([Values] bool isEarly)
    {
        MpiRun.Require();
        if (!OperatingSystem.IsLinux()) Assert.Ignore("signals that a process listens to are found in /proc, which Linux has");
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("tiny.yaml"), TinyRun.Yaml);
        var folder = scratch.Run("run");
        using var run = new MpiRun(scratch.Path, 1, [.. Train, .. Endless]);
        WaitFor(run, () => run.Ranks().Any(Listens) && (isEarly || File.Exists(folder.BestPath)));
        var rank = run.Ranks().Single();
        run.Signal("TERM", rank);
        Thread.Sleep(20);
        run.Signal("TERM", rank);                               // a launcher may send one twice
        var (code, output, error) = run.End();
        Assert.That((code, error), Is.EqualTo((130, string.Empty)), output);
        Assert.That(output, Does.Contain("interrupted after ").And.Contain("; saved."));
        Assert.That(File.ReadAllText(folder.SummaryPath), Does.Contain("\"state\": \"interrupted\""));
        Assert.That(Checkpoint.Read(folder.LastPath).Epoch, isEarly ? Is.Not.Negative : Is.Positive);
    }

    /// <summary>Whether a process has a handler of SIGUSR1 of its own: mpirun has one too, and the process is a copy of it at first.</summary>
    private static bool Listens(int id)
    {
        const int User1 = 10;
        try
        {
            var lines = File.ReadAllLines($"/proc/{id}/status");
            var caught = lines.First(line => line.StartsWith("SigCgt:", StringComparison.Ordinal));
            var mask = ulong.Parse(caught.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            return lines[0] == "Name:\tdotnet" && (mask >> (User1 - 1) & 1) != 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return false;
        }
    }

    private static void Run(int wanted, int seed, bool isCampaign)
    {
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("tiny.yaml"), TinyRun.Yaml);
        var folder = scratch.Run("run");
        Interrupt(scratch, folder);
        var (random, kills, alone) = (new Random(seed), 0, 0);
        for (var tries = 0; kills < wanted && tries < 10 + (3 * wanted); tries++)
        {
            var ranks = isCampaign ? random.Next(1, 5) : 3;
            var before = File.GetLastWriteTimeUtc(folder.EnvironmentPath);
            using var run = new MpiRun(scratch.Path, ranks, [.. Train, .. Endless, "--resume"]);
            if (random.Next(8) > 0) WaitFor(run, () => File.GetLastWriteTimeUtc(folder.EnvironmentPath) != before);
            var saved = File.GetLastWriteTimeUtc(folder.LastPath);
            if (isCampaign && random.Next(4) > 0) WaitFor(run, () => File.GetLastWriteTimeUtc(folder.LastPath) != saved);
            Thread.Sleep(random.Next(isCampaign ? 1500 : 100));
            if (run.Ranks() is not { Length: > 0 } processes) continue;
            random.Shuffle(processes);
            foreach (var id in processes.Take(isCampaign ? random.Next(1, Math.Max(2, ranks)) : 2)) Kill(id);
            var (code, _, error) = run.End();
            kills++;
            if (ranks == 1) alone++;
            Assert.That(code, Is.Not.Zero);
            if (!isCampaign) Assert.That(error, Does.Match(@"\Awage: rank [012] \(process \d+\) died, so all ranks end; [^\n]*\n\z"));
        }

        var epochs = Checkpoint.Read(folder.LastPath).Epoch + 1;
        var devices = isCampaign ? random.Next(1, 5) : 3;
        RankThreads.Finish(devices, rank => Request(epochs, folder.Path, true) with { Device = rank == 1 ? "reference" : "cpu" });
        Assert.That(File.ReadAllText(folder.EnvironmentPath), Does.Not.Contain("\"missing\""), "all that a checkpoint counts is there");
        RankThreads.Finish(1, _ => Request(epochs, scratch.In("one"), false));
        Assert.That(TinyRun.Results(folder), Is.EqualTo(TinyRun.Results(scratch.Run("one"))));
        Assert.That(File.ReadAllBytes(folder.StatsPath).AsSpan().SequenceEqual(File.ReadAllBytes(scratch.In("one/stats.jsonl"))), "the statistics");
        Assert.That(Warnings(folder), Is.EqualTo(Warnings(scratch.Run("one"))));
        Assert.That(kills, Is.EqualTo(wanted), "some runs ended before they were killed");
        TestContext.Progress.WriteLine($"{kills} kills (seed {seed}), {alone} of them of one rank alone, {epochs} epochs: none lost");
    }

    /// <summary>Begins the run, with ranks that are told to end.</summary>
    private static void Interrupt(ScratchFolder scratch, RunFolder folder)
    {
        using var run = new MpiRun(scratch.Path, ["-n", "2", "sh", "-c", Kept, "sh", "dotnet", MpiRun.Library, .. Train, .. Endless]);
        WaitFor(run, () => File.Exists(folder.BestPath));
        run.Signal("USR1");
        var (code, output, error) = run.End();
        Assert.That(code, Is.EqualTo(130), output + error);
        Assert.That(Enumerable.Range(0, 2).Select(rank => File.ReadAllText(scratch.In($"code{rank}"))), Is.All.EqualTo("130\n"));
        Assert.That(output.TrimEnd().Split('\n')[^1], Does.StartWith("interrupted after ").And.EndsWith(
            "Resume with: wage train tiny.yaml --out run --resume"));
        Assert.That(File.ReadAllText(folder.SummaryPath), Does.Contain("\"state\": \"interrupted\""));
        Assert.That(File.ReadAllText(folder.EnvironmentPath), Does.Contain("\"workers\": ["));
    }

    private static TrainRequest Request(int epochs, string folder, bool resume) => new(
        resume ? null : Path.Combine(Path.GetDirectoryName(folder)!, "tiny.yaml"),
        [.. (resume ? [] : Settings).Select(GivenValue.FromSetting), new GivenValue("training.epochs", $"{epochs}", "--epochs")], folder, resume,
        Threads: 1, StatsEvery: 2);

    private static string Warnings(RunFolder folder) => File.Exists(folder.WarningsPath) ? File.ReadAllText(folder.WarningsPath) : string.Empty;

    private static void Kill(int id)
    {
        try
        {
            using var victim = Process.GetProcessById(id);
            victim.Kill();
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            // It ended because another one was killed.
        }
    }

    private static void WaitFor(MpiRun run, Func<bool> isThere)
    {
        for (var tries = 0; tries < 30_000 && !isThere() && !run.HasExited; tries++) Thread.Sleep(2);
    }
}
