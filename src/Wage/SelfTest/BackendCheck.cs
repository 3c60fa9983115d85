using Wage.Backends;

namespace Wage.SelfTest;

/// <summary>
/// Whether a backend gives the integers of <see cref="ReferenceBackend"/>: every operation over inputs that are hard to get right, and trainings of
/// a few steps. It is what `wage selftest` runs, for a backend of your own.
/// </summary>
public static class BackendCheck
{
    /// <summary>Compares, and names each comparison that differs; empty: the backend is right.</summary>
    /// <param name="backend">The one to check; it stays the caller's.</param>
    /// <param name="token">Ends between two comparisons.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static IEnumerable<string> Differences(IBackend backend, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(backend);
        return Compare(backend, token);
    }

    private static IEnumerable<string> Compare(IBackend backend, CancellationToken token)
    {
        using var reference = new ReferenceBackend();
        foreach (var one in CaseTable.All)
        {
            token.ThrowIfCancellationRequested();
            if (one.Difference(reference, backend) is { } found) yield return $"{one}: {found}";
        }

        foreach (var run in ShortRun.All)
        {
            token.ThrowIfCancellationRequested();
            if (run.Difference(reference, backend) is { } found) yield return $"train {run}: {found}";
        }
    }
}
