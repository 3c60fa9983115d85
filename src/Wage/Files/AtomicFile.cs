namespace Wage.Files;

/// <summary>
/// Files that are written whole or not at all: a temporary file in the same folder, flushed to the disk, then renamed over the old one.
/// </summary>
public static class AtomicFile
{
    /// <summary>Replaces the file by these bytes. A process killed at any moment leaves the old file or the new one.</summary>
    /// <exception cref="WageException">The folder cannot be written; the old file stands.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        RequireNoDevice(path);
        var temporary = path + ".tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Discard(temporary);
            throw new WageException(
                $"{path}: cannot be written ({error.Message.TrimEnd('.')}).",
                "free space there or choose another place.",
                error);
        }
    }

    /// <summary>A file renamed over a device takes its place for every program of the machine, and whoever is root may.</summary>
    private static void RequireNoDevice(string path)
    {
        if (Path.GetDirectoryName(path) is "/dev") throw new WageException($"{path}: is in the folder of devices, where no file is written.");
    }

    /// <summary>Removes what a failed write left; that this may fail too must not hide the first reason.</summary>
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
