using System.Text.Json;
using Wage.Losses;
using Wage.Numbers;
using static Wage.Training.CheckpointHeader;

namespace Wage.Training;

/// <summary>Scores and results of epochs in the header of a checkpoint, read with every number checked.</summary>
internal static class CheckpointResults
{
    private const int MostFractionBits = 128;

    /// <summary>The losses prove that so many samples add up in 63 bits, so one sample has less than 2^63 / 2^24.</summary>
    private const int SampleLossBits = 39;

    internal static Score ReadScore(JsonElement parent, string name)
    {
        var parts = Items(parent, name, 4);
        if (parts.Count != 4) throw new FormatException($"{name} has {parts.Count} parts, not 4");
        var score = new Score(parts[0].Int64(name), parts[1].Int32(name), parts[2].Int64(name), parts[3].Int64(name));
        var isPossible = score.Correct >= 0 && score.Correct <= score.Counted && score.Counted <= Loss.MostSamples
            && Math.Abs((long)score.LossFractionBits) <= MostFractionBits
            && Int128.Abs(score.LossSum) <= (Int128)score.Counted << SampleLossBits;
        return isPossible ? score : throw new FormatException(
            $"{name} has the loss {score.LossSum} * 2^-{score.LossFractionBits} with {score.Correct} of {score.Counted} samples correct");
    }

    internal static EpochResult? ReadResult(JsonElement parent, string name) =>
        Field(parent, name) is { ValueKind: not JsonValueKind.Null } entry ? ReadResult(entry) : null;

    private static EpochResult ReadResult(JsonElement entry)
    {
        if (!Ratio.TryParse(Text(entry, "eta"), out var eta)) throw new FormatException($"eta is {Quoted(Text(entry, "eta"))}, not a ratio");
        var result = new EpochResult(Whole(entry, "epoch"), eta, ReadScore(entry, "train"), default);
        if (entry.TryGetProperty("hybrid", out var hybrid)) result = result with { Hybrid = ReadHybrid(hybrid) };
        return entry.TryGetProperty("validation", out _)
            ? result with { Validation = ReadScore(entry, "validation") } : result with { Test = ReadScore(entry, "test") };
    }

    private static HybridResult ReadHybrid(JsonElement entry)
    {
        if (!Ratio.TryParse(Text(entry, "ratio"), out var ratio) || ratio.Numerator > ratio.Denominator)
            throw new FormatException($"ratio is {Quoted(Text(entry, "ratio"))}, not a ratio up to 1");
        return new HybridResult(Whole(entry, "stage"), ratio, ReadScore(entry, "score"))
        {
            Averaged = entry.TryGetProperty("averaged", out _) ? ReadScore(entry, "averaged") : null,
        };
    }

    /// <summary>The last and the best of all epochs, which version 1 kept.</summary>
    internal static (EpochResult? Last, EpochResult? Best) ReadHistory(JsonElement root)
    {
        var history = Items(root, "history", int.MaxValue).Select(ReadResult).ToList();
        for (var i = 0; i < history.Count; i++)
        {
            if (history[i].Epoch != i + 1) throw new FormatException($"result {i + 1} of history is of epoch {history[i].Epoch}");
        }

        return history.Count == 0 ? (null, null) : (history[^1], history.MinBy(result => result.Test.Wrong));
    }

    internal static void WriteScore(Utf8JsonWriter json, string name, Score score)
    {
        json.WriteStartArray(name);
        json.WriteNumberValue(score.LossSum);
        json.WriteNumberValue(score.LossFractionBits);
        json.WriteNumberValue(score.Correct);
        json.WriteNumberValue(score.Counted);
        json.WriteEndArray();
    }

    internal static void WriteResult(Utf8JsonWriter json, string name, EpochResult? result)
    {
        if (result is not { } known)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteNumber("epoch", known.Epoch);
        json.WriteString("eta", known.Eta.ToString());
        WriteScore(json, "train", known.Train);
        WriteScore(json, known.Validation is null ? "test" : "validation", known.Chooser);
        if (known.Hybrid is { } hybrid)
        {
            json.WriteStartObject("hybrid");
            json.WriteNumber("stage", hybrid.Stage);
            json.WriteString("ratio", hybrid.Ratio.ToString());
            WriteScore(json, "score", hybrid.Score);
            if (hybrid.Averaged is { } averaged) WriteScore(json, "averaged", averaged);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
