using System.Text.RegularExpressions;
using Wage.Tests.Data;
using Wage.Tests.Images;

namespace Wage.Tests.Experiments;

/// <summary>
/// docs/quickstart.md, done: its recipe is written, its commands are run in the folder that has the pictures it speaks of, and each line that it
/// shows below a command must come out, in order; "..." stands for any lines.
/// </summary>
internal sealed partial class QuickstartPage : IDisposable
{
    public const int PicturesOfAClass = 40;

    private readonly Scratch scratch = new();

    /// <summary>The page.</summary>
    public static string Text => Repository.Text("docs/quickstart.md");

    /// <summary>Where it is done.</summary>
    public string Folder => scratch.Folder;

    /// <summary>The recipe on the page.</summary>
    public static string Recipe => Blocks("yaml").Single();

    /// <summary>The commands with what the page shows of each.</summary>
    public static IEnumerable<(string Line, string[] Shown)> Commands =>
        from block in Blocks("console")
        from command in block.Split("$ ", StringSplitOptions.RemoveEmptyEntries)
        let lines = command.TrimEnd('\n').Split('\n')
        select (lines[0], lines[1..]);

    public void WritePictures()
    {
        PictureFiles.WriteDigits(scratch, "digits4", PicturesOfAClass);
        File.WriteAllText(scratch.Path("digits4.yaml"), Recipe);
    }

    /// <summary>Runs a command of the page; its output.</summary>
    public string Run(string line) => Do(line.Split(' ') is ["wage", .. var arguments] ? arguments : throw new AssertionException(line));

    /// <summary>Runs a command in the folder.</summary>
    public string Do(params string[] arguments) => In(() => CommandLine.Do(arguments));

    /// <summary>Does something in the folder.</summary>
    public T In<T>(Func<T> act)
    {
        var old = Environment.CurrentDirectory;
        try
        {
            Environment.CurrentDirectory = Folder;
            return act();
        }
        finally
        {
            Environment.CurrentDirectory = old;
        }
    }

    public void Dispose() => scratch.Dispose();

    private static IEnumerable<string> Blocks(string language) =>
        Fenced().Matches(Text).Where(block => block.Groups["language"].Value == language).Select(block => block.Groups["text"].Value);

    [GeneratedRegex("^```(?<language>[a-z]*)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Fenced();
}
