using System.CommandLine;
using System.Globalization;
using System.Text;
using Wage.Experiments.Benchmarks;
using Wage.Experiments.Display;
using Wage.Experiments.Runs;
using Wage.Files;

namespace Wage.Experiments.Commands;

/// <summary>wage bench: how fast this machine trains and infers.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var names = new Argument<string[]>("NAMES")
        {
            Description = "Rows to measure (`wage bench --list`); all when none is named.",
            Arity = ArgumentArity.ZeroOrMore
        };
        var list = new Option<bool>("--list") { Description = "Name the rows and end." };
        var json = new Option<string?>("--json")
        {
            Description = "Write the machine and the rows, with every run, to this file.",
            HelpName = "FILE"
        };
        var runs = new Option<int>("--runs") { Description = "Timed runs per row.", HelpName = "N", DefaultValueFactory = _ => 5 };
        var seconds = new Option<double>("--seconds")
        {
            Description = "The least time of a run; 0: one step each.",
            HelpName = "S",
            DefaultValueFactory = _ => 0.5
        };
        var (threads, device) = (CommonOptions.Threads(), CommonOptions.Device());
        var command = new Command("bench", "Measure the standard set: LeNet-5 and VGG7, and products of VGG7's layers and a depthwise one.")
        {
            names, list, json, runs, seconds, threads, device,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(list)) return List(Console.Out);
            using var interruption = new Interruption();
            var request = new BenchRequest(
                parsed.GetValue(names) ?? [], parsed.GetValue(threads), parsed.GetValue(json), parsed.GetValue(runs),
                parsed.GetValue(seconds), parsed.GetValue(device) ?? "cpu");
            return Execute(request, Console.Out, Console.Error, interruption.Token);
        });
        return command;
    }

    /// <summary>Measures until the rows are done or the token is cancelled; the exit code.</summary>
    /// <exception cref="WageException">There is no such row, or an option is out of range; nothing was measured.</exception>
    public static int Execute(BenchRequest request, TextWriter output, TextWriter progress, CancellationToken token)
    {
        Check(request);
        if (request.Json is { } place) OutputFile.RequireMark("--json", place, "table of this command", "{\n  \"date\"");
        var rows = BenchCatalog.Select(request.Names).Where(row => request.Names.Count > 0 || request.Device == "cpu" || !row.IsOfHost).ToList();
        if (request.Device is not ("cpu" or "reference" or "auto") && rows.Find(row => row.IsOfHost) is { } own)
            throw new WageException(
                $"bench {own.Name}: measures the processor's own engine, but --device is {request.Device}.",
                "leave the row away, or take --device cpu.");
        var (results, isa) = (new List<BenchResult>(), string.Empty);
        var complete = true;
        for (var i = 0; i < rows.Count && complete; i++)
        {
            var row = rows[i];
            progress.Write(string.Create(CultureInfo.InvariantCulture, $"{i + 1,2}/{rows.Count}  {row.Name,-24} "));
            using var backend = Devices.Create(request.Device, request.Threads);
            isa = backend.Description;
            try
            {
                results.Add(row.Measure(backend, request.Runs, request.Seconds, () => progress.Write("."), token));
                progress.WriteLine($" {BenchReport.Rate(results[^1].Median)} {row.Unit}");
            }
            catch (OperationCanceledException)
            {
                progress.WriteLine();
                complete = false;
            }
        }

        var report = new BenchReport(isa, Devices.Threads(request.Device, request.Threads), DateTime.UtcNow, complete, results);
        report.Write(output);
        if (request.Json is { } path) AtomicFile.Write(path, Encoding.UTF8.GetBytes(report.ToJson()));
        if (complete) return 0;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"interrupted after {results.Count} of {rows.Count} rows"));
        return ExitCode.Interrupted;
    }

    private static int List(TextWriter output)
    {
        var table = new TextTable("row", "unit", "what");
        foreach (var row in BenchCatalog.All) table.Add(row.Name, row.Unit, row.Description);
        table.Write(output);
        return 0;
    }

    /// <summary>Before minutes are spent.</summary>
    private static void Check(BenchRequest request)
    {
        var culture = CultureInfo.InvariantCulture;
        if (request.Runs is < 1 or > 1000)
            throw new WageException(string.Create(culture, $"--runs: is {request.Runs}, but must be from 1 to 1000."));
        if (request.Seconds is not (>= 0 and <= 600))
            throw new WageException(string.Create(culture, $"--seconds: is {request.Seconds}, but must be from 0 to 600."));
        if (request.Json is not { } path) return;
        if (path.Length == 0 || Directory.Exists(path))
            throw new WageException($"--json: '{OneLine.Quote(path)}' is not the name of a file.", "give a path such as bench.json.");
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (!Directory.Exists(folder))
            throw new WageException($"--json: the folder {folder} does not exist.", "create it, or choose another file.");
    }
}

/// <summary>What the user asked for.</summary>
internal sealed record BenchRequest(
    IReadOnlyCollection<string> Names, int Threads = 0, string? Json = null, int Runs = 5, double Seconds = 0.5,
    string Device = "cpu");
