using System.CommandLine;
using System.Diagnostics;
using Wage.Experiments.Display;
using Wage.Experiments.Profiles;
using Wage.Experiments.Ranks;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Experiments.Statistics;
using Wage.Experiments.Sweeps;
using Wage.Experiments.TensorBoard;

namespace Wage.Experiments.Commands;

/// <summary>wage train: trains a recipe into a run folder, or goes on with one.</summary>
internal static class TrainCommand
{
    public const string RunsFolder = "runs";

    public static Command Create()
    {
        var recipe = CommonOptions.Recipe("RECIPE", "A built-in recipe (`wage list`) or a YAML file.");
        var set = CommonOptions.Set("Override keys of the recipe (`wage show --keys`).");
        var epochs = new Option<string?>("--epochs") { Description = "Short for --set training.epochs=N.", HelpName = "N" };
        var seed = new Option<string?>("--seed") { Description = "Short for --set training.seed=N.", HelpName = "N" };
        var output = new Option<string?>("--out")
        {
            Description = "The run folder. Default: the first free of runs/RECIPE-seedN, -2, -3, ...",
            HelpName = "DIR",
        };
        var resume = new Option<bool>("--resume")
        {
            Description = "Go on with the run in --out, or with the newest of this recipe and seed; without --out start it when there is none.",
        };
        var profile = new Option<bool>("--profile")
        {
            Description = "Measure every operation of the training steps and print a table at the end.",
        };
        var seeds = new Option<string?>("--seeds")
        {
            Description = "Train with each of these seeds, such as 1..5 or 1,7; then the mean, the standard deviation and a 95 % interval.",
            HelpName = "LIST",
        };
        var sweep = new Option<string[]>("--sweep")
        {
            Description = "Train with each value of a key, such as scheme.kG=3..12 (or 4..16:4, or a,b,c); several make a grid.",
            HelpName = "key=values",
            AllowMultipleArgumentsPerToken = true,
        };
        sweep.CompletionSources.Add(context => RecipeKeys.Complete(context.WordToComplete));
        var stats = new Option<string?>("--stats")
        {
            Description = "Count W, A, E and G before and after quantization in every N-th step, into stats.jsonl. Changes no weight.",
            HelpName = "every=N",
        };
        var tensorBoard = new Option<bool>("--tensorboard")
        {
            Description = "Write TensorBoard's event file into the run folder after every epoch.",
        };
        var (tag, note) = (CommonOptions.Tags(), CommonOptions.Note());
        var (threads, device, data) = (CommonOptions.Threads(), CommonOptions.Device(), CommonOptions.Data());
        var workers = CommonOptions.Workers();
        var command = new Command("train", $"Train a recipe (default: {RecipeCatalog.Default}, the quick start).")
        {
            recipe, set, epochs, seed, threads, device, workers, data, output, resume, profile, stats, tensorBoard, seeds, sweep, tag, note,
        };
        command.SetAction(parsed =>
        {
            using var interruption = new Interruption();
            return RankGroup.Run(parsed.GetValue(workers), ranks => Train(parsed, ranks), interruption.Token);
        });
        return command;

        int Train(ParseResult parsed, RankGroup ranks)
        {
            List<GivenValue> over = [.. (parsed.GetValue(set) ?? []).Select(GivenValue.FromSetting)];
            if (parsed.GetValue(epochs) is { } n) over.Add(new GivenValue("training.epochs", n, "--epochs"));
            if (parsed.GetValue(seed) is { } s) over.Add(new GivenValue("training.seed", s, "--seed"));
            var request = new TrainRequest(
                parsed.GetValue(recipe), over, parsed.GetValue(output), parsed.GetValue(resume), parsed.GetValue(device),
                parsed.GetValue(threads), parsed.GetValue(data), parsed.GetValue(profile), parsed.GetValue(tag), parsed.GetValue(note),
                StatsInterval.Parse(parsed.GetValue(stats)), parsed.GetValue(tensorBoard));
            var (seedList, sweeps) = (parsed.GetValue(seeds), parsed.GetValue(sweep) ?? []);
            return seedList is null && sweeps.Length == 0
                ? Execute(request, ranks.Output, null, ranks) : SweepCommand.Execute(request, seedList, sweeps, ranks.Output, ranks);
        }
    }

    /// <summary>Trains; the exit code.</summary>
    /// <param name="request">What to train.</param>
    /// <param name="output">For the display; a run goes on without it.</param>
    /// <param name="prepared">Called once everything is read and decided, before the first file is written.</param>
    /// <param name="ranks">Who trains it together; null: this process alone.</param>
    /// <exception cref="WageException">Something does not fit; nothing was written.</exception>
    public static int Execute(TrainRequest request, TextWriter output, Action? prepared = null, RankGroup? ranks = null)
    {
        ranks ??= RankGroup.Alone;
        if (!ranks.IsFirst) return Follower.Execute(request, ranks);
        var time = Stopwatch.StartNew();
        StandardOutput.DoWithout(output);
        var labels = new SweepSettings(string.Empty, 0, null, request.Tags ?? [], request.Note);
        RankJob.RequireSameRequest(ranks, request);
        var (held, recipe) = ranks.Agreed(() =>
        {
            request.RequireOnce();
            labels.RequireLabels();
            return Choose(request, output);
        });
        using var letGo = held;
        var folder = held.Folder;
        var (device, data) = request.Resume ? RunSummary.Choices(folder.SummaryPath) : (null, null);
        var earlier = ranks.Size > 1 ? device?.Split(':')[0] : device;      // several ranks share the cards of its kind
        var job = new RankJob(recipe, request.Device ?? earlier ?? "auto", data);
        job.Send(ranks, folder);
        var profile = request.Profile ? new Profile() : null;
        using var run = ranks.Agreed(() => Run.Prepare(
            recipe, folder, ranks.Device(job.Device), ranks.Threads(request.Threads), DataPlace.Of(recipe, request.Data, data), null,
            profile is null ? null : profile.Measure, ranks));
        RankJob.RequireSameStart(ranks, run.Data, run.Trainer);
        RankWork.Note(ranks, run);
        prepared?.Invoke();
        foreach (var notice in request.Resume ? [] : recipe.Notices) output.WriteLine($"note     {notice}");
        labels.Label(folder);
        var summary = RunDisplay.Watch(
            output, observer => new RunLoop(run, Watched(observer), request.StatsEvery).Execute(ranks.Token));

        IRunObserver Watched(IRunObserver display)
        {
            var observer = request.TensorBoard ? new EventObserver(display) : display;
            return profile?.Watch(observer) ?? observer;
        }

        if (summary.State == RunState.Interrupted)
        {
            var resumption = $"wage train {TrainRequest.Argument(request.Recipe ?? recipe.Name)} --out {TrainRequest.Argument(folder.Path)} --resume";
            output.WriteLine($"interrupted after {Progress(run)}; saved. Resume with: {resumption}");
            profile?.Write(output);
            return ExitCode.Interrupted;
        }

        foreach (var line in RunText.Ending(summary, folder, time.Elapsed)) output.WriteLine(line);
        profile?.Write(output);
        return 0;
    }

    /// <summary>The folder that is held, and what is to be trained there.</summary>
    private static (HeldFolder Held, Recipe Recipe) Choose(TrainRequest request, TextWriter output)
    {
        var given = request is { Resume: true, Recipe: null, Out: not null } ? null : Load(request);
        var held = Hold(request, given);
        try
        {
            return (held, Choose(request, given, held.Folder, output));
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>The folder to train in, held: what it is good for is decided while nobody else changes it.</summary>
    private static HeldFolder Hold(TrainRequest request, Recipe? given)
    {
        if (request is { Resume: true, Out: { } there } && !Directory.Exists(there))
            throw new WageException(
                $"--resume: {there}: there is no such folder.", "`wage runs` lists the runs; without --resume a new one starts there.");
        if (request.Out is { } path) return new RunFolder(path).Hold();
        var old = request.Resume ? RunFolder.Newest(RunsFolder, given!.RunName, given.Seed)
            ?? RunFolder.Newest(RunsFolder, RunNames.Earlier(given.RunName), given.Seed) : null;
        return old is null ? RunFolder.HoldNextFree(RunsFolder, given!.RunName, given.Seed) : old.Hold();
    }

    /// <summary>The recipe with what the command line says, which its configuration will tell.</summary>
    private static Recipe Load(TrainRequest request)
    {
        var keys = request.Over.Select(given => given.Key == "scheme" ? "scheme.kind" : given.Key).Distinct().Order(StringComparer.Ordinal);
        var told = new GivenValue(Recipe.CommandLine, ValueKind.Text.Canonical(string.Join(", ", keys)) ?? string.Empty, "command line");
        return RecipeCatalog.Load(request.Recipe ?? RecipeCatalog.Default, [.. request.Over, told]);
    }

    private static Recipe Choose(TrainRequest request, Recipe? given, RunFolder folder, TextWriter output)
    {
        if (!request.Resume && folder.HoldsRun)
            throw new WageException($"{folder.Path}: holds a run already.", "continue it with --resume, or choose another folder with --out.");
        if (!request.Resume) return given!;
        if (folder.HoldsRun) return Resumption.Continue(folder, request, given, output);
        if (given is null)
            throw new WageException($"--resume: {folder.Path}: holds no run.", "`wage runs` lists the runs; with a recipe's name it starts there.");
        output.WriteLine($"{folder.Path}: holds no run yet, so it starts here");
        return given;
    }

    private static string Progress(Run run) =>
        $"{Format.Counted(run.Trainer.Epoch, "epoch")} and {Format.Count(run.Trainer.StepInEpoch)} of " +
        Format.Counted(run.Trainer.StepsPerEpoch, "step");
}
