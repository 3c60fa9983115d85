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
    /// <param name="recipe">The recipe.</param>
    /// <param name="classes">The data's classes, for a recipe that follows them.</param>
    public static ModelSpec Of(Recipe recipe, int classes = 10)
    {
        var model = Named(recipe, classes);
        if (recipe.BatchNorm != "false") model = recipe.BatchNorm == "fixup" ? model.WithFixup() : model.WithBatchNorm();
        return recipe.HasRelu6 ? model.WithRelu6() : model;
    }

    private static ModelSpec Named(Recipe recipe, int classes) => recipe.ModelKind switch
    {
        "mlp" => ModelSpec.Mlp([.. recipe.Sizes.Select(size => size == 0 ? classes : size)]),
        "lenet5" => ModelSpec.LeNet5(recipe.Padding, recipe.Classes ?? classes),
        "vgg7" => ModelSpec.Vgg7(recipe.Width, recipe.Classes ?? classes),
        "resnet" => ModelSpec.ResNet(recipe.Blocks, recipe.Width, recipe.Classes ?? classes, recipe.Shortcut),
        ModelLayers.ModelKind => new ModelSpec(recipe.OwnLayers!.Layers),
        _ => throw new InvalidOperationException($"model.kind {recipe.ModelKind} has no layers"),
    };
}
