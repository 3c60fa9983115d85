using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Wage.Experiments.Display;
using Wage.Experiments.Runs;

namespace Wage.Experiments.Commands;

/// <summary>wage runs: lists, compares and labels runs.</summary>
internal static class RunsCommand
{
    private const int LongestCell = 64;
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Command Create()
    {
        var recipe = new Option<string?>("--recipe") { Description = "Only runs of this recipe; '*' stands for any letters.", HelpName = "NAME" };
        var state = new Option<string?>("--state")
        {
            Description = "Only runs that are running, finished, failed, interrupted or unreadable.",
            HelpName = "STATE",
        };
        var tag = new Option<string[]>("--tag") { Description = "Only runs with this tag; several: with all of them.", HelpName = "TAG" };
        var sort = new Option<string>("--sort")
        {
            Description = $"One of {string.Join(", ", RunIndex.Orders)}.",
            HelpName = "ORDER",
            DefaultValueFactory = _ => "name",
        };
        CommonOptions.Complete(state, RunFilter.States);
        CommonOptions.Complete(sort, RunIndex.Orders);
        var reverse = new Option<bool>("--reverse") { Description = "The other way round." };
        var (root, json) = (Root(), Json());
        var command = new Command("runs", "List, filter, sort, compare and label runs.") { recipe, state, tag, sort, reverse, root, json };
        command.SetAction(parsed => List(
            new RunFilter(parsed.GetValue(recipe), parsed.GetValue(state), parsed.GetValue(tag) ?? [], parsed.GetValue(sort)!,
                parsed.GetValue(reverse)),
            parsed.GetValue(root)!, parsed.GetValue(json), Console.Out));
        command.Add(DiffCommand());
        command.Add(TagCommand());
        command.Add(NoteCommand());
        return command;
    }

    private static Command DiffCommand()
    {
        var (a, b) = (Run("A"), Run("B"));
        var (root, json) = (Root(), Json());
        var command = new Command("diff", "What differs between two runs: configuration, environment, results.") { a, b, root, json };
        command.SetAction(parsed => Diff(
            RunIndex.Open(parsed.GetValue(a)!, parsed.GetValue(root)!), RunIndex.Open(parsed.GetValue(b)!, parsed.GetValue(root)!),
                parsed.GetValue(json),
            Console.Out));
        return command;
    }

    private static Command TagCommand()
    {
        var run = Run("RUN");
        var tags = new Argument<string[]>("TAGS") { Description = "Words to add.", Arity = ArgumentArity.ZeroOrMore };
        var remove = new Option<string[]>("--remove")
        {
            Description = "Words to take away.",
            HelpName = "TAG",
            AllowMultipleArgumentsPerToken = true,
        };
        var root = Root();
        var command = new Command("tag", "Add tags to a run, or take them away.") { run, tags, remove, root };
        command.SetAction(parsed =>
        {
            var card = RunIndex.Open(parsed.GetValue(run)!, parsed.GetValue(root)!);
            var notes = card.Folder.ChangeNotes(notes => notes.Tagged(parsed.GetValue(tags) ?? [], parsed.GetValue(remove) ?? []));
            Console.Out.WriteLine($"{card.Folder.Path}: {(notes.Tags.Count == 0 ? "no tags" : string.Join(", ", notes.Tags))}");
            return 0;
        });
        return command;
    }

    private static Command NoteCommand()
    {
        var run = Run("RUN");
        var text = new Argument<string>("TEXT") { Description = "One line; an empty one ('') removes the note." };
        var root = Root();
        var command = new Command("note", "Write a note on a run.") { run, text, root };
        command.SetAction(parsed =>
        {
            var card = RunIndex.Open(parsed.GetValue(run)!, parsed.GetValue(root)!);
            var notes = card.Folder.ChangeNotes(notes => notes.Noted(parsed.GetValue(text)!));
            Console.Out.WriteLine($"{card.Folder.Path}: {(notes.Note.Length == 0 ? "no note" : notes.Note)}");
            return 0;
        });
        return command;
    }

    /// <summary>Lists; the exit code.</summary>
    /// <exception cref="WageException">There is no such folder, state or order.</exception>
    public static int List(RunFilter filter, string root, bool json, TextWriter output)
    {
        var runs = filter.Of(RunIndex.Below(root));
        if (json)
        {
            output.WriteLine(new JsonArray([.. runs.Select(run => run.ToJson())]).ToJsonString(Indented));
            return 0;
        }

        var table = new TextTable("run", "state", "recipe", "seed", "epochs", "best", "last", "images/s", "started", "weights", "tags and note")
            .RightAlign(3, 4, 5, 6, 7);
        foreach (var run in runs)
        {
            table.Add(
                Path.GetRelativePath(root, run.Folder.Path), run.State.ToString().ToLowerInvariant(), Cell(run.Recipe), Cell(run.Seed),
                run.EpochsDone is { } done ? string.Create(CultureInfo.InvariantCulture, $"{done}/{run.Epochs}") : "-", Percent(run.BestTestError),
                Percent(run.LastTestError), run.ImagesPerSecond is { } speed ? Format.Count((long)Math.Round(speed)) : "-",
                run.Started is { Length: >= 16 } time ? time[..16].Replace('T', ' ') : "-", run.WeightsSha256 is { Length: >= 12 } hash
                    ? hash[..12] : "-",
                Label(run.Notes));
        }

        if (runs.Count > 0) table.Write(output);
        bool[] onValidation = [.. runs.Where(run => run.BestTestError is not null).Select(run => run.OnValidation)];
        if (onValidation.Length > 0) output.WriteLine($"best: of the epoch {Chosen.Note(onValidation)}");
        output.WriteLine(runs.Count == 1 ? $"1 run in {root}" : string.Create(CultureInfo.InvariantCulture, $"{runs.Count} runs in {root}"));
        return 0;
    }

    /// <summary>Compares; the exit code.</summary>
    /// <exception cref="WageException">A configuration cannot be read.</exception>
    public static int Diff(RunCard a, RunCard b, bool json, TextWriter output)
    {
        var differences = RunComparison.Of(a, b);
        if (json)
        {
            var rows = differences.Select(d => new JsonObject { ["section"] = d.Section, ["name"] = d.Name, ["a"] = d.A, ["b"] = d.B });
            var list = new JsonArray([.. rows]);
            output.WriteLine(new JsonObject { ["a"] = a.Folder.Path, ["b"] = b.Folder.Path, ["differences"] = list }.ToJsonString(Indented));
            return 0;
        }

        output.WriteLine($"A  {a.Folder.Path}");
        output.WriteLine($"B  {b.Folder.Path}");
        output.WriteLine();
        if (differences.Count == 0) output.WriteLine("nothing differs: configuration, environment and results are the same");
        var table = new TextTable(string.Empty, "what", "A", "B");
        var section = string.Empty;
        foreach (var row in differences)
        {
            table.Add(row.Section == section ? string.Empty : row.Section, row.Name, Short(row.A), Short(row.B));
            section = row.Section;
        }

        if (differences.Count > 0) table.Write(output);
        return 0;
    }

    private static Argument<string> Run(string name) => new(name) { Description = "A run folder, or its name below --root." };

    private static Option<string> Root() =>
        new("--root") { Description = "The folder of the runs.", HelpName = "DIR", DefaultValueFactory = _ => TrainCommand.RunsFolder };

    private static Option<bool> Json() => new("--json") { Description = "Print JSON instead of a table." };

    private static string Cell(string? value) => value is null ? "-" : OneLine.Of(value);

    private static string Percent(double? fraction) => fraction is { } known ? Format.Percent(known) : "-";

    private static string Short(string text) => text.Length <= LongestCell ? text : text[..(LongestCell - 3)] + "...";

    private static string Label(RunNotes notes) => Short(string.Join(' ', [.. notes.Tags.Select(tag => $"[{tag}]"), notes.Shown]).Trim());
}
