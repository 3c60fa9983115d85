using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Wage.Experiments.Recipes;
using Wage.Files;

namespace Wage.Experiments.Runs;

/// <summary>
/// A run's files. Each is written whole or not at all, or grows by lines that are on the disk before a checkpoint counts them, so a process killed
/// between two of them leaves a folder that resumes.
/// </summary>
internal sealed partial class RunFolder(string path)
{
    private static readonly TimeSpan NotesPatience = TimeSpan.FromSeconds(30);

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

    public string LockPath => In("lock");

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

    /// <summary>The first of these folders that holds no run and no other process, made and held.</summary>
    /// <exception cref="WageException">It cannot be made or locked.</exception>
    public static HeldFolder HoldNextFree(string root, string name, ulong seed)
    {
        while (true)
        {
            var held = HeldFolder.TryTake(NextFree(root, name, seed));
            if (held is { Folder.HoldsRun: false }) return held;
            held?.Dispose();
        }
    }

    /// <summary>Makes the folder and keeps other processes out until the result is disposed.</summary>
    /// <exception cref="WageException">The folder cannot be made or locked, or another process trains in it.</exception>
    public HeldFolder Hold() => HeldFolder.TryTake(this)
        ?? throw new WageException($"{Path}: another process trains in this folder.", "wait for it, or choose another folder with --out.");

    /// <summary>True while another process (or another run of this one) trains here: a killed process holds nothing.</summary>
    public bool IsHeld => FileLock.IsHeld(LockPath);

    /// <summary>Changes the tags and the note; several processes may, one after the other.</summary>
    /// <returns>What is said now.</returns>
    /// <exception cref="WageException">The change breaks a rule, or the file cannot be written.</exception>
    public RunNotes ChangeNotes(Func<RunNotes, RunNotes> change)
    {
        try
        {
            using var held = FileLock.TryTake(NotesPath + ".lock", NotesPatience)
                ?? throw new WageException($"{NotesPath}: another process is writing it.", "try again.");
            var notes = change(RunNotes.Read(NotesPath));
            notes.Write(NotesPath);
            AtomicFile.RemoveLeftovers(NotesPath);
            return notes;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new WageException($"{NotesPath}: cannot be written ({error.Message.TrimEnd('.')}).", "free space there.", error);
        }
    }

    /// <summary>Removes what killed processes left while they wrote the run's own files. Only for who holds the folder.</summary>
    public void RemoveLeftovers()
    {
        foreach (var file in new[] { ConfigPath, MetricsPath, SummaryPath, EnvironmentPath, StatsPath, WarningsPath, QuietPath, LastPath, BestPath })
            AtomicFile.RemoveLeftovers(file);
    }

    /// <summary>The recipe that the run was started with.</summary>
    /// <exception cref="WageException">The file cannot be read.</exception>
    public Recipe ReadConfig() => Recipe.Resolve(RecipeReader.ReadFile(ConfigPath));

    public void WriteConfig(Recipe recipe) => Write(ConfigPath, recipe.ToYaml());

    public void WriteSummary(RunSummary summary) => Write(SummaryPath, summary.ToJson());

    public void WriteEnvironment(RunEnvironment environment) => Write(EnvironmentPath, environment.ToJson());

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

    private string In(string file) => System.IO.Path.Combine(Path, file);
}
