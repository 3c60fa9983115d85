using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Wage.Experiments.Display;
using Wage.Numbers;
using Wage.Training;

namespace Wage.Experiments.Runs;

/// <summary>What an epoch gave whose steps quantized weights in part, besides the error with all of them quantized.</summary>
/// <param name="Stage">Counted from 1.</param>
/// <param name="Ratio">The share that the epoch's last step quantized.</param>
/// <param name="Error">With that share.</param>
/// <param name="AveragedError">All quantized, averages of batch norm estimated anew; null where nobody asked for it.</param>
internal sealed record HybridRow(int Stage, Ratio Ratio, double Error, double? AveragedError)
{
    /// <summary>Of an epoch's result.</summary>
    public static HybridRow Of(HybridResult result) => new(
        result.Stage, result.Ratio, EpochRow.ErrorOf(result.Score), result.Averaged is { } averaged ? EpochRow.ErrorOf(averaged) : null);

    /// <summary>"stage 2, r 3/4: hybrid error 12.30 %, averages anew 14.20 %".</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"stage {Stage}, r {Ratio}: hybrid error {Format.Percent(Error)}")
        + (AveragedError is { } averaged ? $", averages anew {Format.Percent(averaged)}" : string.Empty);

    /// <summary>Adds its fields to a line of metrics.jsonl or to summary.json.</summary>
    /// <param name="json">The object.</param>
    /// <param name="prefix">"best" for bestHybridError; else empty.</param>
    public void Write(JsonObject json, string prefix = "")
    {
        json[Name("stage")] = Stage;
        json[Name("ratio")] = Ratio.ToString();
        json[Name("hybridError")] = Error;
        if (AveragedError is { } averaged) json[Name("averagedError")] = averaged;

        string Name(string field) => prefix.Length == 0 ? field : prefix + char.ToUpperInvariant(field[0]) + field[1..];
    }

    /// <summary>Of a line; null where it has none, or damaged ones.</summary>
    public static HybridRow? Read(JsonElement line) =>
        line.TryGetProperty("stage", out var stage) && stage.TryGetInt32(out var number)
            && line.TryGetProperty("ratio", out var text) && Numbers.Ratio.TryParse(text.GetString() ?? string.Empty, out var ratio)
            && EpochRow.Number(line, "hybridError", 0, 1) is { } error
            ? new HybridRow(number, ratio, error, EpochRow.Number(line, "averagedError", 0, 1)) : null;
}
