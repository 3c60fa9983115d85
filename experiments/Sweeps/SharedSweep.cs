using System.Text.Json;
using Wage.Experiments.Ranks;

namespace Wage.Experiments.Sweeps;

/// <summary>A sweep whose whole runs are spread over ranks: of N ranks, rank r trains the runs r, r + N, r + 2 N, ... of the plan.</summary>
internal static class SharedSweep
{
    /// <summary>Trains this rank's runs, and waits for the others.</summary>
    /// <returns>Whether all are done; and on every rank the outcomes of all ranks, in the plan's order.</returns>
    /// <exception cref="WageException">On every rank: one of them was refused. What the others trained stands.</exception>
    public static (bool IsDone, IReadOnlyList<SweepOutcome> Outcomes) Execute(
        RankGroup ranks, SweepRunner runner, SweepPlan plan, CancellationToken token)
    {
        var isDone = ranks.Agreed(() => runner.Execute(plan, () => { }, token, ranks.Rank, ranks.Size));
        // The plan's run is not sent: every rank has the plan.
        var own = JsonSerializer.SerializeToUtf8Bytes(runner.Outcomes.Select(outcome => outcome with { Run = null! }));
        var all = ranks.Gather(own).Select(bytes => JsonSerializer.Deserialize<SweepOutcome[]>(bytes)!).ToArray();
        var areDone = ranks.Gather(isDone ? "done" : string.Empty).All(word => word.Length > 0);
        var placed = all.SelectMany((outcomes, rank) => outcomes.Select((outcome, i) => (Index: rank + (i * ranks.Size), Outcome: outcome)));
        return (areDone,
        [
            .. placed.OrderBy(one => one.Index).Select(one => one.Outcome with
            {
                Run = plan.Runs[one.Index] with { FolderName = Path.GetFileName(one.Outcome.Folder) },
            }),
        ]);
    }
}
