using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Wage.Experiments.Pictures;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Files;
using Wage.Training;

namespace Wage.Experiments.Commands;

/// <summary>wage plot: the learning curve of a run as SVG.</summary>
internal static partial class PlotCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "A run folder." };
        var output = new Option<string?>("--out") { Description = "The picture. Default: RUN/curve.svg.", HelpName = "FILE" };
        var command = new Command("plot", "Draw the learning curve of a run as SVG.") { run, output };
        command.SetAction(parsed => Execute(parsed.GetValue(run)!, parsed.GetValue(output), Console.Out));
        return command;
    }

    public static int Execute(string run, string? picture, TextWriter output)
    {
        var folder = new RunFolder(run);
        if (!folder.HoldsRun) throw new WageException($"{run}: holds no run.", "give the folder that `wage train` names at its end.");
        var recipe = folder.ReadConfig();
        var rows = folder.Rows(Checkpoint.Read(folder.LastPath).History, recipe.LossName, recipe.Batch);
        var path = picture ?? Path.Combine(run, "curve.svg");
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(Draw(recipe, rows)));
        output.WriteLine(path);
        return 0;
    }

    /// <summary>Train and test error over epochs, with the recipe's published figure when it opens with a percentage.</summary>
    public static string Draw(Recipe recipe, IReadOnlyList<EpochRow> rows) => CurvePicture.Draw(
        $"{recipe.Name}, {recipe.Options.Bits}, seed {recipe.Seed}",
        [
            new Curve("train", "#d98324", [.. rows.Select(row => (row.Epoch, 100 * row.TrainError))]),
            new Curve("test", "#2f7fd1", [.. rows.Select(row => (row.Epoch, 100 * row.TestError))]),
        ],
        Percentage().Match(recipe["published"]) is { Success: true } match ? double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : null);

    [GeneratedRegex(@"^([0-9]+(\.[0-9]+)?) ?%")]
    private static partial Regex Percentage();
}
