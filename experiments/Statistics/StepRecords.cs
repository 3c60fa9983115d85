using System.Text;
using System.Text.Json;
using Wage.Files;

namespace Wage.Experiments.Statistics;

/// <summary>
/// A file of JSON lines that grows with the steps of a run, each line with its "step". Lines are appended, several in one write; a process that is
/// killed leaves at most the last line cut, and the lines of steps that will be done again. Both go when the run is resumed.
/// </summary>
internal sealed class StepRecords(string path)
{
    /// <summary>Appends lines.</summary>
    /// <exception cref="WageException">The file cannot be written.</exception>
    public void Append(IEnumerable<string> lines)
    {
        try
        {
            File.AppendAllText(path, string.Concat(lines.Select(line => line + "\n")));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new WageException(
                $"{path}: cannot be written ({error.Message.TrimEnd('.')}).", "make room, or choose another folder with --out.", error);
        }
    }

    /// <summary>Removes every line that is not whole or not of a step before this one; gives those that stay.</summary>
    /// <exception cref="WageException">The file cannot be read or written.</exception>
    public IReadOnlyList<string> KeepBefore(long step)
    {
        if (!File.Exists(path)) return [];
        try
        {
            var all = File.ReadAllLines(path);
            var kept = all.Where(line => Step(line) is { } of && of < step).ToList();
            if (kept.Count < all.Length) AtomicFile.Write(path, Encoding.UTF8.GetBytes(string.Concat(kept.Select(line => line + "\n"))));
            return kept;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new WageException($"{path}: cannot be read ({error.Message.TrimEnd('.')}).", "give it back its permissions, or delete it.", error);
        }
    }

    private static long? Step(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.TryGetProperty("step", out var step) && step.TryGetInt64(out var value) ? value : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
