using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Wage.Experiments.Runs;
using Wage.Files;
using Wage.Simulation.Compression;

namespace Wage.Experiments.Display;

/// <summary>What a compression made of weights: their size, the error of each tensor, the accuracy.</summary>
/// <param name="Source">The file with the weights.</param>
/// <param name="Target">The compressed file.</param>
/// <param name="Original">The weights as they were.</param>
/// <param name="Compressed">As they were read back.</param>
/// <param name="Scores">Before and after.</param>
internal sealed record CompressionReport(
    string Source, string Target, WeightSet Original, CompressedWeights Compressed, CompressionScores Scores)
{
    /// <summary>How JSON is laid out.</summary>
    public static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true };

    private readonly long bytes = BoundedFile.Length(Target);

    private double Ratio => (double)Compressed.FloatBytes / bytes;

    /// <summary>A line per tensor, then the sums.</summary>
    public void Write(TextWriter output)
    {
        var table = new TextTable("tensor", "shape", "as", "bytes", "least", "greatest", "max error", "rms error", "SNR dB")
            .RightAlign(3, 4, 5, 6, 7, 8);
        foreach (var (tensor, error) in Rows())
        {
            string[] values = tensor.Bits == 0 ? ["-", "-", "-", "-", "-"]
                : [Number(tensor.Ranges.Min(range => range.Least)), Number(tensor.Ranges.Max(range => range.Greatest)), Number(error!.Value.Greatest),
                    Number(error.Value.Rms), Decibels(error.Value)];
            table.Add([OneLine.Cut(tensor.Name, 60), tensor.Shape.ToString(), As(tensor), Format.Count(tensor.Size), .. values]);
        }

        table.Write(output);
        output.WriteLine();
        var ratio = Ratio.ToString("0.00", CultureInfo.InvariantCulture);
        output.WriteLine(
            $"size      {Format.Count(bytes)} bytes, {ratio} times smaller than float32 ({Format.Count(Compressed.FloatBytes)} bytes)");
        output.WriteLine(Scores is { Before: { } before, After: { } after }
            ? $"accuracy  {Format.Percent(before.Accuracy)} before, {Format.Percent(after.Accuracy)} after " +
                $"({Scores.Data}: {Format.Count(before.Images)} test images)"
            : $"accuracy  not measured: {Scores.Reason}");
        output.WriteLine($"wrote     {OneLine.Of(Target)}");
    }

    /// <summary>The same and every range.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["file"] = Source,
            ["out"] = Target,
            ["bytes"] = bytes,
            ["floatBytes"] = Compressed.FloatBytes,
            ["ratio"] = Ratio,
            ["tensors"] = new JsonArray([.. Rows().Select(row => ToJson(row.Tensor, row.Error))]),
        };
        if (Scores is { Before: { } before, After: { } after })
        {
            (json["data"], json["images"]) = (Scores.Data, before.Images);
            (json["accuracyBefore"], json["accuracyAfter"]) = (before.Accuracy, after.Accuracy);
        }
        else
        {
            json["notScored"] = Scores.Reason;
        }

        return json;
    }

    private static JsonObject ToJson(CompressedTensor tensor, CodingError? error)
    {
        var extents = new JsonArray();
        for (var i = 0; i < tensor.Shape.Rank; i++) extents.Add(tensor.Shape[i]);
        var json = new JsonObject
        {
            ["name"] = tensor.Name,
            ["type"] = tensor.Type.ToString(),
            ["shape"] = extents,
            ["bits"] = tensor.Bits,
            ["bytes"] = tensor.Size,
        };
        if (tensor.Bits == 0 || error is not { } known) return json;
        (json["maxError"], json["rmsError"]) = (known.Greatest, known.Rms);
        if (double.IsFinite(known.SignalToNoise)) json["snr"] = known.SignalToNoise;
        json["ranges"] = new JsonArray([.. tensor.Ranges.Select(range => new JsonArray(range.Least, range.Greatest))]);
        return json;
    }

    private IEnumerable<(CompressedTensor Tensor, CodingError? Error)> Rows() =>
        Compressed.Tensors.Zip(Original.Tensors, (tensor, original) => (tensor, tensor.Bits == 0 ? null : tensor.ErrorOf(original)));

    private static string As(CompressedTensor tensor) => tensor.Bits == 0 ? $"{tensor.Type}".ToLowerInvariant()
        : tensor.Ranges.Count == 1 ? $"{Number(tensor.Bits)} bits" : $"{Number(tensor.Bits)} bits, {Format.Count(tensor.Ranges.Count)} ranges";

    private static string Decibels(CodingError error) =>
        double.IsFinite(error.SignalToNoise) ? error.SignalToNoise.ToString("0.0", CultureInfo.InvariantCulture) : "exact";

    private static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
