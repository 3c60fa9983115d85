using System.Text;
using Wage.Files;

namespace Wage.Experiments.Runs;

/// <summary>A file that the user named for a result. What is there already is written over only where it is a result of the same kind.</summary>
internal static class OutputFile
{
    private const int Start = 1 << 12;
    private const int LongestReason = 200;

    /// <summary>Refuses a file of another kind.</summary>
    /// <param name="option">"--out".</param>
    /// <param name="path">The file, which need not be there.</param>
    /// <param name="kind">What the command writes: "page".</param>
    /// <param name="isKind">Whether a file is such a one.</param>
    /// <exception cref="WageException">There is something else, which stands.</exception>
    public static void Require(string option, string path, string kind, Func<string, bool> isKind)
    {
        if (Path.Exists(path) && !(File.Exists(path) && isKind(path)))
            throw new WageException($"{option}: {OneLine.Of(path)} is there, and no {kind}.", "name another file, or remove it.");
    }

    /// <summary>The same for a kind of text that has a mark in its first characters.</summary>
    public static void RequireMark(string option, string path, string kind, string mark) => Require(option, path, kind, file => Has(file, mark));

    /// <summary>Makes a folder for several files, where it is not there.</summary>
    /// <exception cref="WageException">It cannot be made.</exception>
    public static void MakeFolder(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            var why = OneLine.Cut(error.Message, LongestReason).TrimEnd('.');
            throw new WageException($"{path}: cannot be made ({why}).", "choose another place.", error);
        }
    }

    /// <summary>Whether a file can be read and holds these bytes.</summary>
    public static bool Holds(string path, ReadOnlySpan<byte> bytes) =>
        File.Exists(path) && new FileInfo(path).Length == bytes.Length && Begin(path, bytes.Length).AsSpan().SequenceEqual(bytes);

    /// <summary>Whether a file can be read and has a mark in its first 4096 bytes.</summary>
    private static bool Has(string path, string mark) => Encoding.UTF8.GetString(Begin(path, Start)).Contains(mark, StringComparison.Ordinal);

    /// <summary>The first bytes of a file; none where it cannot be read.</summary>
    private static byte[] Begin(string path, int most)
    {
        try
        {
            using var stream = BoundedFile.Open(path, "file", long.MaxValue);
            var bytes = new byte[most];
            return bytes[..stream.ReadAtLeast(bytes, most, throwOnEndOfStream: false)];
        }
        catch (Exception error) when (error is WageException or IOException)
        {
            return [];
        }
    }
}
