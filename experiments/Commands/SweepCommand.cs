using System.Diagnostics;
using Wage.Experiments.Display;
using Wage.Experiments.Ranks;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Experiments.Statistics;
using Wage.Experiments.Sweeps;

namespace Wage.Experiments.Commands;

/// <summary>wage train with --seeds or --sweep: many runs, one table.</summary>
internal static class SweepCommand
{
    /// <summary>The last line of an interrupted command.</summary>
    public const string Interrupted = "interrupted; saved. The same command goes on where this one stopped.";

    /// <summary>Trains what is not finished yet; the exit code.</summary>
    /// <exception cref="WageException">The recipe, a key or a value is wrong, data are missing, or a folder holds another run.</exception>
    public static int Execute(
        TrainRequest request, string? seeds, IReadOnlyList<string> sweeps, TextWriter output, RankGroup? ranks = null)
    {
        ranks ??= RankGroup.Alone;
        string[] ofSeeds = seeds is null ? [] : [$"--seeds {seeds}"];
        RankJob.RequireSameRequest(ranks, request, [.. ofSeeds, .. sweeps.Select(sweep => $"--sweep {sweep}")]);
        var (plan, parent, settings, name) = ranks.Agreed(() => Plan(request, seeds, sweeps));
        StandardOutput.DoWithout(output);
        var shared = ranks.Size == 1 ? string.Empty : $", shared by {Format.Counted(ranks.Size, "rank")}";
        output.WriteLine($"{name}: {Format.Counted(plan.Runs.Count, "run")} into {parent}{shared}");
        var (isDone, outcomes) = Run(plan, parent, settings, output, ranks);
        if (isDone && outcomes.All(outcome => outcome.State == SweepState.Refused))
        {
            ranks.Agree(() => throw new WageException(
                $"{name}: none of the {plan.Runs.Count} runs can be trained: each was refused.", "the table says why."));
        }

        if (isDone) return 0;
        output.WriteLine($"interrupted; saved. Go on with: {request.CommandLine(seeds, sweeps)}");
        return ExitCode.Interrupted;
    }

    /// <summary>What is to be trained, where, and the recipe's name.</summary>
    private static (SweepPlan Plan, string Parent, SweepSettings Settings, string Name) Plan(
        TrainRequest request, string? seeds, IReadOnlyList<string> sweeps)
    {
        if (request.Profile) throw new WageException("--profile: measures one run, so it does not go with --seeds and --sweep.");
        if (seeds is not null && request.Over.Any(given => given.Key == "training.seed"))
            throw new WageException("--seeds: names every run's seed, so it does not go with --seed or training.seed.", "leave one of them away.");
        request.RequireOnce();
        var name = request.Recipe ?? RecipeCatalog.Default;
        var basis = RecipeCatalog.Load(name, request.Over);
        List<SweepAxis> axes = [.. sweeps.Select(text => SweepAxis.Parse(text, basis))];
        if (request.Over.FirstOrDefault(given => axes.Any(axis => axis.Key == given.Key)) is { Key: not null } again)
            throw new WageException(
                $"--sweep: gives {again.Key} its values, so {again.Origin} cannot give it {OneLine.Quote(again.Value)}.", "leave one of them away.");
        var plan = SweepPlan.Create(
            settings => RecipeCatalog.Load(name, [.. request.Over, .. settings]), axes, seeds is null ? null : SweepAxis.Seeds(seeds));
        var parent = request.Out
            ?? RunNames.Existing(Path.Combine(TrainCommand.RunsFolder, $"{basis.RunName}-{(sweeps.Count == 0 ? "seeds" : "sweep")}"));
        RequireNoRun(parent);
        var settings = new SweepSettings(
            request.Device ?? "auto", request.Threads, request.Data, request.Tags ?? [], request.Note, request.StatsEvery, request.TensorBoard);
        settings.RequireLabels();
        return (plan, parent, settings, basis.Name);
    }

    /// <summary>Refuses a folder that is a run's own.</summary>
    /// <exception cref="WageException">It holds a run.</exception>
    public static void RequireNoRun(string parent)
    {
        if (new RunFolder(parent).HoldsRun)
            throw new WageException($"{parent}: holds a run, but several need a folder for theirs.", "choose another with --out.");
    }

    /// <summary>Trains a plan, keeps its two files and prints its table.</summary>
    public static (bool IsDone, IReadOnlyList<SweepOutcome> Outcomes) Run(
        SweepPlan plan, string parent, SweepSettings settings, TextWriter output, RankGroup? ranks = null)
    {
        ranks ??= RankGroup.Alone;
        var time = Stopwatch.StartNew();
        settings = settings with { Device = ranks.Device(settings.Device), Threads = ranks.Threads(settings.Threads) };
        ranks.Agree(() => Devices.Create(settings.Device, settings.Threads).Dispose());
        // Every rank shows its own runs.
        var runner = new SweepRunner(parent, settings, ranks.IsFirst ? output : Console.Out);
        IReadOnlyList<SweepOutcome> outcomes = runner.Outcomes;
        bool isDone;
        if (ranks.Size == 1) isDone = runner.Execute(plan, WriteFiles, ranks.Token);
        else (isDone, outcomes) = SharedSweep.Execute(ranks, runner, plan, ranks.Token);
        if (!ranks.IsFirst) return (isDone, outcomes);
        if (ranks.Size > 1) WriteFiles();
        output.WriteLine();
        if (outcomes.Count > 0)
        {
            SweepReport.Table(plan, outcomes).Write(output);
            bool[] onValidation = [.. outcomes.Where(outcome => outcome.Best is not null).Select(outcome => outcome.OnValidation)];
            if (onValidation.Length > 0)
            {
                output.WriteLine(
                    $"{Chosen.Word(onValidation.Contains(true))} errors in percent: of each run's best epoch, {Chosen.Note(onValidation)}, " +
                    "and of its last; s: standard deviation over seeds");
            }

            output.WriteLine($"files   {Path.Combine(parent, "runs.csv")}, {Path.Combine(parent, "points.csv")}");
            foreach (var outcome in outcomes)
            {
                foreach (var warning in SavedWarnings.Of(new RunFolder(outcome.Folder)))
                    output.WriteLine($"warning: {outcome.Run.FolderName}, {warning}");
            }
        }

        output.WriteLine($"time    {Format.Time(time.Elapsed.TotalSeconds)}");
        return (isDone, outcomes);

        void WriteFiles()
        {
            Folder(parent);
            SweepReport.WriteFiles(parent, plan, outcomes);
        }
    }

    private static void Folder(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new WageException($"{path}: the folder cannot be made ({error.Message.TrimEnd('.')}).", "choose another with --out.", error);
        }
    }
}
