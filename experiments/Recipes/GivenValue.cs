namespace Wage.Experiments.Recipes;

/// <summary>A value as somebody gave it.</summary>
/// <param name="Key">"training.epochs"; see <see cref="RecipeKeys.Joined"/>.</param>
/// <param name="Value">As written.</param>
/// <param name="Origin">"recipe.yaml:7" or "--set".</param>
internal readonly record struct GivenValue(string Key, string Value, string Origin)
{
    public string Key { get; init; } = RecipeKeys.Joined(Key);

    /// <summary>The value of <see cref="ModelLayers.Key"/> in a file, with its lines.</summary>
    public YamlNode? Layers { get; init; }

    /// <summary>Reads "key=value".</summary>
    /// <exception cref="WageException">There is no '='.</exception>
    public static GivenValue FromSetting(string setting)
    {
        var equals = setting.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1)
            throw new WageException($"--set: '{OneLine.Quote(setting)}' is not key=value.",
                "for example --set training.eta=1/2; RECIPE comes before --set.");
        return new GivenValue(setting[..equals].Trim(), setting[(equals + 1)..], "--set");
    }
}
