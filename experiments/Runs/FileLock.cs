using System.Diagnostics;

namespace Wage.Experiments.Runs;

/// <summary>
/// A file that one process holds at a time; it is there while somebody holds it. A killed process holds nothing, though its file stays.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private const int MostMark = 1 << 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private readonly FileStream stream;
    private readonly string path;

    private FileLock(FileStream stream, string path) => (this.stream, this.path) = (stream, path);

    /// <summary>Takes the lock.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="patience">How long to try: longer than somebody needs to look whether it is held.</param>
    /// <returns>Null when another holds it all that time.</returns>
    /// <exception cref="IOException">The file cannot be made, for another reason.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static FileLock? TryTake(string path, TimeSpan patience)
    {
        var time = Stopwatch.StartNew();
        do
        {
            try
            {
                var options = OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None;
                var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, options);
                if (IsAt(path, stream)) return new FileLock(stream, path);
                stream.Dispose();
            }
            catch (IOException error) when (IsHeld(error))
            {
                Thread.Sleep(Pause);
            }
        }
        while (time.Elapsed < patience);
        return null;
    }

    /// <summary>True while somebody holds the lock.</summary>
    public static bool IsHeld(string path)
    {
        try
        {
            using var probe = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return false;
        }
        catch (IOException error)
        {
            return IsHeld(error);
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Gives the lock back. The file goes first: whoever opened it meanwhile finds it gone and begins again.</summary>
    public void Dispose()
    {
        try
        {
            if (!OperatingSystem.IsWindows()) File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }

        stream.Dispose();
    }

    /// <summary>A sharing violation: ERROR_SHARING_VIOLATION, or EWOULDBLOCK of flock(2), which .NET hands on as it is (Linux 11, BSD 35).</summary>
    private static bool IsHeld(IOException error) =>
        OperatingSystem.IsWindows() ? (error.HResult & 0xFFFF) == 32 : error.HResult == (OperatingSystem.IsLinux() ? 11 : 35);

    /// <summary>
    /// The file that was opened is the one of this name still: its last holder may have removed it between the opening and the locking, and a third
    /// have made another. A length that only this one has tells (Windows removes no open file).
    /// </summary>
    private static bool IsAt(string path, FileStream stream)
    {
        if (OperatingSystem.IsWindows()) return true;
        var mark = Random.Shared.Next(1, MostMark);
        stream.SetLength(mark);
        var file = new FileInfo(path);
        return file.Exists && file.Length == mark;
    }
}
