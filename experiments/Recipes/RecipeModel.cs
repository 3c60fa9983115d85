using Wage.Layers;
using Wage.Models;

namespace Wage.Experiments.Recipes;

/// <summary>The layers that a recipe's `model` names.</summary>
internal static class RecipeModel
{
    /// <summary>New layers, from the image to the scores.</summary>
    public static IReadOnlyList<Layer> Layers(Recipe recipe) => recipe.ModelKind switch
    {
        "mlp" => Model.Mlp(recipe.Sizes),
        "lenet5" => Model.LeNet5(recipe.Padding, recipe.Classes),
        "vgg7" => Model.Vgg7(recipe.Width, recipe.Classes),
        "resnet" => Model.ResNet(recipe.Blocks, recipe.Width, recipe.Classes),
        _ => throw new InvalidOperationException($"model.kind {recipe.ModelKind} has no layers"),
    };
}
