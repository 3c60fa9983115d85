using System.Diagnostics;
using Wage.Experiments.Display;
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
    public static int Execute(TrainRequest request, string? seeds, IReadOnlyList<string> sweeps, TextWriter output)
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
        StandardOutput.DoWithout(output);
        output.WriteLine($"{basis.Name}: {Format.Counted(plan.Runs.Count, "run")} into {parent}");
        var (isDone, outcomes) = Run(plan, parent, settings, output);
        if (isDone && outcomes.All(outcome => outcome.State == SweepState.Refused))
            throw new WageException($"{basis.Name}: none of the {plan.Runs.Count} runs can be trained: each was refused.", "the table says why.");
        if (isDone) return 0;
        output.WriteLine($"interrupted; saved. Go on with: {request.CommandLine(seeds, sweeps)}");
        return ExitCode.Interrupted;
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
        SweepPlan plan, string parent, SweepSettings settings, TextWriter output)
    {
        var time = Stopwatch.StartNew();
        using var interruption = new Interruption();
        Devices.Create(settings.Device, settings.Threads).Dispose();
        var runner = new SweepRunner(parent, settings, output);
        var isDone = runner.Execute(plan, WriteFiles, interruption.Token);
        output.WriteLine();
        if (runner.Outcomes.Count > 0)
        {
            SweepReport.Table(plan, runner.Outcomes).Write(output);
            bool[] onValidation = [.. runner.Outcomes.Where(outcome => outcome.Best is not null).Select(outcome => outcome.OnValidation)];
            if (onValidation.Length > 0)
            {
                output.WriteLine(
                    $"{Chosen.Word(onValidation.Contains(true))} errors in percent: of each run's best epoch, {Chosen.Note(onValidation)}, " +
                    "and of its last; s: standard deviation over seeds");
            }

            output.WriteLine($"files   {Path.Combine(parent, "runs.csv")}, {Path.Combine(parent, "points.csv")}");
            foreach (var outcome in runner.Outcomes)
            {
                foreach (var warning in SavedWarnings.Of(new RunFolder(outcome.Folder)))
                    output.WriteLine($"warning: {outcome.Run.FolderName}, {warning}");
            }
        }

        output.WriteLine($"time    {Format.Time(time.Elapsed.TotalSeconds)}");
        return (isDone, runner.Outcomes);

        void WriteFiles()
        {
            Folder(parent);
            SweepReport.WriteFiles(parent, plan, runner.Outcomes);
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
