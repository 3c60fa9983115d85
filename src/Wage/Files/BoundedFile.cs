using System.Text;

namespace Wage.Files;

/// <summary>
/// Opens files that anybody may have made. Only a regular file that is not longer than its reader allows is opened: the opening of a pipe waits
/// for its other end, and a device such as /dev/zero has no end.
/// </summary>
internal static class BoundedFile
{
    private const int BufferSize = 1 << 16;

    /// <summary>Opens a file to be read from its beginning. Nothing is read, and memory is taken for a buffer only.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">What it must be, for the error: "file", "checkpoint".</param>
    /// <param name="most">The most bytes that it may have.</param>
    /// <exception cref="WageException">It is missing, empty, longer, no regular file, or may not be read.</exception>
    public static FileStream Open(string path, string kind, long most)
    {
        if (path.Length == 0) throw new WageException($"the name of a {kind} is empty.", $"name a {kind}.");
        FileStream? stream = null;
        try
        {
            if (Directory.Exists(path)) throw new WageException($"{path}: is a folder; a {kind} is needed.");
            var file = Target(path);
            if (!file.Exists) throw Missing(path, kind);
            if (file.Length == 0) throw Empty(path);
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, BufferSize);
            if (!stream.CanSeek || stream.Length == 0) throw Empty(path);
            return stream.Length <= most
                ? stream : throw new WageException($"{path}: has {stream.Length} bytes; of a {kind} at most {most} are read.");
        }
        catch (Exception error)
        {
            stream?.Dispose();
            if (error is FileNotFoundException or DirectoryNotFoundException) throw Missing(path, kind);
            if (IsUnreadable(error)) throw Unreadable(path, error);
            throw;
        }
    }

    /// <summary>The content of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">What it must be, for the error.</param>
    /// <param name="most">The most bytes that it may have, at most <see cref="Array.MaxLength"/>.</param>
    /// <exception cref="WageException">As of <see cref="Open"/>.</exception>
    public static byte[] ReadAll(string path, string kind, long most)
    {
        using var stream = Open(path, kind, most);
        try
        {
            var content = new byte[stream.Length];
            var length = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            return length == content.Length ? content : content[..length];
        }
        catch (Exception error) when (IsUnreadable(error))
        {
            throw Unreadable(path, error);
        }
    }

    /// <summary>The text of a file in UTF-8, without its mark of byte order.</summary>
    /// <exception cref="WageException">As of <see cref="Open"/>, or it is not UTF-8.</exception>
    public static string ReadText(string path, string kind, long most)
    {
        ReadOnlySpan<byte> bytes = ReadAll(path, kind, most);
        if (bytes.StartsWith(Encoding.UTF8.Preamble)) bytes = bytes[Encoding.UTF8.Preamble.Length..];
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (ArgumentException error)
        {
            throw new WageException($"{path}: is not a text in UTF-8, so it is not a {kind}.", null, error);
        }
    }

    /// <summary>The bytes of a file, behind links too; 0 for a pipe or a device, and where there is none.</summary>
    /// <exception cref="WageException">The system does not tell.</exception>
    public static long Length(string path)
    {
        try
        {
            return Target(path) is { Exists: true } file ? file.Length : 0;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return 0;
        }
        catch (Exception error) when (IsUnreadable(error))
        {
            throw Unreadable(path, error);
        }
    }

    /// <summary>The lines of a text in UTF-8, one at a time; bytes that are no UTF-8 become U+FFFD.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">What it must be, for the error.</param>
    /// <param name="most">The most bytes that the file may have.</param>
    /// <param name="longest">The most characters that a line may have.</param>
    /// <exception cref="WageException">As of <see cref="Open"/>, or a line is longer.</exception>
    public static IEnumerable<string> Lines(string path, string kind, long most, int longest = 1 << 20)
    {
        using var reader = new StreamReader(Open(path, kind, most), Encoding.UTF8, detectEncodingFromByteOrderMarks: false);
        var line = new StringBuilder();
        for (var number = 1; Read(path, reader) is var c and >= 0;)
        {
            if (c != '\n')
            {
                if (line.Length == longest)
                    throw new WageException($"{path}:{number}: is longer than {longest} characters, so it is no line of a {kind}.");
                line.Append((char)c);
                continue;
            }

            number++;
            yield return Taken(line);
        }

        if (line.Length > 0) yield return Taken(line);
    }

    /// <summary>What a link stands for in the end: the length of the link is its own. Of a bare name .NET looks for the target elsewhere than
    /// beside the link.</summary>
    private static FileInfo Target(string path) =>
        File.ResolveLinkTarget(Path.GetFullPath(path), returnFinalTarget: true) as FileInfo ?? new FileInfo(path);

    private static string Taken(StringBuilder line)
    {
        if (line.Length > 0 && line[^1] == '\r') line.Length--;
        var text = line.ToString();
        line.Clear();
        return text;
    }

    private static int Read(string path, StreamReader reader)
    {
        try
        {
            return reader.Read();
        }
        catch (Exception error) when (IsUnreadable(error))
        {
            throw Unreadable(path, error);
        }
    }

    private static bool IsUnreadable(Exception error) =>
        error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;

    /// <summary>Bytes of a name that are no UTF-8 reach a program as U+FFFD, and no file has the name that it would open.</summary>
    private static WageException Missing(string path, string kind) => path.Contains('\uFFFD')
        ? new($"{path}: there is no such {kind}, or its name has bytes that are not UTF-8, and no program in .NET can open it.", "rename it.")
        : new($"{path}: there is no such {kind}.");

    private static WageException Empty(string path) => new($"{path}: is empty (0 bytes), or a pipe or device, which is not read.");

    private static WageException Unreadable(string path, Exception error) =>
        new($"{path}: cannot be read ({error.Message.TrimEnd('.')}).", null, error);
}
