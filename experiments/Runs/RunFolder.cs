using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Wage.Experiments.Recipes;
using Wage.Files;
using Wage.Training;

namespace Wage.Experiments.Runs;

/// <summary>
/// A run's files. Each is written whole or not at all, and each that is not a checkpoint is made again from checkpoint `last`, so a
/// process killed between two of them leaves a folder that resumes.
/// </summary>
internal sealed partial class RunFolder(string path)
{
    private const long MostMetricsBytes = 1L << 28;

    /// <summary>The folder.</summary>
    public string Path { get; } = path;

    public string ConfigPath => In("config.yaml");

    public string MetricsPath => In("metrics.jsonl");

    public string SummaryPath => In("summary.json");

    public string EnvironmentPath => In("environment.json");

    public string NotesPath => In("notes.json");

    public string StatsPath => In("stats.jsonl");

    public string WarningsPath => In("warnings.jsonl");

    /// <summary>The layers whose weights did not move in a check: what a resumed run needs to warn as an uninterrupted one does.</summary>
    public string QuietPath => In("quiet.jsonl");

    public string LastPath => In("last.wage");

    public string BestPath => In("best.wage");

    /// <summary>True when a run was started here.</summary>
    public bool HoldsRun => File.Exists(ConfigPath) || File.Exists(LastPath);

    /// <summary>The first of runs/NAME-seedS, runs/NAME-seedS-2, ... that does not exist.</summary>
    public static RunFolder NextFree(string root, string name, ulong seed)
    {
        for (var number = 1; ; number++)
        {
            var suffix = number == 1 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"-{number}");
            var path = System.IO.Path.Combine(root, Stem(name, seed) + suffix);
            if (!Directory.Exists(path) && !File.Exists(path)) return new RunFolder(path);
        }
    }

    /// <summary>The one with the highest number of those that hold a run, or null.</summary>
    public static RunFolder? Newest(string root, string name, ulong seed)
    {
        if (!Directory.Exists(root)) return null;
        var stem = Stem(name, seed);
        return Directory.EnumerateDirectories(root, stem + "*")
            .Select(path => (Path: path, Number: Number(System.IO.Path.GetFileName(path), stem)))
            .Where(run => run.Number > 0).OrderByDescending(run => run.Number)
            .Select(run => new RunFolder(run.Path)).FirstOrDefault(folder => folder.HoldsRun);
    }

    /// <summary>Makes the folder and keeps other processes out until the result is disposed.</summary>
    /// <exception cref="WageException">The folder cannot be made, or another process trains in it.</exception>
    public IDisposable Lock()
    {
        try
        {
            Directory.CreateDirectory(Path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new WageException($"{Path}: the run folder cannot be made ({error.Message.TrimEnd('.')}).",
                "choose another with --out.", error);
        }

        try
        {
            return new FileStream(In("lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new WageException($"{Path}: cannot be written.", "choose another folder with --out.", error);
        }
        catch (IOException error)
        {
            throw new WageException($"{Path}: another process trains in this folder.",
                "wait for it, or choose another folder with --out.", error);
        }
    }

    /// <summary>True while another process (or another run of this one) trains here: a killed process holds nothing.</summary>
    public bool IsLocked()
    {
        try
        {
            using var probe = new FileStream(In("lock"), FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>The recipe that the run was started with.</summary>
    /// <exception cref="WageException">The file cannot be read.</exception>
    public Recipe ReadConfig() => Recipe.Resolve(RecipeReader.ReadFile(ConfigPath));

    public void WriteConfig(Recipe recipe) => Write(ConfigPath, recipe.ToYaml());

    public void WriteMetrics(IEnumerable<EpochRow> rows) => Write(MetricsPath, string.Concat(rows.Select(row => row.ToJson() + "\n")));

    public void WriteSummary(RunSummary summary) => Write(SummaryPath, summary.ToJson());

    public void WriteEnvironment(RunEnvironment environment) => Write(EnvironmentPath, environment.ToJson());

    /// <summary>The rows of finished epochs, with the times that an earlier process measured where its file still has them.</summary>
    public List<EpochRow> Rows(IReadOnlyList<EpochResult> history, string loss, int batch)
    {
        var timings = Timings();
        return
        [
            .. history.Select(result => timings.TryGetValue(result.Epoch, out var timing)
                ? EpochRow.From(result, loss, batch, timing.ImagesPerSecond, timing.Seconds)
                : EpochRow.From(result, loss, batch, null, null)),
        ];
    }

    private static string Stem(string name, ulong seed) => string.Create(CultureInfo.InvariantCulture, $"{name}-seed{seed}");

    private static int Number(string folder, string stem)
    {
        var rest = folder[stem.Length..];
        if (rest.Length == 0) return 1;
        return NumberPattern().IsMatch(rest) ? int.Parse(rest.AsSpan(1), CultureInfo.InvariantCulture) : 0;
    }

    [GeneratedRegex("^-[1-9][0-9]{0,7}$")]
    private static partial Regex NumberPattern();

    private static void Write(string path, string content) => AtomicFile.Write(path, Encoding.UTF8.GetBytes(content));

    private Dictionary<int, (double? ImagesPerSecond, double? Seconds)> Timings()
    {
        var timings = new Dictionary<int, (double?, double?)>();
        try
        {
            var file = new FileInfo(MetricsPath);
            if (!file.Exists || file.Length > MostMetricsBytes) return timings;
            foreach (var (epoch, imagesPerSecond, seconds) in File.ReadLines(MetricsPath).Select(EpochRow.Timing))
                timings[epoch] = (imagesPerSecond, seconds);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return timings;
        }

        return timings;
    }

    private string In(string file) => System.IO.Path.Combine(Path, file);
}
