using System.CommandLine;
using System.Text;
using Wage.Experiments.Display;
using Wage.Experiments.Reproductions;
using Wage.Experiments.Runs;
using Wage.Experiments.Sweeps;
using Wage.Files;

namespace Wage.Experiments.Commands;

/// <summary>wage reproduce: runs a published table again and compares it with what is published and with what was measured before.</summary>
internal static class ReproduceCommand
{
    private const int ExitDiffers = 3;
    private const int ExitInterrupted = 130;
    private const string ExpectedFolder = "experiments/expected";

    public static Command Create()
    {
        var name = new Argument<string?>("NAME") { Description = "A reproduction; without one they are listed.", Arity = ArgumentArity.ZeroOrOne };
        var table = new Option<bool>("--table") { Description = "Print the table of all recorded results as Markdown." };
        var points = new Option<string[]>("--points")
        {
            Description = "Only these points.",
            HelpName = "LABEL",
            AllowMultipleArgumentsPerToken = true,
        };
        var seeds = new Option<string?>("--seeds") { Description = "Seeds instead of the reproduction's, such as 1..5.", HelpName = "LIST" };
        var output = new Option<string?>("--out") { Description = "The folder of the runs. Default: runs/NAME-reproduction.", HelpName = "DIR" };
        var add = new Option<string[]>("--add")
        {
            Description = "Record these finished run folders instead of training.",
            HelpName = "RUN",
            AllowMultipleArgumentsPerToken = true,
        };
        var file = new Option<string?>("--file") { Description = $"With --add: the file. Default: {ExpectedFolder}/NAME.csv.", HelpName = "FILE" };
        var commit = new Option<string?>("--commit") { Description = "With --add: the commit of runs that do not say theirs.", HelpName = "HASH" };
        var (threads, device, data) = (CommonOptions.Threads(), CommonOptions.Device(), CommonOptions.Data());
        var command = new Command("reproduce", "Run a published row or table and compare.")
        {
            name, table, points, seeds, output, add, file, commit, threads, device, data,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(table)) return Table(Console.Out);
            if (parsed.GetValue(name) is not { } chosen) return List(Console.Out);
            var reproduction = ReproductionCatalog.Find(chosen);
            if (parsed.GetValue(add) is { Length: > 0 } runs)
                return Add(reproduction, runs, parsed.GetValue(file) ?? $"{ExpectedFolder}/{chosen}.csv", parsed.GetValue(commit), Console.Out);
            var settings = new SweepSettings(parsed.GetValue(device) ?? "auto", parsed.GetValue(threads), parsed.GetValue(data), [], null);
            return Execute(
                reproduction, reproduction.Plan(parsed.GetValue(points) ?? [], parsed.GetValue(seeds)), ExpectedRow.Recorded(reproduction.Name),
                parsed.GetValue(output) ?? Path.Combine(TrainCommand.RunsFolder, $"{chosen}-reproduction"), settings, Console.Out);
        });
        return command;
    }

    /// <summary>Trains and compares; 0, or 3 when a recorded result is not met or the shape of the effect is missing, or 130.</summary>
    /// <exception cref="WageException">Data are missing, or the folder holds other runs.</exception>
    public static int Execute(
        Reproduction reproduction, SweepPlan plan, IReadOnlyList<ExpectedRow> recorded, string parent, SweepSettings settings, TextWriter output)
    {
        output.WriteLine($"{reproduction.Name}: {reproduction.Title} ({reproduction.Source})");
        output.WriteLine($"{plan.Runs.Count} {(plan.Runs.Count == 1 ? "run" : "runs")} into {parent}; all points take {reproduction.Duration}");
        var (isDone, outcomes) = SweepCommand.Run(plan, parent, settings, output, isDone =>
        {
            if (!isDone) output.WriteLine("interrupted; saved. The same command goes on where this one stopped.");
        });
        output.WriteLine();
        var comparison = new ReproductionComparison(reproduction, recorded, outcomes);
        comparison.Write(output);
        return !isDone ? ExitInterrupted : comparison.IsMet ? 0 : ExitDiffers;
    }

    /// <summary>Adds finished runs to a file of recorded results; a row of the same point and seed is replaced.</summary>
    /// <exception cref="WageException">A run is not finished or is not a run of this reproduction; nothing was written.</exception>
    public static int Add(Reproduction reproduction, IReadOnlyList<string> runs, string file, string? commit, TextWriter output)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(file));
        if (!Directory.Exists(folder)) throw new WageException($"--file: the folder {folder} does not exist.",
            "run this in the repository, or name another file.");
        var rows = File.Exists(file) ? [.. ExpectedRow.Parse(file, File.ReadAllText(file))] : new List<ExpectedRow>();
        foreach (var path in runs)
        {
            var card = RunIndex.Open(path, TrainCommand.RunsFolder);
            var point = reproduction.PointOf(card.Folder.ReadConfig())
                ?? throw new WageException($"{path}: is no run of {reproduction.Name}.",
                    $"`wage runs diff` compares it with one of `wage train {reproduction.Recipe}`.");
            var row = ExpectedRow.Of(point, card, commit, $"wage reproduce {reproduction.Name}");
            rows.RemoveAll(old => old.Point == row.Point && old.Seed == row.Seed);
            rows.Add(row);
        }

        var order = reproduction.Points.Select(point => point.Label).ToList();
        var sorted = rows.OrderBy(row => order.IndexOf(row.Point)).ThenBy(row => row.Seed);
        AtomicFile.Write(file, Encoding.UTF8.GetBytes(ExpectedRow.ToCsv(sorted)));
        output.WriteLine($"{file}: {rows.Count} rows");
        return 0;
    }

    private static int Table(TextWriter output)
    {
        output.Write(ReproductionTable.Markdown());
        return 0;
    }

    private static int List(TextWriter output)
    {
        var table = new TextTable("reproduction", "published in", "points", "recorded", "takes", "what").RightAlign(2, 3);
        foreach (var reproduction in ReproductionCatalog.All)
        {
            table.Add(
                reproduction.Name, reproduction.Source, Format.Count(reproduction.Points.Count),
                    Format.Count(ExpectedRow.Recorded(reproduction.Name).Count),
                reproduction.Duration, reproduction.Title);
        }

        table.Write(output);
        return 0;
    }
}
