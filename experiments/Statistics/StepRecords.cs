using System.Text;
using System.Text.Json;
using Wage.Files;

namespace Wage.Experiments.Statistics;

/// <summary>
/// A file of JSON lines that grows with the steps of a run, each line with its "step". Lines are appended, several in one write, and are on the disk
/// before a checkpoint counts them. A process that is killed leaves at most the last line cut, and the lines of steps that will be done again;
/// both go when the run is resumed, and what is missing then is named.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="isRegular">Whether every step has as many lines.</param>
internal sealed class StepRecords(string path, bool isRegular = false)
{
    private bool isFlushed = true;

    /// <summary>The file's name.</summary>
    public string Name { get; } = Path.GetFileName(path);

    /// <summary>The bytes of the lines.</summary>
    public long Length { get; private set; }

    /// <summary>Appends lines.</summary>
    /// <exception cref="WageException">The file cannot be written.</exception>
    public void Append(IEnumerable<string> lines)
    {
        var text = string.Concat(lines.Select(line => line + "\n"));
        GrowingFile.Append(path, text, flushToDisk: false);
        Length += Encoding.UTF8.GetByteCount(text);
        isFlushed = false;
    }

    /// <summary>Waits until everything is on the disk.</summary>
    /// <exception cref="WageException">The file cannot be written.</exception>
    public void Flush()
    {
        if (!isFlushed) GrowingFile.Append(path, string.Empty, flushToDisk: true);
        isFlushed = true;
    }

    /// <summary>Removes every line that is not whole or not of a step before this one.</summary>
    /// <param name="step">The next step.</param>
    /// <param name="counted">The bytes that the checkpoint counted; null: unknown.</param>
    /// <param name="every">Steps between two records, where the file does not tell.</param>
    /// <param name="missing">What is missing of what the checkpoint counted, as a clause; null: nothing.</param>
    /// <returns>The lines that stay, read from the file one at a time.</returns>
    /// <exception cref="WageException">The file cannot be read or written.</exception>
    public IEnumerable<string> KeepBefore(long step, long? counted, int? every, out string? missing)
    {
        missing = null;
        var steps = new SortedDictionary<long, int>();
        Length = 0;
        var exists = File.Exists(path);
        if (exists)
        {
            foreach (var line in GrowingFile.Lines(path))
            {
                if (Step(line) is not { } of || of >= step) continue;
                steps[of] = steps.GetValueOrDefault(of) + 1;
                Length += Encoding.UTF8.GetByteCount(line) + 1;
            }
        }

        var least = 0;
        if (Length < (counted ?? 0))
        {
            var there = Length;
            if (isRegular && steps.Count > 0) least = steps.Values.Max();
            foreach (var cut in steps.Where(known => known.Value < least).ToList()) steps.Remove(cut.Key);
            missing = $"lacks {What([.. steps.Keys], step, every)} ({there} of {counted} bytes are there)";
        }

        if (exists && (missing is not null || Length != new FileInfo(path).Length)) Length = Rewrite(steps);
        return exists ? GrowingFile.Lines(path) : [];
    }

    private string What(IReadOnlyList<long> known, long step, int? every)
    {
        if (!isRegular) return $"lines of steps before {step}";
        var interval = known.Count < 2 ? every ?? 1 : known.Zip(known.Skip(1), (a, b) => b - a).Min();
        var gaps = Gaps.Of(known, interval, known.Count == 0 ? 0 : known[0] % interval, step);
        return gaps.Count == 0 ? $"lines of steps before {step}" : Gaps.Words("step", gaps);
    }

    private long Rewrite(IReadOnlyDictionary<long, int> steps)
    {
        var length = 0L;
        AtomicFile.Write(path, stream =>
        {
            foreach (var line in GrowingFile.Lines(path))
            {
                if (Step(line) is not { } of || !steps.ContainsKey(of)) continue;
                var bytes = Encoding.UTF8.GetBytes(line + "\n");
                stream.Write(bytes);
                length += bytes.Length;
            }
        });
        return length;
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
