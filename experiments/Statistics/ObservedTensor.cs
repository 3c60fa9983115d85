using System.Text.Json;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Experiments.Statistics;

/// <summary>A line of stats.jsonl: one tensor before or after its quantizer at one step. docs/statistics.md says what the fields mean.</summary>
internal sealed record ObservedTensor(
    long Step, int Epoch, string Layer, int Index, char Tensor, bool After, int Bits, int FractionBits, int Exponent, long Count, long Zeros,
    long Min, long Max,
    long? Limit, long? Saturated, int? Shift, long? Moved, int Precision, int First, IReadOnlyList<long> Counts)
{
    private const int MostBins = 1 << 16;

    /// <summary>What a quantizer with a scale of its own made of it; null: it has none, or this is before it.</summary>
    public ObservedCodes? Codes { get; init; }

    /// <summary>How its channels compare; null where they do not count.</summary>
    public ObservedChannels? Channels { get; init; }

    /// <summary>Elements that are 0, as a fraction.</summary>
    public double ZeroRate => Rate(Zeros);

    /// <summary>The greatest magnitude, an integer in the tensor's own unit.</summary>
    public double Greatest => Math.Max(-(double)Min, Max);

    /// <summary>This many of the elements, as a fraction.</summary>
    public double Rate(long elements) => Count == 0 ? 0 : (double)elements / Count;

    /// <summary>The bins that are not empty: the least and greatest integer, and the elements between them, both included.</summary>
    public IEnumerable<(double Low, double High, long Elements)> Bins()
    {
        for (var j = 0; j < Counts.Count; j++)
        {
            if (Counts[j] == 0) continue;
            var (least, greatest) = LogarithmicBins.Bounds(First + j, Precision);
            yield return First + j < 0 ? (-(double)greatest, -(double)least, Counts[j]) : (least, greatest, Counts[j]);
        }
    }

    /// <summary>Reads a line.</summary>
    /// <returns>Null when it is no such line.</returns>
    public static ObservedTensor? Parse(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var root = json.RootElement;
            var line = new ObservedTensor(
                root.GetProperty("step").GetInt64(), Whole(root, "epoch"), Text(root, "layer"), Whole(root, "index"),
                Text(root, "tensor")[0], Text(root, "stage") == "after", Whole(root, "bits"),
                Whole(root, "fractionBits"),
                Whole(root, "exponent"), root.GetProperty("count").GetInt64(), root.GetProperty("zeros").GetInt64(),
                root.GetProperty("min").GetInt64(),
                root.GetProperty("max").GetInt64(), Optional(root, "limit"), Optional(root, "saturated"),
                Optional(root, "shift") is { } shift ? checked((int)shift) : null,
                Optional(root, "moved"),
                Whole(root, "precision"), Whole(root, "first"),
                [.. root.GetProperty("counts").EnumerateArray().Take(MostBins + 1).Select(count => count.GetInt64())])
            {
                Codes = ObservedCodes.Read(root),
                Channels = ObservedChannels.Read(root),
            };
            return line.IsSane ? line : null;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException
            or IndexOutOfRangeException or OverflowException)
        {
            return null;
        }
    }

    /// <summary>Everything that pictures rely on, so that no number of a damaged file makes them loop or overflow.</summary>
    private bool IsSane =>
        Step >= 0 && Epoch >= 0 && Index >= 0 && Layer.Length is > 0 and <= 100
        && "WAEG".Contains(Tensor, StringComparison.Ordinal) && Bits is > 0 and <= 64 && Count > 0
        && Math.Abs((long)FractionBits) <= 1000 && Math.Abs((long)Exponent) <= 10_000 && Precision is >= 0 and <= 8 && Counts.Count <= MostBins
        && First >= -MostBin && First + (long)Counts.Count - 1 <= MostBin && Shift is null or (>= -64 and <= 64)
        && Min <= Max && Limit is null or >= 0 && IsPart(Zeros) && IsPart(Saturated) && IsPart(Moved) && Counts.All(count => IsPart(count))
        && Codes is null or { IsSane: true } && Channels is null or { IsSane: true }
        && Counts.Aggregate((Int128)0, (sum, count) => sum + count) <= Count;

    private int MostBin => LogarithmicBins.Of(ElementType.Int64, Precision).Most;

    private bool IsPart(long? elements) => elements is null || (elements >= 0 && elements <= Count);

    private static string Text(JsonElement line, string name) =>
        line.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null");

    private static int Whole(JsonElement line, string name) => line.GetProperty(name).GetInt32();

    private static long? Optional(JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : null;
}
