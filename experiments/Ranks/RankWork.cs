using System.Text.Json.Nodes;
using Wage.Experiments.Runs;
using Wage.Training;

namespace Wage.Experiments.Ranks;

/// <summary>What each rank works with, for the run's environment.json.</summary>
internal static class RankWork
{
    /// <summary>This rank's, in a line.</summary>
    public static string Of(Trainer trainer, RankGroup ranks) =>
        $"{ranks.Places[ranks.Rank].Machine}: {trainer.Network.Backend.Name}, {trainer.Network.Backend.Description}";

    /// <summary>Writes all ranks' into the newest process of the environment.</summary>
    public static void Note(RankGroup ranks, Run run)
    {
        if (ranks.Size == 1) return;
        var lines = ranks.Gather(Of(run.Trainer, ranks));
        var process = run.Environment.Processes[^1]!;
        process["mpi"] = ranks.Library;
        process["workers"] = new JsonArray([.. lines.Select(line => JsonValue.Create(line))]);
    }
}
