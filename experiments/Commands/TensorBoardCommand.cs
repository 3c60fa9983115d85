using System.CommandLine;
using Wage.Experiments.Runs;
using Wage.Experiments.TensorBoard;

namespace Wage.Experiments.Commands;

/// <summary>wage tensorboard: runs as TensorBoard's event files.</summary>
internal static class TensorBoardCommand
{
    public static Command Create()
    {
        var runs = new Argument<string[]>("RUN")
        {
            Description = "Run folders; the folder of a sweep stands for its runs.",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string?>("--out")
        {
            Description = "A folder that gets a folder for each run. Default: RUN/tensorboard.",
            HelpName = "DIR",
        };
        var command = new Command("tensorboard", "Write event files of runs for TensorBoard: scalars and histograms.") { runs, output };
        command.SetAction(parsed => Execute(parsed.GetValue(runs)!, parsed.GetValue(output), Console.Out));
        return command;
    }

    /// <summary>Writes; the exit code.</summary>
    /// <exception cref="WageException">A folder holds no run, two would get one folder, or a file cannot be written.</exception>
    public static int Execute(string[] folders, string? outFolder, TextWriter output)
    {
        var given = GivenRuns.Open(folders);
        var runs = given.Runs;
        if (outFolder is not null && runs.GroupBy(run => run.FolderName).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new WageException($"--out: two of the runs are called {twice.Key}.", "write them one by one, into different folders.");
        List<string> refusals = [.. given.Unreadable];
        foreach (var run in runs)
        {
            try
            {
                output.WriteLine(EventFolder.Export(run, outFolder is null ? EventFolder.Of(run.Folder) : Path.Combine(outFolder, run.FolderName)));
            }
            catch (WageException refusal) when (runs.Count > 1)
            {
                refusals.Add(refusal.InWords());
            }
        }

        return (given with { Unreadable = refusals }).Tell(Console.Error);
    }
}
