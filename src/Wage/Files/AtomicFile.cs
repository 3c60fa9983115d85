namespace Wage.Files;

/// <summary>
/// Files that are written whole or not at all: a temporary file in the same folder, of a name that no other writer has, flushed to the disk, then
/// renamed over the old one.
/// </summary>
internal static class AtomicFile
{
    private const string Suffix = ".tmp";
    private const int BufferSize = 1 << 12;
    private const int MostTries = 1000;
    private static int written;

    /// <summary>Replaces the file by these bytes. A process killed at any moment leaves the old file or the new one.</summary>
    /// <exception cref="WageException">The folder cannot be written; the old file stands.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content) => Write(path, content, static (stream, bytes) => stream.Write(bytes));

    /// <summary>Replaces the file by what is written to the stream, from its beginning to its end.</summary>
    /// <exception cref="WageException">The folder cannot be written; the old file stands.</exception>
    public static void Write(string path, Action<Stream> write) => Write(path, write, static (stream, write) => write(stream));

    /// <summary>Removes the temporary files that killed writers of this file left. Nobody else may write it meanwhile.</summary>
    public static void RemoveLeftovers(string path)
    {
        var (folder, name) = (Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetFileName(path));
        if (!Directory.Exists(folder)) return;
        foreach (var file in Directory.GetFiles(folder, $"{name}.*"))
        {
            if (file.EndsWith(Suffix, StringComparison.Ordinal)) Discard(file);
        }
    }

    private static void Write<TContent>(string path, TContent content, Action<Stream, TContent> write)
        where TContent : allows ref struct
    {
        RequireNoDevice(path);
        var temporary = path;
        try
        {
            using (var stream = CreateBeside(path, out temporary))
            {
                write(stream, content);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception error)
        {
            if (temporary != path) Discard(temporary);
            if (error is not (IOException or UnauthorizedAccessException)) throw;
            throw error is DirectoryNotFoundException
                ? new WageException($"{path}: cannot be written: its folder is not there.", "make the folder, or choose another place.", error)
                : new WageException(
                    $"{path}: cannot be written ({error.Message.Replace(temporary, path, StringComparison.Ordinal).TrimEnd('.')}).",
                    "free space there or choose another place.", error);
        }
    }

    /// <summary>A file renamed over a device takes its place for every program of the machine, and whoever is root may.</summary>
    private static void RequireNoDevice(string path)
    {
        if (Path.GetDirectoryName(path) is "/dev") throw new WageException($"{path}: is in the folder of devices, where no file is written.");
    }

    /// <summary>A file that no other writer has: not of this process, not of another, not one that a killed process left.</summary>
    private static FileStream CreateBeside(string path, out string temporary)
    {
        for (var tries = 0; ; tries++)
        {
            temporary = $"{path}.{Environment.ProcessId}-{Interlocked.Increment(ref written)}{Suffix}";
            try
            {
                return new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferSize);
            }
            catch (IOException) when (tries < MostTries && File.Exists(temporary))
            {
            }
        }
    }

    /// <summary>Removes what a failed or killed write left; that this may fail too must not hide the first reason.</summary>
    private static void Discard(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }
}
