namespace Wage.Experiments.Recipes;

/// <summary>What is given of a recipe's network: its kind or its layers, whichever comes last. Both in one place contradict each other.</summary>
internal sealed class GivenModel
{
    private const string KindKey = "model.kind";
    private (string Word, string Origin)? kind;
    private string origin = string.Empty;

    /// <summary>The layers; null where the network is named.</summary>
    public ModelLayers? Layers { get; private set; }

    /// <summary>The options that these layers have for themselves.</summary>
    public IEnumerable<GivenValue> OwnOptions => Layers?.OwnOptions ?? [];

    /// <summary>What the two keys say.</summary>
    public IEnumerable<(string Key, string Value)> Values => Layers is not null
        ? [(KindKey, ModelLayers.ModelKind), (ModelLayers.Key, Layers.ToString())] : kind is { } given ? [(KindKey, given.Word)] : [];

    /// <summary>True for one of the two keys, which is kept here.</summary>
    /// <exception cref="WageException">The value breaks its rule, or contradicts the other key of the same place.</exception>
    public bool Takes(in GivenValue given)
    {
        if (given.Key == KindKey)
        {
            var word = RecipeKeys.Find(KindKey)!.Kind.Require(given.Value, $"{given.Origin}: {KindKey}");
            kind = (word, given.Origin);
            if (word == ModelLayers.ModelKind) return true;
            if (Layers is not null) RequireOther(origin, given.Origin, word);
            Layers = null;
            return true;
        }

        if (given.Key != ModelLayers.Key) return false;
        var layers = ModelLayers.Read(given);
        (Layers, origin) = (layers.Layers.Count == 0 ? null : layers, given.Origin);
        if (Layers is not null && kind is { } named && named.Word != ModelLayers.ModelKind) RequireOther(named.Origin, given.Origin, named.Word);
        return true;
    }

    /// <summary>Refuses the word "layers" without layers.</summary>
    /// <exception cref="WageException">There are none.</exception>
    public void RequireLayers()
    {
        if (Layers is null && kind is { Word: ModelLayers.ModelKind } given)
            throw new WageException($"{given.Origin}: {KindKey} is {ModelLayers.ModelKind}, but {ModelLayers.Key} lists none.",
                "for example layers: [{dense: 10}].");
    }

    private static void RequireOther(string first, string second, string word)
    {
        if (IsOneSource(first, second))
            throw new WageException($"{second}: {KindKey} is {word}, but {ModelLayers.Key} lists a network too.", "leave one of the two away.");
    }

    /// <summary>True for two places of one file, or of one option.</summary>
    public static bool IsOneSource(string first, string second) => Source(first) == Source(second);

    /// <summary>"recipe.yaml" of "recipe.yaml:7".</summary>
    private static string Source(string origin) => origin.TrimEnd("0123456789".ToCharArray()).TrimEnd(':');
}
