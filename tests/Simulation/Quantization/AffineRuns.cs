using Wage.Backends;
using Wage.Data;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Simulation;
using Wage.Tests.Simulation.Layers;
using Wage.Training;

namespace Wage.Tests.Simulation.Quantization;

/// <summary>Small networks of the scheme affine, together of every kind of layer and option.</summary>
internal static class AffineRuns
{
    private static readonly BatchNormSpec Norm = new();

    /// <summary>Every network of the float32 domain whose batch norms stand behind products, and what only this scheme does.</summary>
    public static readonly IReadOnlyDictionary<string, (SpecList<LayerSpec> Layers, string Options)> Networks =
        new Dictionary<string, (SpecList<LayerSpec> Layers, string Options)>
        {
            ["convolutions"] = (FloatLayerRuns.Networks["convolutions"], "kW=4 granularity=tensor"),
            ["groups"] = (FloatLayerRuns.Networks["groups"], "weights=asymmetric delay=2"),
            ["depthwise"] = (FloatLayerRuns.Networks["depthwise"], "kA=5 delay=3 delayOf=activations"),
            ["pools"] = (FloatLayerRuns.Networks["pools"], "kW=2 kA=2"),
            ["overlaps"] = (FloatLayerRuns.Networks["overlaps"], "decay=9/10 firstBatches=first"),
            ["residual"] = (FloatLayerRuns.Networks["residual"], "freezeBatchNorm=3"),
            ["concatenation"] = (FloatLayerRuns.Networks["concatenation"], "delay=2 freezeBatchNorm=4 weights=asymmetric granularity=tensor"),
            ["batch norm"] = (Normalized(), "optimizer=adam"),
        };

    public static SpecList<LayerSpec> Normalized() =>
    [
        new ConvSpec(5, (3, 3), Wage.Layers.ConvPadding.Same), Norm, new MaxPoolSpec(2, 2), new ReluSpec(),
        new DepthwiseSpec(2, (3, 3), Wage.Layers.ConvPadding.Same, Bias: true), Norm, new Relu6Spec(),
        new DenseSpec(9), Norm, new ReluSpec(), new DenseSpec(4),
    ];

    public static FloatNetwork Network(IBackend backend, SpecList<LayerSpec> layers, string options)
    {
        var settings = SchemeRegistry.Require("affine").Settings(options.Split(' ').Select(option => (option.Split('=')[0], option.Split('=')[1])));
        var spec = new ModelSpec(layers) { Image = (8, 8, 3) };
        return (FloatNetwork)spec.Build(settings, new SoftmaxCrossEntropy(), FloatLayerRuns.Batch, backend);
    }

    public static Trainer Start(IBackend backend, string name)
    {
        var network = Network(backend, Networks[name].Layers, Networks[name].Options);
        network.Initialize(1);
        return Trainer(network);
    }

    public static Trainer Trainer(FloatNetwork network) => new(
        network, FloatLayerRuns.Images, new TrainingOptions(1, new LearningRate((0, new Ratio(1, 20))), new Augmentation(1, true)));
}
