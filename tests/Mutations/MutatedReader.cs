namespace Wage.Tests.Mutations;

/// <summary>A reader of files, and a good file.</summary>
/// <param name="Name">What it reads.</param>
/// <param name="Good">A file that it reads.</param>
/// <param name="Path">Where the damaged files are put.</param>
/// <param name="Read">Reads the file there; WageException refuses it.</param>
internal sealed record MutatedReader(string Name, byte[] Good, string Path, Action Read)
{
    /// <summary>Makes a checksum right again, so that the damage reaches what it protects.</summary>
    public Action<byte[]>? Repair { get; init; }

    /// <summary>What is done with what was read; it may refuse too, and its memory is not counted.</summary>
    public Action? Use { get; init; }

    /// <summary>The most bytes that reading may take.</summary>
    public long MostBytes { get; init; } = (4 << 20) + (64L * Good.Length);

    /// <summary>Reads the good file.</summary>
    public void ReadGood()
    {
        File.WriteAllBytes(Path, Good);
        Read();
        Use?.Invoke();
    }
}

/// <summary>What became of many damaged files.</summary>
/// <param name="Read">Files that were read all the same.</param>
/// <param name="Refused">Files that were refused in one line.</param>
/// <param name="MostBytes">The most memory that one took.</param>
/// <param name="LongestMessage">The longest refusal, without the file's path.</param>
/// <param name="Faults">The rounds in which something else happened.</param>
internal sealed record CampaignResult(int Read, int Refused, long MostBytes, int LongestMessage, IReadOnlyList<string> Faults)
{
    private const int LongestRefusal = 300;
    private const int MostFaults = 10;

    /// <summary>Damages the good file so many times and has each read.</summary>
    public static CampaignResult Of(MutatedReader reader, int rounds)
    {
        var (read, refused, mostBytes, longest, faults) = (0, 0, 0L, 0, new List<string>());
        for (var round = 0; round < rounds && faults.Count < MostFaults; round++)
        {
            var bytes = Mutator.Mutate(reader.Good, round);
            reader.Repair?.Invoke(bytes);
            File.WriteAllBytes(reader.Path, bytes);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                reader.Read();
                read++;
                mostBytes = Math.Max(mostBytes, GC.GetAllocatedBytesForCurrentThread() - before);
                reader.Use?.Invoke();
            }
            catch (WageException refusal)
            {
                refused++;
                mostBytes = Math.Max(mostBytes, GC.GetAllocatedBytesForCurrentThread() - before);
                var message = refusal.Message.Replace(reader.Path, "FILE", StringComparison.Ordinal);
                longest = Math.Max(longest, message.Length);
                if (message.Length > LongestRefusal || message.Contains('\n')) faults.Add($"round {round}: {message}");
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                faults.Add($"round {round}: {fault}");
            }

            if (mostBytes > reader.MostBytes)
                return new CampaignResult(read, refused, mostBytes, longest, [.. faults, $"round {round}: {mostBytes} bytes"]);
        }

        return new CampaignResult(read, refused, mostBytes, longest, faults);
    }
}
