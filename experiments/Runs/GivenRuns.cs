using System.Text.RegularExpressions;

namespace Wage.Experiments.Runs;

/// <summary>The runs that a command is given: a run folder stands for its run, the folder of a sweep or of several seeds for all of its.</summary>
internal static partial class GivenRuns
{
    /// <summary>Reads them in the order given; those of one folder by name, numbers in it by value.</summary>
    /// <exception cref="WageException">A folder holds no run and no folder with one, or a file is missing or damaged.</exception>
    public static IReadOnlyList<RunRecord> Open(IEnumerable<string> folders) => [.. folders.SelectMany(Of).Select(RunRecord.Open)];

    private static IEnumerable<string> Of(string folder)
    {
        if (new RunFolder(folder).HoldsRun || !Directory.Exists(folder)) return [folder];
        var inner = Directory.EnumerateDirectories(folder).Where(path => new RunFolder(path).HoldsRun)
            .OrderBy(path => Digits().Replace(path, digits => digits.Value.PadLeft(20, '0')), StringComparer.Ordinal).ToList();
        return inner.Count == 0 ? [folder] : inner;
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();
}
