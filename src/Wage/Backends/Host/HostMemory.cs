using System.Globalization;

namespace Wage.Backends.Host;

/// <summary>The memory of this machine.</summary>
internal static class HostMemory
{
    private const string Label = "MemAvailable:";

    /// <summary>
    /// Bytes that this process can take without making others swap, as far as the system says: what the machine or its container has in all, and on
    /// Linux no more than what is available now.
    /// </summary>
    public static long Available()
    {
        var all = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return Math.Min(all, AvailableNow("/proc/meminfo") ?? all);
    }

    /// <summary>MemAvailable of such a file, which counts in KiB; null where there is none.</summary>
    internal static long? AvailableNow(string path)
    {
        try
        {
            var line = File.ReadLines(path).FirstOrDefault(text => text.StartsWith(Label, StringComparison.Ordinal));
            var number = line?[Label.Length..].Replace("kB", string.Empty, StringComparison.Ordinal).Trim();
            return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var kibibytes) ? kibibytes << 10 : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
