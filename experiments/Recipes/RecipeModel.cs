using Wage.Models;

namespace Wage.Experiments.Recipes;

/// <summary>The network that a recipe's `model` names.</summary>
internal static class RecipeModel
{
    /// <summary>Its layers, without what single ones have for themselves.</summary>
    public static ModelSpec Of(Recipe recipe) => recipe.ModelKind switch
    {
        "mlp" => ModelSpec.Mlp(recipe.Sizes),
        "lenet5" => ModelSpec.LeNet5(recipe.Padding, recipe.Classes),
        "vgg7" => ModelSpec.Vgg7(recipe.Width, recipe.Classes),
        "resnet" => ModelSpec.ResNet(recipe.Blocks, recipe.Width, recipe.Classes),
        _ => throw new InvalidOperationException($"model.kind {recipe.ModelKind} has no layers"),
    };
}
