namespace Wage.Experiments.Runs;

/// <summary>
/// A run folder that only this process works in, until it is disposed. Folders that were made for it and stayed empty go again: a command that is
/// refused leaves nothing.
/// </summary>
internal sealed class HeldFolder : IDisposable
{
    /// <summary>Longer than `wage runs` needs to look whether a run is held.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);
    private readonly List<string> made;
    private readonly FileLock held;

    private HeldFolder(RunFolder folder, FileLock held, List<string> made) => (Folder, this.held, this.made) = (folder, held, made);

    /// <summary>The folder.</summary>
    public RunFolder Folder { get; }

    /// <summary>Makes the folder where it is not there, and keeps other processes out.</summary>
    /// <returns>Null when another process holds it.</returns>
    /// <exception cref="WageException">The folder cannot be made or locked.</exception>
    public static HeldFolder? TryTake(RunFolder folder)
    {
        var made = new List<string>();
        if (File.Exists(folder.Path)) throw new WageException($"{folder.Path}: is a file; a run needs a folder.", "choose another with --out.");
        try
        {
            for (var tries = 0; ; tries++)
            {
                Make(Path.GetFullPath(folder.Path), made);
                try
                {
                    if (FileLock.TryTake(folder.LockPath, Patience) is { } held) return new HeldFolder(folder, held, made);
                    Remove(made);
                    return null;
                }
                catch (DirectoryNotFoundException) when (tries < 10)
                {
                    // Another process made the folder too, was refused and took it away again.
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            Remove(made);
            throw new WageException($"{folder.Path}: the run folder cannot be made or locked ({error.Message.TrimEnd('.')}).",
                "choose another with --out.", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        held.Dispose();
        Remove(made);
    }

    private static void Make(string folder, List<string> made)
    {
        if (Directory.Exists(folder)) return;
        if (Path.GetDirectoryName(folder) is { } parent) Make(parent, made);
        Directory.CreateDirectory(folder);
        made.Add(folder);
    }

    private static void Remove(List<string> made)
    {
        try
        {
            for (var i = made.Count - 1; i >= 0; i--) Directory.Delete(made[i]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It holds something, or is gone.
        }
    }
}
