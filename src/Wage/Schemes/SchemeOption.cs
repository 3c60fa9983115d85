namespace Wage.Schemes;

/// <summary>An option of a scheme: recipes, the list of keys, error messages and checkpoints are made from it.</summary>
/// <param name="Name">"kW": the key `scheme.kW` of a recipe; "ranges.E": `scheme: { ranges: { E: ... } }`, the key `scheme.ranges.E`.</param>
/// <param name="Values">What values it takes.</param>
/// <param name="Default">Its value where nobody sets it, in its one spelling.</param>
/// <param name="Description">What it is, in a few words.</param>
public sealed record SchemeOption(string Name, OptionValues Values, string Default, string Description)
{
    /// <summary>"ranges" of "ranges.E"; empty for a name of one word.</summary>
    internal string Section => Name.Contains('.', StringComparison.Ordinal) ? Name[..Name.IndexOf('.', StringComparison.Ordinal)] : string.Empty;

    /// <summary>What of a layer it acts on: such layers can have a value of their own. None: it holds for the whole network.</summary>
    public LayerParts Parts { get; init; }

    /// <summary>True for an option that only gives others their defaults, so that it tells nothing when these are known.</summary>
    public bool IsPreset { get; init; }

    /// <summary>True for an option of what is scored besides, which does not tell one network from another.</summary>
    public bool IsOfScores { get; init; }

    /// <summary>Another default, where the option <c>Option</c>, which stands before this one, has the value <c>Value</c>.</summary>
    public (string Option, string Value, string Default)? Otherwise { get; init; }

    /// <summary>The value that says "as the other option", which stands before this one; null: every value is one of its own.</summary>
    public (string Value, string Option)? SameAs { get; init; }
}

/// <summary>What of a layer an option can act on.</summary>
[Flags]
public enum LayerParts
{
    /// <summary>Nothing that a layer has for itself.</summary>
    None = 0,

    /// <summary>The weights: how they start, are used, learn and are stored.</summary>
    Weights = 1,

    /// <summary>The activations that end the layer's block.</summary>
    Activations = 2,

    /// <summary>The errors that enter the layer's block from behind.</summary>
    Errors = 4,

    /// <summary>The scale and the shift of a batch norm.</summary>
    Normalization = 8,
}
