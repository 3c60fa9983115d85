using Wage.Models;

namespace Wage.Experiments.Recipes;

/// <summary>The network that a recipe's `model` names.</summary>
internal static class RecipeModel
{
    /// <summary>The key that says how many scores the network gives.</summary>
    public static string ScoresKey(Recipe recipe) => recipe.ModelKind switch
    {
        "mlp" => "the last number of model.sizes",
        ModelLayers.ModelKind => "the last dense layer of model.layers",
        _ => "model.classes",
    };

    /// <summary>Its layers, without what single ones have for themselves.</summary>
    public static ModelSpec Of(Recipe recipe) => recipe.ModelKind switch
    {
        "mlp" => ModelSpec.Mlp(recipe.Sizes),
        "lenet5" => ModelSpec.LeNet5(recipe.Padding, recipe.Classes),
        "vgg7" => ModelSpec.Vgg7(recipe.Width, recipe.Classes),
        "resnet" => ModelSpec.ResNet(recipe.Blocks, recipe.Width, recipe.Classes),
        ModelLayers.ModelKind => new ModelSpec(recipe.OwnLayers!.Layers),
        _ => throw new InvalidOperationException($"model.kind {recipe.ModelKind} has no layers"),
    };
}
