using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Wage.Experiments.Commands;
using Wage.Experiments.Display;
using Wage.Experiments.Pictures;
using Wage.Experiments.Recipes;
using Wage.Files;
using Wage.Workers;

namespace Wage.Experiments.Traffic;

/// <summary>wage traffic --workers: what a step of 1, 2, 4, ... workers would take.</summary>
internal static partial class WorkerForecasts
{
    private const int MostWorkers = 4096;

    /// <summary>Measures and predicts; the exit code.</summary>
    /// <exception cref="WageException">It is no recipe, or an option is out of range.</exception>
    public static int Execute(TrafficRequest request, int workers, string link, TextWriter output, CancellationToken token)
    {
        if (workers is < 1 or > MostWorkers) throw new WageException($"--workers: is {workers}, but must be from 1 to {MostWorkers}.");
        var speed = BytesPerSecond(link);
        var recipe = RecipeCatalog.Load(
            request.Target ?? RecipeCatalog.Default, [.. request.Settings.Select(GivenValue.FromSetting)]);
        _ = BatchSlice.Of(recipe.Batch, 0, workers);            // refused before anything is measured
        int[] counts = [.. Enumerable.Range(0, 12).Select(power => 1 << power).Where(count => count < workers), workers];
        var table = new TextTable("workers", "images each", "KB sent", "messages", "compute ms", "step ms", "images/s", "gain")
            .RightAlign(0, 1, 2, 3, 4, 5, 6, 7);
        List<(int Workers, double ImagesPerSecond)> curve = [];
        var (threads, carrying) = (request.Threads > 0 ? request.Threads : Environment.ProcessorCount, CarryingCost.Measure());
        List<string> differences = [];
        foreach (var count in counts)
        {
            var one = WorkerSteps.Alone(recipe, request.Device, request.Threads, count, request.Seconds, token);
            var step = new WorkerForecast(one, threads, new LinkMeasurement(WorkerForecast.Latency, carrying)).Step(speed);
            curve.Add((count, recipe.Batch / step));
            if (one.Difference is { } text) differences.Add($"{Format.Counted(count, "worker")}: {text}");
            table.Add(
                Text(count), Text(one.Images), Format.Count(one.Bytes / 1024), Text(one.Messages), Milliseconds(one.Seconds), Milliseconds(step),
                Format.Count((long)curve[^1].ImagesPerSecond),
                (curve[^1].ImagesPerSecond / curve[0].ImagesPerSecond).ToString("0.00", CultureInfo.InvariantCulture));
        }

        output.WriteLine(
            $"{recipe.Name}, batch {recipe.Batch}: predicted for a link of {link} and {1e6 * WorkerForecast.Latency:0} \u03BCs a message; " +
            $"computing, and the {1e9 * carrying:0.0} ns of a processor to send and receive a byte, are measured here");
        output.WriteLine();
        table.Write(output);
        foreach (var text in differences) output.WriteLine(text);
        if (request.Picture is not { } path) return 0;
        var picture = ForecastPicture.Draw(recipe.Name, recipe.Batch, link, curve, new Frame());
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(picture.ToFile(request.Theme)));
        output.WriteLine(path);
        return 0;
    }

    /// <summary>Of "10Gbit", "1.5Gbit", "100Mbit".</summary>
    /// <exception cref="WageException">It is no rate.</exception>
    public static double BytesPerSecond(string link)
    {
        var found = Rate().Match(link);
        if (!found.Success)
            throw new WageException($"--link: is {OneLine.Quote(link)}, but must be a rate such as 10Gbit or 100Mbit.");
        var unit = found.Groups["unit"].Value switch { "k" => 1e3, "M" => 1e6, _ => 1e9 };
        return double.Parse(found.Groups["number"].Value, CultureInfo.InvariantCulture) * unit / 8;
    }

    /// <summary>A number of a table.</summary>
    internal static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Two decimals.</summary>
    internal static string Milliseconds(double seconds) => (1000 * seconds).ToString("0.00", CultureInfo.InvariantCulture);

    [GeneratedRegex("^(?<number>[0-9]{0,6}[1-9][0-9]{0,3}(\\.[0-9]{1,3})?)(?<unit>[kMG])bit$")]
    private static partial Regex Rate();
}
