using System.Text.Json;
using System.Text.Json.Nodes;
using Wage.Experiments.Runs;
using Wage.Observation;

namespace Wage.Experiments.Statistics;

/// <summary>A line of warnings.jsonl.</summary>
internal static class WarningLine
{
    /// <summary>One line of JSON.</summary>
    public static string ToJson(long step, int epoch, TrainingWarning warning) => new JsonObject
    {
        ["step"] = step,
        ["epoch"] = epoch,
        ["layer"] = warning.Layer,
        ["cause"] = JsonNamingPolicy.CamelCase.ConvertName(warning.Problem.ToString()),
        ["message"] = warning.Message,
        ["remedy"] = warning.Remedy.InWords(),
    }.ToJsonString();

    /// <summary>Whom a line warns of what; null when it is damaged or of a cause that this version does not know.</summary>
    public static (string Layer, TrainingProblem Problem)? Read(string line)
    {
        var json = SmallJson.Parse(line);
        return Enum.TryParse<TrainingProblem>(SmallJson.Text(json, "cause"), ignoreCase: true, out var problem) && Enum.IsDefined(problem)
            && SmallJson.Text(json, "layer") is { } layer ? (layer, problem) : null;
    }
}
