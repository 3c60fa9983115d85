using Wage.Files;

namespace Wage.Experiments.Runs;

/// <summary>A file that the user named for a result. What is there already is written over only where it is a result of the same kind.</summary>
internal static class OutputFile
{
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

    /// <summary>The same for a kind of text that begins with this.</summary>
    public static void Require(string option, string path, string kind, string beginning) =>
        Require(option, path, kind, file => Begins(file, beginning));

    private static bool Begins(string path, string beginning)
    {
        try
        {
            using var stream = BoundedFile.Open(path, "file", long.MaxValue);
            var bytes = new byte[beginning.Length];
            return stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length
                && bytes.AsSpan().SequenceEqual(System.Text.Encoding.ASCII.GetBytes(beginning));
        }
        catch (Exception error) when (error is WageException or IOException)
        {
            return false;
        }
    }
}
