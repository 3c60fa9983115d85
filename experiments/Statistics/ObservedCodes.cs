using System.Text.Json;
using Wage.Numbers;
using Wage.Observation;

namespace Wage.Experiments.Statistics;

/// <summary>What a quantizer with a scale of its own made of a tensor: the object "quantizer" of a line of stats.jsonl.</summary>
internal sealed record ObservedCodes(
    int Codes, int Used, long Underflowed, double Least, double Greatest, (double Least, double Greatest) Scale,
    (int Least, int Greatest) ZeroPoint, int Grids, bool IsState, (double Least, double Greatest)? Folded)
{
    private const string Name = "quantizer";

    /// <summary>Writes the object.</summary>
    public static void Write(Utf8JsonWriter json, CodeSummary s)
    {
        json.WriteStartObject(Name);
        json.WriteNumber("codes", s.Codes);
        json.WriteNumber("used", s.Used);
        json.WriteNumber("underflowed", s.Underflowed);
        json.WriteNumber("least", Value(s.Least));
        json.WriteNumber("greatest", Value(s.Greatest));
        WriteEnds(json, "scale", s.Scale);
        json.WriteStartArray("zeroPoint");
        json.WriteNumberValue(s.ZeroPoint.Least);
        json.WriteNumberValue(s.ZeroPoint.Greatest);
        json.WriteEndArray();
        json.WriteNumber("grids", s.Grids);
        json.WriteBoolean("isState", s.IsState);
        if (s.Folded is { } folded) WriteEnds(json, "folded", folded);
        json.WriteEndObject();
    }

    /// <summary>Reads the object of a line; null where it has none.</summary>
    public static ObservedCodes? Read(JsonElement line)
    {
        if (!line.TryGetProperty(Name, out var json) || json.ValueKind != JsonValueKind.Object) return null;
        var zeroPoint = json.GetProperty("zeroPoint");
        return new ObservedCodes(
            json.GetProperty("codes").GetInt32(), json.GetProperty("used").GetInt32(), json.GetProperty("underflowed").GetInt64(),
            json.GetProperty("least").GetDouble(), json.GetProperty("greatest").GetDouble(), Ends(json, "scale"),
            (zeroPoint[0].GetInt32(), zeroPoint[1].GetInt32()), json.GetProperty("grids").GetInt32(), json.GetProperty("isState").GetBoolean(),
            json.TryGetProperty("folded", out _) ? Ends(json, "folded") : null);
    }

    /// <summary>Everything that pictures rely on.</summary>
    public bool IsSane => Codes is > 0 and <= 1 << 16 && Used >= 0 && Used <= Codes && Underflowed >= 0 && Grids > 0
        && IsRange(Least, Greatest) && Scale.Least > 0 && IsRange(Scale.Least, Scale.Greatest)
        && (Folded is not { } folded || (folded.Least >= 0 && IsRange(folded.Least, folded.Greatest)));

    /// <summary>The value, a float32 or little more, exactly.</summary>
    internal static double Value(BinaryNumber number) => Math.ScaleB((double)number.Significand, number.Exponent);

    private static bool IsRange(double least, double greatest) => double.IsFinite(least) && double.IsFinite(greatest) && least <= greatest;

    private static (double Least, double Greatest) Ends(JsonElement json, string name) =>
        (json.GetProperty(name)[0].GetDouble(), json.GetProperty(name)[1].GetDouble());

    private static void WriteEnds(Utf8JsonWriter json, string name, (BinaryNumber Least, BinaryNumber Greatest) ends)
    {
        json.WriteStartArray(name);
        json.WriteNumberValue(Value(ends.Least));
        json.WriteNumberValue(Value(ends.Greatest));
        json.WriteEndArray();
    }
}
