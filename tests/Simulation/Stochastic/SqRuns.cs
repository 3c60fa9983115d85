using Wage.Backends;
using Wage.Data;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Simulation;
using Wage.Simulation.Stochastic;
using Wage.Tests.Simulation.Layers;
using Wage.Training;

namespace Wage.Tests.Simulation.Stochastic;

/// <summary>Small networks of the scheme sq, together of every option, in stages of one epoch of five steps.</summary>
internal static class SqRuns
{
    /// <summary>By name.</summary>
    public static readonly IReadOnlyDictionary<string, (string Network, string Options)> All =
        new Dictionary<string, (string Network, string Options)>
        {
            ["binary"] = ("batch norm", "momentum=9/10 averagedBatches=2"),
            ["ternary"] = ("residual", "weights=ternary optimizer=adam"),
            ["elements"] = ("groups", "units=element probability=constant"),
            ["softmax"] = ("depthwise", "probability=softmax ratio=1/2,1 momentum=1/2"),
            ["sigmoid"] = ("concatenation", "weights=ternary probability=sigmoid twnThreshold=layer twnAlpha=layer biasRate=2"),
            ["program"] = ("pools", "weights=ternary variant=program ratio=3/4"),
            ["stepped"] = ("overlaps", "schedule=stepped ratio=1/2,1"),
            ["epoch"] = ("convolutions", "schedule=epoch initialDeviation=1/10"),
            ["whole"] = ("convolutions", "weights=ternary ratio=1"),
        };

    public static FloatNetwork Network(IBackend backend, SpecList<LayerSpec> layers, string options, params IEnumerable<LayerOption> own)
    {
        var settings = SchemeRegistry.Require("sq").Settings(options.Split(' ').Select(option => (option.Split('=')[0], option.Split('=')[1])));
        var spec = new ModelSpec(layers) { Image = (8, 8, 3), Options = [.. own] };
        return (FloatNetwork)spec.Build(settings, new SoftmaxCrossEntropy(), FloatLayerRuns.Batch, backend);
    }

    public static Trainer Start(IBackend backend, string name)
    {
        var network = Network(backend, FloatLayerRuns.Networks[All[name].Network], All[name].Options);
        network.Initialize(1);
        return Trainer(network, All[name].Options.Contains("schedule", StringComparison.Ordinal) ? 4 : 1);
    }

    public static Trainer Trainer(FloatNetwork network, int stageEpochs = 1) => new(
        network, FloatLayerRuns.Images, new TrainingOptions(1, new LearningRate((0, new Ratio(1, 20))), new Augmentation(1, true))
        {
            StageEpochs = stageEpochs,
        });

    public static IReadOnlyList<StochasticWeights> Weights(ITrainable network) =>
        [.. ((SqScheme)((FloatNetwork)network).Build.Scheme).Quantized];

    public static List<string> States(Trainer trainer)
    {
        List<string> all = [];
        foreach (var state in trainer.Network.StoredStates) state.Lend(bytes => all.Add($"{state.Name} {Convert.ToHexString(bytes)}"));
        return all;
    }
}
