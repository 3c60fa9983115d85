using System.CommandLine;
using System.Text;
using Wage.Experiments.Reports;
using Wage.Experiments.Runs;
using Wage.Files;

namespace Wage.Experiments.Commands;

/// <summary>wage report: runs as one HTML file.</summary>
internal static class ReportCommand
{
    private const int MostRuns = 100;

    public static Command Create()
    {
        var runs = new Argument<string[]>("RUN")
        {
            Description = "Run folders, several to compare; the folder of a sweep stands for its runs.",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string?>("--out")
        {
            Description = "The page. Default: RUN/report.html, in the first run's folder.",
            HelpName = "FILE",
        };
        var confusion = new Option<bool>("--confusion") { Description = "Classify the test images and add the confusion matrix." };
        var (theme, threads, device, data) = (CommonOptions.Theme(), CommonOptions.Threads(), CommonOptions.Device(), CommonOptions.Data());
        var command = new Command("report", "Write runs into one HTML page: results, layers, curves, statistics, hashes, configuration.")
        {
            runs, output, confusion, theme, threads, device, data,
        };
        command.SetAction(parsed => Execute(
            parsed.GetValue(runs)!, parsed.GetValue(output), parsed.GetValue(confusion), CommonOptions.ThemeOf(parsed.GetValue(theme)),
            new PlotRequest(null, parsed.GetValue(device) ?? "auto", parsed.GetValue(threads), parsed.GetValue(data)), Console.Out));
        return command;
    }

    /// <summary>Writes; the exit code.</summary>
    /// <exception cref="WageException">A folder holds no run, or the page cannot be written.</exception>
    public static int Execute(string[] folders, string? page, bool withConfusion, Pictures.Theme theme, PlotRequest request, TextWriter output)
    {
        var given = GivenRuns.Open(folders);
        var runs = given.Runs;
        if (runs.Count > MostRuns)
            throw new WageException($"report: {runs.Count} runs are given, but a page has at most {MostRuns}.", "write several pages.");
        var path = page ?? Path.Combine(folders[0], "report.html");
        OutputFile.RequireMark("--out", path, "page of this command", ReportPage.Mark);
        List<Confusion?> confusions =
            [.. runs.Select(run => withConfusion ? Confusion.Of(run, request.Device, request.Threads, request.Data) : null)];
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(ReportPage.Create(runs, confusions, theme, given.Unreadable)));
        output.WriteLine(path);
        return given.Tell(Console.Error);
    }
}
