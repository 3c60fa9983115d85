using Wage.Backends;
using Wage.Data;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Experiments.Traces;
using Wage.Layers;
using Wage.Losses;
using Wage.Tensors;
using Wage.Tests.Training;
using Wage.Training;

namespace Wage.Tests.Traces;

/// <summary>Small networks to trace, on drawn images of each size.</summary>
internal static class TracedNetwork
{
    public const string LeNet = "model: { kind: lenet5, padding: valid }\ntraining: { batch: 2, eta: 4 }\n";
    public const string Vgg7 = "data: { set: cifar10 }\nmodel: { kind: vgg7, width: 4 }\ntraining: { batch: 2, eta: 8 }\n";
    public const string Mlp = "model: { kind: mlp, sizes: [20, 12, 10] }\n";
    public const string ResNet20 = "data: { set: cifar10 }\nmodel: { kind: resnet, blocks: 3, width: 4 }\n";
    private static readonly Dataset Digits = SyntheticDigits.Create(1, 20, 5);

    /// <summary>Traces the first steps of a recipe.</summary>
    public static Trainer Trace(string yaml, string folder, int steps, IBackend? backend = null)
    {
        var recipe = Recipe(yaml);
        using var own = new HostBackend(1);
        return Trace(recipe, Trainer(recipe, backend ?? own), folder, steps);
    }

    /// <summary>Traces the first step of an MNIST-sized network of one's own, with the recipe's scheme.</summary>
    public static void Trace(string yaml, IReadOnlyList<Layer> layers, string folder)
    {
        var recipe = Recipe(yaml);
        using var backend = new HostBackend(1);
        var network = new Network(layers, recipe.NewScheme(), new SquaredError(), new Shape(recipe.Batch, 28, 28, 1), backend);
        var trainer = new Trainer(network, Digits, new TrainingOptions(recipe.Seed, recipe.Rate));
        network.Initialize(recipe.Seed);
        Trace(recipe, trainer, folder, steps: 1);
    }

    /// <summary>A trainer at its first step.</summary>
    public static Trainer Trainer(string yaml, IBackend backend) => Trainer(Recipe(yaml), backend);

    private static Trainer Trace(Recipe recipe, Trainer trainer, string folder, int steps)
    {
        Assert.That(new TraceRun(recipe, trainer, folder, isHex: false).Execute(steps, TextWriter.Null, CancellationToken.None), Is.EqualTo(steps));
        return trainer;
    }

    private static Recipe Recipe(string yaml) => Wage.Experiments.Recipes.Recipe.Resolve(RecipeReader.ReadText("trace.yaml", yaml));

    private static Trainer Trainer(Recipe recipe, IBackend backend) =>
        RunBuilder.BuildTrainer(recipe, recipe.DataSet == "digits" ? Digits : TinyRun.Coloured(5, 10, 2), backend);
}
