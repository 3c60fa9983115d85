using System.Diagnostics;
using Wage.Tests.Experiments;
using Wage.Training;

namespace Wage.Tests.Mpi;

/// <summary>
/// Training by ranks, really interrupted and really killed, and resumed with other numbers of them. WAGE_RANK_KILLS=N makes a campaign of N kills, at
/// other moments each time (its seed is printed); without it there is one.
/// </summary>
[Parallelizable]
public sealed class MpiTrainTests
{
    /// <summary>A batch of 20, which 3 does not divide; random bits in weights, activations and errors; a checkpoint every third step.</summary>
    private static readonly string[] Settings =
    [
        "scheme.rounding.W=stochastic", "scheme.rounding.A=stochastic", "scheme.rounding.E=stochastic", "scheme.ranges.E=in-hindsight",
    ];

    /// <summary>It ends when it is ended.</summary>
    private static readonly string[] Endless = ["--epochs", "100000"];

    private static readonly string[] Train =
        ["train", "tiny.yaml", "--set", .. Settings, "--stats", "every=2", "--threads", "1", "--out", "run"];

    [Test]
    public void RanksInterruptedKilledAndResumedInOtherNumbersEndWithTheBitsOfOneProcess()
    {
        MpiRun.Require();
        if (!OperatingSystem.IsLinux()) Assert.Ignore("ranks are found in /proc, which Linux has");
        var isCampaign = int.TryParse(Environment.GetEnvironmentVariable("WAGE_RANK_KILLS"), out var wanted);
        var seed = isCampaign ? Environment.TickCount : 5;
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("tiny.yaml"), TinyRun.Yaml);
        var folder = scratch.Run("run");
        using (var run = new MpiRun(scratch.Path, 3, [.. Train, .. Endless]))
        {
            WaitFor(run, () => File.Exists(folder.BestPath));
            run.Signal("USR1");
            var (code, output, error) = run.End();
            Assert.That(code, Is.EqualTo(130), output + error);
            Assert.That(output.TrimEnd().Split('\n')[^1], Does.StartWith("interrupted after ").And.EndsWith(
                "Resume with: wage train tiny.yaml --out run --resume"));
            Assert.That(File.ReadAllText(folder.SummaryPath), Does.Contain("\"state\": \"interrupted\""));
            Assert.That(File.ReadAllText(folder.EnvironmentPath), Does.Contain("\"workers\": ["));
        }

        var (random, kills, alone) = (new Random(seed), 0, 0);
        for (var tries = 0; kills < (isCampaign ? wanted : 1) && tries < 10 + (3 * wanted); tries++)
        {
            var ranks = isCampaign ? random.Next(1, 5) : 2;
            var before = File.GetLastWriteTimeUtc(folder.EnvironmentPath);
            using var run = new MpiRun(scratch.Path, ranks, [.. Train, .. Endless, "--resume"]);
            if (random.Next(8) > 0) WaitFor(run, () => File.GetLastWriteTimeUtc(folder.EnvironmentPath) != before);
            Thread.Sleep(random.Next(isCampaign ? 1500 : 100));
            if (run.Ranks() is not { Length: > 0 } processes) continue;
            using (var victim = Process.GetProcessById(processes[random.Next(processes.Length)])) victim.Kill();
            var (code, _, error) = run.End();
            kills++;
            if (ranks == 1) alone++;
            Assert.That(code, Is.Not.Zero);
            if (!isCampaign) Assert.That(error, Does.Match(@"\Awage: rank [01] \(process \d+\) died, so all ranks end; [^\n]*\n\z"));
        }

        var epochs = Checkpoint.Read(folder.LastPath).Epoch + 1;
        string[] end = [.. Train, "--resume", "--epochs", $"{epochs}"];
        var last = MpiRun.Run(scratch.Path, 1, [.. end, ":", "-n", "2", "dotnet", MpiRun.Library, .. end, "--device", "reference"]);
        Assert.That(last.Code, Is.Zero, last.Error);
        Assert.That(File.ReadAllText(folder.EnvironmentPath).Split(": reference,"), Has.Length.EqualTo(3), "two ranks on another device");
        Assert.That(last.Output, Does.Not.Contain("warning: run:"), "nothing that a checkpoint counts is missing");
        CommandLine.Do(
            ["train", scratch.In("tiny.yaml"), "--set", .. Settings, $"training.epochs={epochs}", "--stats", "every=2", "--out", scratch.In("one")]);
        Assert.That(TinyRun.Results(folder), Is.EqualTo(TinyRun.Results(scratch.Run("one"))));
        Assert.That(File.ReadAllBytes(folder.StatsPath).AsSpan().SequenceEqual(File.ReadAllBytes(scratch.In("one/stats.jsonl"))), "the statistics");
        TestContext.Out.WriteLine($"{kills} kills (seed {seed}), {alone} of them of one rank alone, {epochs} epochs");
    }

    private static void WaitFor(MpiRun run, Func<bool> isThere)
    {
        for (var tries = 0; tries < 30_000 && !isThere() && !run.HasExited; tries++) Thread.Sleep(2);
    }
}
