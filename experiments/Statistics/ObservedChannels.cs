using System.Text.Json;
using Wage.Observation;

namespace Wage.Experiments.Statistics;

/// <summary>How the channels of a tensor compare: the object "channels" of a line of stats.jsonl.</summary>
internal sealed record ObservedChannels(int Count, int Dead, int? FirstDead, int Widest, double Reach, double Median)
{
    private const string Name = "channels";

    /// <summary>Writes the object.</summary>
    public static void Write(Utf8JsonWriter json, ChannelSummary s)
    {
        json.WriteStartObject(Name);
        json.WriteNumber("count", s.Count);
        json.WriteNumber("dead", s.Dead);
        if (s.FirstDead is { } first) json.WriteNumber("firstDead", first);
        json.WriteNumber("widest", s.Widest);
        json.WriteNumber("reach", ObservedCodes.Value(s.Reach));
        json.WriteNumber("median", ObservedCodes.Value(s.Median));
        json.WriteEndObject();
    }

    /// <summary>Reads the object of a line; null where it has none.</summary>
    public static ObservedChannels? Read(JsonElement line) => !line.TryGetProperty(Name, out var json) || json.ValueKind != JsonValueKind.Object
        ? null : new ObservedChannels(
            json.GetProperty("count").GetInt32(), json.GetProperty("dead").GetInt32(),
            json.TryGetProperty("firstDead", out var first) ? first.GetInt32() : null, json.GetProperty("widest").GetInt32(),
            json.GetProperty("reach").GetDouble(), json.GetProperty("median").GetDouble());

    /// <summary>Everything that pictures rely on.</summary>
    public bool IsSane => Count > 0 && Dead >= 0 && Dead <= Count && Widest >= 0 && Widest < Count && Reach >= 0 && Median >= 0
        && double.IsFinite(Reach) && double.IsFinite(Median);
}
