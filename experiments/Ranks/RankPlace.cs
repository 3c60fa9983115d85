using System.Globalization;

namespace Wage.Experiments.Ranks;

/// <summary>Where a rank runs.</summary>
/// <param name="Rank">Its number.</param>
/// <param name="Host">The machine's name and, on Linux, what tells one start of it from others.</param>
/// <param name="Process">The process's number.</param>
/// <param name="Processors">The processors that it may use, as the system words them.</param>
/// <param name="Count">How many these are.</param>
/// <param name="Room">The bytes of memory that were free there when all ranks had started and none had begun.</param>
internal sealed record RankPlace(int Rank, string Host, int Process, string Processors, int Count, long Room)
{
    private const char Separator = '\t';

    /// <summary>The machine's name alone.</summary>
    public string Machine => Host.Split(' ')[0];

    /// <summary>Of a rank of this machine: false when its process is gone or has only to be buried. Where that cannot be seen, true.</summary>
    public bool IsAlive => !OperatingSystem.IsLinux()
        || (Line(string.Create(CultureInfo.InvariantCulture, $"/proc/{Process}/status"), "State:") is { Length: > 0 } state
            && !state.Contains("zombie", StringComparison.Ordinal) && !state.Contains("dead", StringComparison.Ordinal));

    /// <summary>Where all of them are.</summary>
    public static IReadOnlyList<RankPlace> Of(RankGroup ranks)
    {
        string[] own =
        [
            $"{Environment.MachineName} {Line("/proc/sys/kernel/random/boot_id")}", Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
            Line("/proc/self/status", "Cpus_allowed:"), Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
            HostRoom.Now.ToString(CultureInfo.InvariantCulture),
        ];
        return [.. ranks.Gather(string.Join(Separator, own)).Select((text, rank) => Read(rank, text.Split(Separator)))];
    }

    /// <summary>The threads of a rank that was given none: its processors, shared with the ranks that may use the same ones.</summary>
    public int Threads(IEnumerable<RankPlace> all) =>
        Math.Max(1, Count / all.Count(other => (other.Host, other.Processors) == (Host, Processors)));

    private static RankPlace Read(int rank, string[] parts) => new(
        rank, parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture), parts[2], int.Parse(parts[3], CultureInfo.InvariantCulture),
        long.Parse(parts[4], CultureInfo.InvariantCulture));

    /// <summary>The first line of a file that begins so, without tabs; empty where there is none.</summary>
    private static string Line(string path, string begin = "")
    {
        try
        {
            var line = File.ReadLines(path).FirstOrDefault(line => line.StartsWith(begin, StringComparison.Ordinal));
            return OneLine.Of(line ?? string.Empty);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}
