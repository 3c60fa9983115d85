using System.Text.Json.Nodes;
using Wage.Experiments.Display;
using Wage.Experiments.Runs;

namespace Wage.Experiments.Trust;

/// <summary>What a check found.</summary>
/// <param name="Subject">What was checked.</param>
/// <param name="Recipe">The recipe's name, for people.</param>
/// <param name="Compared">Comparisons made.</param>
/// <param name="Difference">The first one that failed; null: all were equal.</param>
/// <param name="ImagesPerSecond">Of training steps on the device; 0 where it was not measured.</param>
/// <param name="CpuImagesPerSecond">Of the same steps on the CPU engine.</param>
internal sealed record CheckAnswer(
    CheckedModel Subject, string Recipe, int Compared, string? Difference, double ImagesPerSecond, double CpuImagesPerSecond)
{
    /// <summary>Whether auto takes the device for this model.</summary>
    public bool IsFaster => Difference is null && ImagesPerSecond > CpuImagesPerSecond;

    /// <summary>"5,120 images/s".</summary>
    public string Speed => Format.Speed(ImagesPerSecond > 0 ? ImagesPerSecond : null);

    /// <summary>"410 images/s".</summary>
    public string CpuSpeed => Format.Speed(CpuImagesPerSecond > 0 ? CpuImagesPerSecond : null);

    /// <summary>An entry of the file.</summary>
    public JsonObject ToJson() => new()
    {
        ["device"] = Subject.Device,
        ["driver"] = Subject.Driver,
        ["version"] = Subject.Version,
        ["model"] = Subject.Model,
        ["recipe"] = Recipe,
        ["compared"] = Compared,
        ["difference"] = Difference,
        ["imagesPerSecond"] = Math.Round(ImagesPerSecond, 1),
        ["cpuImagesPerSecond"] = Math.Round(CpuImagesPerSecond, 1),
    };

    /// <summary>The answer of an entry; null where something is missing: it is asked again.</summary>
    public static CheckAnswer? From(JsonNode? entry)
    {
        if (entry is not JsonObject json || !json.ContainsKey("difference")) return null;
        if (SmallJson.Text(json, "device") is not { } device || SmallJson.Text(json, "driver") is not { } driver) return null;
        if (SmallJson.Text(json, "version") is not { } version || SmallJson.Text(json, "model") is not { } model) return null;
        if (SmallJson.Text(json, "recipe") is not { } recipe || SmallJson.Whole(json, "compared") is not { } compared) return null;
        if (SmallJson.Number(json, "imagesPerSecond") is not { } speed || SmallJson.Number(json, "cpuImagesPerSecond") is not { } cpu) return null;
        var difference = SmallJson.Text(json, "difference");
        if (difference is null && json["difference"] is not null) return null;
        return new CheckAnswer(new CheckedModel(device, driver, version, model), OneLine.Quote(recipe), compared, difference, speed, cpu);
    }
}
