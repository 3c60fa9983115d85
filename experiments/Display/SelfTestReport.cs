using System.Diagnostics;
using System.Globalization;
using Wage.Backends;
using Wage.SelfTest;

namespace Wage.Experiments.Display;

/// <summary>A device against the reference: the whole case table, operation by operation, and the short runs.</summary>
internal sealed class SelfTestReport
{
    private const int MostShown = 10;
    private readonly TextTable table = new TextTable("what", "cases", "different", "seconds").RightAlign(1, 2, 3);
    private readonly List<string> differences = [];

    /// <summary>Comparisons made.</summary>
    public int Cases { get; private set; }

    /// <summary>Comparisons that failed.</summary>
    public int Different { get; private set; }

    /// <summary>Compares.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static SelfTestReport Run(
        IBackend reference, IBackend device, IEnumerable<BackendCase> cases, IEnumerable<ShortRun> runs, TextWriter progress, CancellationToken token)
    {
        var report = new SelfTestReport();
        foreach (var operation in cases.GroupBy(one => one.Operation))
            report.Compare(operation.Key, operation, one => one.ToString(), one => one.Difference(reference, device), progress, token);
        foreach (var run in runs)
            report.Compare($"train {run.Name}", [run], one => one.Name, one => one.Difference(reference, device), progress, token);
        return report;
    }

    /// <summary>The table, the first differences, and the verdict.</summary>
    public void Write(TextWriter output)
    {
        table.Write(output);
        foreach (var difference in differences.Take(MostShown)) output.WriteLine($"DIFFERENT  {difference}");
        if (differences.Count > MostShown) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"and {differences.Count - MostShown} more"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Cases:N0} comparisons with the reference, {Different:N0} different"));
    }

    private void Compare<T>(
        string what, IEnumerable<T> cases, Func<T, string> name, Func<T, string?> difference, TextWriter progress, CancellationToken token)
    {
        var (time, before, count) = (Stopwatch.StartNew(), Different, 0);
        progress.Write($"{what,-40}");
        foreach (var one in cases)
        {
            token.ThrowIfCancellationRequested();
            (Cases, count) = (Cases + 1, count + 1);
            if (difference(one) is not { } found) continue;
            Different++;
            differences.Add($"{name(one)}: {found}");
        }

        progress.WriteLine(Different == before ? "equal" : "DIFFERENT");
        var seconds = time.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        table.Add(what, Format.Count(count), Format.Count(Different - before), seconds);
    }
}
