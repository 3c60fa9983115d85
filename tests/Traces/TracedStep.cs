using System.Text.Json.Nodes;

namespace Wage.Tests.Traces;

/// <summary>A step of a trace on disk: its arrays, and which of them differ from what was recomputed.</summary>
internal sealed class TracedStep
{
    private readonly Dictionary<(string, string), string> files;
    private readonly HashSet<(string, string)> read = [];
    private readonly List<string> differences = [];

    public TracedStep(string folder, JsonNode manifest, JsonNode step)
    {
        (Manifest, Number) = (manifest, (long)step["step"]!);
        var eta = step["eta"]!;
        (EtaNumerator, EtaDenominator) = ((long)eta["numerator"]!, (long)eta["denominator"]!);
        files = step["tensors"]!.AsArray().ToDictionary(
            t => ((string)t!["layer"]!, (string)t["quantity"]!), t => Path.Combine(folder, (string)t!["file"]!));
    }

    public JsonNode Manifest { get; }

    public long Number { get; }

    public long EtaNumerator { get; }

    public long EtaDenominator { get; }

    /// <summary>What differs, and what nobody recomputed.</summary>
    public IReadOnlyList<string> Differences =>
        [.. differences, .. files.Keys.Where(key => !read.Contains(key)).Select(key => $"{key.Item1}.{key.Item2} was not recomputed")];

    public static IReadOnlyList<TracedStep> All(string folder)
    {
        var manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "manifest.json")))!;
        return [.. manifest["steps"]!.AsArray().Select(step => new TracedStep(folder, manifest, step!))];
    }

    public int Whole(string section, string key) => (int)Manifest[section]![key]!;

    public string Word(string key) => (string)Manifest[key]!;

    public bool Has(string layer, string quantity) => files.ContainsKey((layer, quantity));

    /// <summary>An array that the step starts from.</summary>
    public long[] Given(string layer, string quantity)
    {
        read.Add((layer, quantity));
        return NpyArray.Read(files[(layer, quantity)]).Values;
    }

    public void Equal(string layer, string quantity, params long[] values)
    {
        if (!Given(layer, quantity).AsSpan().SequenceEqual(values)) differences.Add($"{layer}.{quantity}");
    }
}
