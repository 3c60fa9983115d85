using Wage.Experiments;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;

namespace Wage.Tests.Experiments;

/// <summary>`model.batchNorm: fixup`.</summary>
[Parallelizable]
internal sealed class FixupRecipeTests
{
    [TestCase("integer-sgd", "projection", null)]
    [TestCase("float32", "projection", null)]
    [TestCase("float32", "subsample", "residual2: subsampling adds 16 channels of zeros")]
    [TestCase("affine", "projection", "fixup1: scheme affine has no Fixup. HINT: leave model.batchNorm away, or take a scheme that has it")]
    [TestCase("wage", "projection", "fixup1: scheme wage has no Fixup.")]
    public void FixupTakesThePlaceOfBatchNorm(string scheme, string shortcut, string? message)
    {
        var recipe = Resolve($"model: {{ kind: resnet, blocks: 1, batchNorm: fixup, shortcut: {shortcut} }}\ndata: {{ set: cifar10 }}\n" +
            $"scheme: {scheme}\nloss: crossEntropy\n");
        Assert.That(Resolve(recipe.ToYaml()).ToYaml(), Is.EqualTo(recipe.ToYaml()));
        if (message is not null)
        {
            Assert.That(Assert.Throws<WageException>(() => RunBuilder.PlanNetwork(recipe))!.InWords(), Does.StartWith(message));
            return;
        }

        using var network = RunBuilder.PlanNetwork(recipe);
        var first = network.Table.Take(2).Select(row => (row.Name, row.Kind));
        Assert.That(first, Is.EqualTo(new[] { ("conv1", "3x3 conv, same"), ("fixup1", "Fixup") }));
        Assert.That(network.StoredWeights.Select(w => w.Name), Does.Contain("fixup9.gamma").And.Not.Contain("conv1.bias"));
    }

    private static Recipe Resolve(string yaml) => Recipe.Resolve(RecipeReader.ReadText("r.yaml", yaml));
}
