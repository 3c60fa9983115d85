using System.CommandLine;
using System.Text;
using Wage.Experiments.Display;
using Wage.Experiments.Ranks;
using Wage.Experiments.Reproductions;
using Wage.Experiments.Runs;
using Wage.Experiments.Statistics;
using Wage.Experiments.Sweeps;
using Wage.Files;

namespace Wage.Experiments.Commands;

/// <summary>wage reproduce: runs a published table again and compares it with what is published and with what was measured before.</summary>
internal static class ReproduceCommand
{
    private const string ExpectedFolder = "experiments/expected";
    private const long MostResultBytes = 1 << 24;

    public static Command Create()
    {
        var name = new Argument<string?>("NAME") { Description = "A reproduction; without one they are listed.", Arity = ArgumentArity.ZeroOrOne };
        CommonOptions.Complete(name, () => ReproductionCatalog.All.Select(known => known.Name));
        var table = new Option<bool>("--table") { Description = "Print the table of all recorded results as Markdown." };
        var points = new Option<string[]>("--points")
        {
            Description = "Only these points, such as 3,4,8.",
            HelpName = "LIST",
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
            var runs = parsed.GetValue(add) ?? [];
            if (parsed.GetValue(name) is not { } chosen) return Given(parsed, add, points, seeds, output, file, commit) is not { } option
                ? List(Console.Out)
                : throw new WageException($"{option}: needs the NAME of a reproduction.", "`wage reproduce` lists them.");
            var reproduction = ReproductionCatalog.Find(chosen);
            if (runs.Length > 0)
            {
                if (Given(parsed, points, seeds, output) is { } training)
                    throw new WageException($"{training}: does not go with --add, which trains nothing.", "leave one of them away.");
                return Add(reproduction, runs, parsed.GetValue(file) ?? $"{ExpectedFolder}/{chosen}.csv", parsed.GetValue(commit), Console.Out);
            }

            if (Given(parsed, file, commit) is { } recording) throw new WageException($"{recording}: goes with --add only.");
            using var interruption = new Interruption();
            var settings = new SweepSettings(parsed.GetValue(device) ?? "auto", parsed.GetValue(threads), parsed.GetValue(data), [], null);
            var parent = parsed.GetValue(output) ?? Path.Combine(TrainCommand.RunsFolder, $"{chosen}-reproduction");
            var plan = reproduction.Plan(Labels(parsed.GetValue(points) ?? []), parsed.GetValue(seeds), parent);
            return Execute(reproduction, plan, Recorded.Of(reproduction), parent, settings, Console.Out, interruption.Token);
        });
        return command;
    }

    /// <summary>Trains, draws and compares; 0, or 3 when a recorded result is not met or the shape of the effect is missing, or 130.</summary>
    /// <exception cref="WageException">Data are missing, or the folder holds other runs.</exception>
    public static int Execute(
        Reproduction reproduction, SweepPlan plan, Recorded recorded, string parent, SweepSettings settings, TextWriter output,
        CancellationToken token = default)
    {
        SweepCommand.RequireNoRun(parent);
        StandardOutput.DoWithout(output);
        output.WriteLine($"{reproduction.Name}: {ReproductionCatalog.FullTitle(reproduction)} ({reproduction.Source})");
        var runs = plan.Runs.Count == 1 ? "1 run" : $"{plan.Runs.Count} runs";
        var takes = reproduction.Points.Count == 1 ? "takes" : $"all {reproduction.Points.Count} points take";
        output.WriteLine($"{runs} into {parent}; {takes} {reproduction.Duration}");
        var (isDone, outcomes) = SweepCommand.Run(
            plan, parent, settings with { StatsEvery = reproduction.StatsEvery }, output, RankGroup.Single(token));
        var isMet = outcomes.Count == 0 || Compare(reproduction, recorded, outcomes, parent, output);
        if (isDone && reproduction.HasIntegers)
        {
            var integers = IntegerReport.Of(reproduction, recorded.Integers, outcomes, settings, output, token);
            integers?.Write(output);
            foreach (var path in integers?.Draw(parent) ?? []) output.WriteLine($"picture  {path}");
            (isDone, isMet) = (integers is not null, isMet && integers is not { IsMet: false });
        }

        if (isDone) return isMet ? 0 : ExitCode.NotReproduced;
        output.WriteLine(SweepCommand.Interrupted);
        return ExitCode.Interrupted;
    }

    /// <summary>Adds finished runs to a file of recorded results; a row of the same point and seed is replaced.</summary>
    /// <exception cref="WageException">A run is not finished or is not a run of this reproduction; nothing was written.</exception>
    public static int Add(Reproduction reproduction, IReadOnlyList<string> runs, string file, string? commit, TextWriter output)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(file));
        if (!Directory.Exists(folder)) throw new WageException($"--file: the folder {folder} does not exist.",
            "run this in the repository, or name another file.");
        var rows = File.Exists(file) ? [.. ExpectedRow.Parse(file, Text(file))] : new List<ExpectedRow>();
        var statisticsFile = StatisticsRow.FileBeside(file);
        var statistics = File.Exists(statisticsFile)
            ? [.. StatisticsRow.Parse(statisticsFile, Text(statisticsFile))] : new List<StatisticsRow>();
        var integersFile = IntegerScore.FileBeside(file);
        var integers = File.Exists(integersFile) ? [.. IntegerScore.Parse(integersFile, Text(integersFile))] : new List<IntegerScore>();
        foreach (var path in runs)
        {
            var card = RunIndex.Open(path, TrainCommand.RunsFolder);
            var point = reproduction.PointOf(card.Folder.ReadConfig())
                ?? throw new WageException($"{path}: is no run of {reproduction.Name}.",
                    $"`wage runs diff` compares it with one of `wage train {reproduction.Recipe}`.");
            var row = ExpectedRow.Of(point, card, commit, $"wage reproduce {reproduction.Name}");
            rows.RemoveAll(old => old.Point == row.Point && old.Seed == row.Seed);
            rows.Add(row);
            if (point.Start is not null)
            {
                integers.RemoveAll(old => old.Point == row.Point && old.Seed == row.Seed);
                integers.AddRange(IntegerScorer.Known(card.Folder, row.WeightsSha256) is { Count: > 0 } known ? known
                    : throw new WageException($"{path}: has no scores of its integers.", $"`wage reproduce {reproduction.Name}` makes them."));
            }

            if (reproduction.StatsEvery is null) continue;
            statistics.RemoveAll(old => old.Point == row.Point && old.Seed == row.Seed);
            statistics.AddRange(StatisticsRow.Of(row.Point, row.Seed, RunStatistics.Read(card.Folder)));
        }

        var order = reproduction.Points.Select(point => point.Label).ToList();
        var sorted = rows.OrderBy(row => order.IndexOf(row.Point)).ThenBy(row => row.Seed);
        AtomicFile.Write(file, Encoding.UTF8.GetBytes(ExpectedRow.ToCsv(sorted)));
        output.WriteLine($"{file}: {rows.Count} {(rows.Count == 1 ? "row" : "rows")}");
        if (integers.Count > 0)
        {
            var sortedIntegers = integers.OrderBy(row => order.IndexOf(row.Point)).ThenBy(row => row.Seed);
            AtomicFile.Write(integersFile, Encoding.UTF8.GetBytes(IntegerScore.ToCsv(sortedIntegers)));
            output.WriteLine($"{integersFile}: {integers.Count} rows");
        }

        if (reproduction.StatsEvery is null) return 0;
        var sortedStatistics = statistics.OrderBy(row => order.IndexOf(row.Point)).ThenBy(row => row.Seed);
        AtomicFile.Write(statisticsFile, Encoding.UTF8.GetBytes(StatisticsRow.ToCsv(sortedStatistics)));
        output.WriteLine($"{statisticsFile}: {statistics.Count} rows");
        return 0;
    }

    private static string Text(string file) => BoundedFile.ReadText(file, "table of results", MostResultBytes);

    private static bool Compare(
        Reproduction reproduction, Recorded recorded, IReadOnlyList<SweepOutcome> outcomes, string parent, TextWriter output)
    {
        output.WriteLine();
        var comparison = new ReproductionComparison(reproduction, recorded.Rows, outcomes);
        comparison.Write(output);
        var finished = outcomes.Where(outcome => outcome.State != SweepState.Refused).ToList();
        if (reproduction.AxisKey is { } key && finished.DistinctBy(outcome => outcome.Run.Cells[0]).Count() > 1)
        {
            var paths = Figure.OfSweep.Draw([.. finished.Select(outcome => new RunFolder(outcome.Folder))], parent, key);
            output.WriteLine($"picture  {paths[0]}");
        }
        else if (reproduction is { Axis.Length: > 0, AxisKey: null, HasIntegers: false } && finished.Count > 1)
        {
            var named = finished.Select(outcome => (outcome.Run.Cells[0], new RunFolder(outcome.Folder)));
            output.WriteLine($"picture  {Figure.DrawNamed(reproduction.Name, reproduction.Axis, [.. named], parent)}");
        }

        if (reproduction.Figures.Count == 0) return comparison.IsMet;
        if (finished.Count == 0) return false;
        var figures = FigureReport.Draw(reproduction, recorded.Statistics, finished, parent);
        figures.Write(output);
        return comparison.IsMet && figures.IsMet;
    }

    /// <summary>The name of the first of these options that the user gave.</summary>
    private static string? Given(ParseResult parsed, params Option[] options) =>
        options.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false })?.Name;

    private static IReadOnlyList<string> Labels(IEnumerable<string> texts) =>
        [.. texts.SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];

    private static int Table(TextWriter output)
    {
        output.Write(ReproductionTable.Markdown());
        return 0;
    }

    private static int List(TextWriter output)
    {
        var table = new TextTable("reproduction", "beside", "points", "recorded", "takes", "what").RightAlign(2, 3);
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
