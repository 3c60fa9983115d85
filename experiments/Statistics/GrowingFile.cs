using System.Text;
using Wage.Files;

namespace Wage.Experiments.Statistics;

/// <summary>A file of lines that only grows, and that others may read meanwhile.</summary>
internal static class GrowingFile
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>For tests, which cannot cut the power: a file of this length is on the disk.</summary>
    internal static Action<string, long>? Flushed { get; set; }

    /// <summary>Appends a text.</summary>
    /// <param name="path">The file; made when it is not there.</param>
    /// <param name="text">Whole lines.</param>
    /// <param name="flushToDisk">Whether to wait until the whole file is on the disk.</param>
    /// <exception cref="WageException">The file cannot be written.</exception>
    public static void Append(string path, string text, bool flushToDisk)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            file.Write(Utf8.GetBytes(text));
            if (!flushToDisk) return;
            file.Flush(flushToDisk: true);
            Flushed?.Invoke(path, file.Length);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new WageException(
                $"{path}: cannot be written ({error.Message.TrimEnd('.')}).", "make room, or choose another folder with --out.", error);
        }
    }

    /// <summary>The lines, one at a time.</summary>
    /// <exception cref="WageException">The file cannot be read.</exception>
    public static IEnumerable<string> Lines(string path)
    {
        // Pipes and devices have no length either, and are not opened.
        if (BoundedFile.Length(path) == 0) yield break;
        foreach (var line in BoundedFile.Lines(path, "file", long.MaxValue)) yield return line;
    }
}
