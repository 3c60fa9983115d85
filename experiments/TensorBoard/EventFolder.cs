using System.Globalization;
using Wage.Experiments.Runs;
using Wage.Experiments.Statistics;
using Wage.Files;

namespace Wage.Experiments.TensorBoard;

/// <summary>
/// The event file of a run, in a folder of its own: TensorBoard takes each folder for a run. A new file tells everything from the run's beginning and
/// replaces the older ones of this program, so a resumed run has no doubled points.
/// </summary>
internal sealed class EventFolder
{
    private const string Prefix = "events.out.tfevents.", Suffix = ".wage";

    /// <param name="path">The folder; made when it is not there.</param>
    /// <param name="time">The file's time, Unix seconds.</param>
    /// <exception cref="WageException">It cannot be made or written.</exception>
    public EventFolder(string path, double time)
    {
        FilePath = Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{(long)time}{Suffix}"));
        Do(() =>
        {
            Directory.CreateDirectory(path);
            foreach (var old in Directory.EnumerateFiles(path, $"{Prefix}*{Suffix}").ToList()) File.Delete(old);
        });
        AtomicFile.Write(FilePath, [.. EventRecord.Version(time), .. EventRecord.Start(time)]);
    }

    /// <summary>The event file.</summary>
    public string FilePath { get; }

    /// <summary>The folder for a run's events when none is named.</summary>
    public static string Of(RunFolder run) => Path.Combine(run.Path, "tensorboard");

    /// <summary>Now, in Unix seconds.</summary>
    public static double Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;

    /// <summary>Writes a finished or unfinished run whole; the path of the event file.</summary>
    /// <exception cref="WageException">The statistics cannot be read, or the file cannot be written.</exception>
    public static string Export(RunRecord run, string path)
    {
        var statistics = RunStatistics.TryRead(run.Folder);
        var end = new DateTimeOffset(File.GetLastWriteTimeUtc(run.Folder.LastPath)).ToUnixTimeMilliseconds() / 1000.0;
        var times = Times(run.Rows, end);
        var folder = new EventFolder(path, end);
        folder.Append(run.Rows.Select((row, i) => RunEvents.Of(row, run.StepsPerEpoch ?? 0, times[i])));
        foreach (var step in statistics?.Steps ?? [])
            folder.Append(statistics!.At(step).SelectMany(tensor =>
                RunEvents.Of(tensor, tensor.Epoch <= times.Count ? times[Math.Max(0, tensor.Epoch - 1)] : end)));
        return folder.FilePath;
    }

    /// <summary>When each epoch ended, as far as the times of the later ones tell.</summary>
    public static IReadOnlyList<double> Times(IReadOnlyList<EpochRow> rows, double end)
    {
        var times = new double[rows.Count];
        for (var i = rows.Count - 1; i >= 0; i--)
        {
            times[i] = end;
            end -= rows[i].Seconds ?? 0;
        }

        return times;
    }

    /// <summary>Appends records.</summary>
    /// <exception cref="WageException">The file cannot be written.</exception>
    public void Append(IEnumerable<byte[]> records) => Do(() =>
    {
        using var file = new FileStream(FilePath, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        foreach (var record in records) file.Write(record);
    });

    private void Do(Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new WageException($"{FilePath}: cannot be written ({error.Message.TrimEnd('.')}).", "make room there, or choose another folder.",
                error);
        }
    }
}
