namespace Wage.Experiments.Recipes;

/// <summary>Keys that a recipe gives and that change nothing, for want of what they belong to.</summary>
internal static class IdleKeys
{
    private static readonly (string Key, string[] Kinds)[] OfModels =
    [
        ("model.sizes", ["mlp"]), ("model.padding", ["lenet5"]), ("model.width", ["vgg7", "resnet"]), ("model.blocks", ["resnet"]),
        ("model.shortcut", ["resnet"]),
        ("model.classes", ["lenet5", "vgg7", "resnet"]),
    ];

    /// <summary>A line for each. What a recipe says of its own network is no matter where another source chooses another network.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="given">What is given of it, the last to hold behind the others.</param>
    public static IEnumerable<string> Notices(Recipe recipe, IEnumerable<GivenValue> given)
    {
        var all = given.ToList();
        var chosen = all.FindLastIndex(one => one.Key is "model.kind" or ModelLayers.Key);
        foreach (var (key, kinds) in OfModels)
        {
            var last = all.FindLastIndex(one => one.Key == key);
            if (kinds.Contains(recipe.ModelKind) || last < 0 || IsDefault(key)) continue;
            if (last > chosen || GivenModel.IsOneSource(all[last].Origin, all[chosen].Origin))
                yield return Line(all[last], $"model.kind {recipe.ModelKind} does not take it");
        }

        if (recipe["model.initial"].Length == 0 && all.FindLast(one => one.Key == "model.initialLayers") is { Key: { } of } layers && !IsDefault(of))
            yield return Line(layers, "model.initial names no weights");
        if (!recipe.HasOwnData && all.FindLast(one => one.Key == "data.testShare") is { Key: { } own } share && !IsDefault(own))
            yield return Line(share, $"{recipe.DataSet} has test images");

        bool IsDefault(string key) => RecipeKeys.Find(key)!.Default == recipe[key];
    }

    private static string Line(in GivenValue given, string why) => $"{given.Origin}: {given.Key} changes nothing: {why}";
}
