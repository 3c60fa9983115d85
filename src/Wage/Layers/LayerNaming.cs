namespace Wage.Layers;

/// <summary>Gives layers their names in the order in which they are built: "conv1", "conv2", "dense1".</summary>
internal sealed class LayerNaming
{
    private readonly Dictionary<string, int> names = [];

    /// <summary>The last layer that made sums, until a quantizer has taken its name.</summary>
    public string? Source { get; set; }

    /// <summary>"conv1", "conv2", ...: the next name of this kind.</summary>
    public string Next(string kind)
    {
        names[kind] = names.GetValueOrDefault(kind) + 1;
        return $"{kind}{names[kind]}";
    }

    /// <summary>The name of the layer whose sums a quantizer reads, or the given one where another quantizer has taken that.</summary>
    public string TakeSource(string otherwise)
    {
        var name = Source ?? otherwise;
        Source = null;
        return name;
    }
}
