using System.Text.RegularExpressions;

namespace Wage.Experiments.Runs;

/// <summary>The runs that a command is given: a run folder stands for its run, the folder of a sweep or of several seeds for all of its.</summary>
/// <param name="Runs">One or more, in the order given; those of one folder by name, numbers in it by value.</param>
/// <param name="Unreadable">Why each of the others is left out.</param>
internal sealed partial record GivenRuns(IReadOnlyList<RunRecord> Runs, IReadOnlyList<string> Unreadable)
{
    /// <summary>Reads them. One of several that is damaged does not keep the others from being shown.</summary>
    /// <exception cref="WageException">A folder holds no run and no folder with one, or none of the runs can be read.</exception>
    public static GivenRuns Open(IEnumerable<string> folders)
    {
        var (runs, refusals) = (new List<RunRecord>(), new List<WageException>());
        foreach (var path in folders.SelectMany(Of))
        {
            try
            {
                runs.Add(RunRecord.Open(path));
            }
            catch (WageException refusal) when (new RunFolder(path).HoldsRun)
            {
                refusals.Add(refusal);
            }
        }

        return runs.Count > 0 ? new GivenRuns(runs, [.. refusals.Select(refusal => refusal.InWords())]) : throw refusals[0];
    }

    /// <summary>Names what is left out; the exit code of the command that showed the others.</summary>
    public int Tell(TextWriter error)
    {
        foreach (var refusal in Unreadable) error.WriteLine($"wage: left out: {refusal}");
        return Unreadable.Count == 0 ? 0 : ExitCode.UserError;
    }

    /// <summary>The folder of a run, or those in it; a path that is no folder as it is.</summary>
    public static IEnumerable<string> Of(string folder)
    {
        if (new RunFolder(folder).HoldsRun || !Directory.Exists(folder)) return [folder];
        var inner = Directory.EnumerateDirectories(folder).Where(path => new RunFolder(path).HoldsRun)
            .OrderBy(path => Digits().Replace(path, digits => digits.Value.PadLeft(20, '0')), StringComparer.Ordinal).ToList();
        return inner.Count == 0 ? [folder] : inner;
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();
}
