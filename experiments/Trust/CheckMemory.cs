using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Wage.Experiments.Runs;
using Wage.Files;

namespace Wage.Experiments.Trust;

/// <summary>
/// The answers of earlier checks: devices.json in the user's cache folder. What cannot be read is not remembered, so that it is checked again;
/// what cannot be written neither.
/// </summary>
/// <param name="path">The file; null: nothing is remembered.</param>
internal sealed class CheckMemory(string? path)
{
    /// <summary>The folder for the file, instead of the user's.</summary>
    public const string Variable = "WAGE_CACHE";

    private const int MostAnswers = 200, MostBytes = 1 << 20;
    private const string Mark = "wage-devices-1";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The file.</summary>
    public string? Path => path;

    /// <summary>The user's.</summary>
    public static CheckMemory OfUser() => new(Folder() is { } folder ? System.IO.Path.Combine(folder, "devices.json") : null);

    /// <summary>Everything remembered, the newest last.</summary>
    public IReadOnlyList<CheckAnswer> Answers()
    {
        try
        {
            if (path is null || SmallJson.Read(path, MostBytes) is not { } file) return [];
            if (SmallJson.Text(file, "format") != Mark || file["checks"] is not JsonArray checks) return [];
            return [.. checks.Select(CheckAnswer.From).OfType<CheckAnswer>()];
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            return [];
        }
    }

    /// <summary>The answer for this, or null.</summary>
    public CheckAnswer? Find(CheckedModel subject) => Answers().LastOrDefault(answer => answer.Subject == subject);

    /// <summary>Keeps an answer in place of an earlier one for the same.</summary>
    public void Keep(CheckAnswer answer)
    {
        if (path is null) return;
        var others = Answers().Where(other => other.Subject != answer.Subject).TakeLast(MostAnswers - 1);
        var json = new JsonObject { ["format"] = Mark, ["checks"] = new JsonArray([.. others.Append(answer).Select(one => one.ToJson())]) };
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            AtomicFile.Write(path, Encoding.UTF8.GetBytes(json.ToJsonString(Indented) + "\n"));
        }
        catch (Exception error) when (error is WageException or IOException or UnauthorizedAccessException)
        {
            // The check runs again the next time.
        }
    }

    private static string? Folder()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen) return System.IO.Path.GetFullPath(chosen);
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } caches && System.IO.Path.IsPathRooted(caches))
            return System.IO.Path.Combine(caches, "wage");
        var folder = OperatingSystem.IsWindows() ? Environment.SpecialFolder.LocalApplicationData : Environment.SpecialFolder.UserProfile;
        var root = Environment.GetFolderPath(folder);
        if (root.Length == 0) return null;
        return OperatingSystem.IsWindows() ? System.IO.Path.Combine(root, "wage") : System.IO.Path.Combine(root, ".cache", "wage");
    }
}
