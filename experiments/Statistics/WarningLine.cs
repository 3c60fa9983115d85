using System.Text.Json;
using System.Text.Json.Nodes;
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
        ["remedy"] = warning.Remedy,
    }.ToJsonString();

    /// <summary>Whom a line warns of what; null when it is damaged or of a cause that this version does not know.</summary>
    public static (string Layer, TrainingProblem Problem)? Read(string line)
    {
        try
        {
            var json = JsonNode.Parse(line)!.AsObject();
            return Enum.TryParse<TrainingProblem>((string?)json["cause"], ignoreCase: true, out var problem) && (string?)json["layer"] is { } layer
                ? (layer, problem) : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
