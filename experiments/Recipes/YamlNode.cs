namespace Wage.Experiments.Recipes;

/// <summary>A part of a YAML file that is no mapping of keys to values: a scalar, a list or a mapping, with the place where it stands.</summary>
/// <param name="Place">"recipe.yaml:7".</param>
internal sealed record YamlNode(string Place)
{
    public string? Scalar { get; init; }

    public IReadOnlyList<YamlNode>? Items { get; init; }

    public IReadOnlyList<(string Key, YamlNode Value)>? Pairs { get; init; }

    /// <summary>In one line of YAML.</summary>
    public override string ToString() => Scalar is not null ? Text(Scalar)
        : Items is not null ? $"[{string.Join(", ", Items)}]"
        : $"{{{string.Join(", ", Pairs!.Select(pair => $"{Text(pair.Key)}: {pair.Value}"))}}}";

    private static string Text(string scalar) =>
        scalar.Length > 0 && scalar.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '/' or '^' or '_') ? scalar : ValueKind.Text.ToYaml(scalar);
}
