using Wage.Backends;
using Wage.Layers;
using Wage.Losses;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Training;

namespace Wage.Export.C;

/// <summary>A product with what follows it: [max pool,] ReLU, Q_A, and Q_E on the way back; the last has none of them but Q_E.</summary>
/// <param name="Weights">Its weights.</param>
/// <param name="Geometry">The product, of one image.</param>
/// <param name="Pool">The windows behind it; null: none.</param>
/// <param name="Activation">ReLU and Q_A; null of the last.</param>
/// <param name="Errors">Q_E of its outputs; null where no error comes.</param>
/// <param name="Rules">Q_W, and how the weights learn.</param>
internal sealed record TrainedLayer(
    Parameter Weights, ConvGeometry Geometry, PoolGeometry? Pool, ActivationStage? Activation, ErrorStage? Errors,
    (ShiftWeights Q, WageUpdate Update) Rules)
{
    /// <summary>What helps where C does not train a network.</summary>
    public const string Way = "export the program without its training: it then predicts.";

    /// <summary>The most elements of a pooling window whose position fits 6 bits.</summary>
    private const int MostWindow = 63;

    /// <summary>What it gives for an image.</summary>
    public int Outputs => Pool is { } pool
        ? pool.OutputHeight * pool.OutputWidth * pool.Channels : Geometry.OutputHeight * Geometry.OutputWidth * Geometry.Filters;

    /// <summary>The layers of a network from the image to the scores.</summary>
    /// <exception cref="WageException">A layer, a rounding or an option is none that C trains with; it is named.</exception>
    public static IReadOnlyList<TrainedLayer> Of(Network network)
    {
        if (network.Loss is not (SquaredError or SoftmaxCrossEntropy))
            throw new WageException($"loss: {network.Loss.Name} is somebody's own, which C does not train with.", Way);
        if (network.Classes > byte.MaxValue)
            throw new WageException($"model: has {network.Classes} scores, but in C a label is a byte, and {byte.MaxValue} none.", Way);
        var layers = network.Layers.Where(layer => layer is not Flatten).ToArray();
        List<TrainedLayer> trained = [];
        for (var i = 0; i < layers.Length;)
        {
            var product = layers[i] as ProductLayer ?? throw Unknown(layers[i]);
            if (i++ == layers.Length - 1)
            {
                var output = Error(product.Name, network.OutputErrors);
                trained.Add(new(product.Weights, Extents(network, product), null, null, output, RulesOf(product)));
                break;
            }

            var pool = layers[i] as MaxPool2d;
            if (pool is not null) i++;
            if (i + 1 >= layers.Length || layers[i] is not Relu) throw Unknown(i < layers.Length ? layers[i] : product);
            var quantize = layers[i + 1] as Quantize ?? throw Unknown(layers[i + 1]);
            i += 2;
            var windows = pool is null ? (PoolGeometry?)null : Windows(pool);
            var errors = quantize.Errors is { } given ? Error(quantize.ShownAs, given) : (ErrorStage?)null;
            trained.Add(new(product.Weights, Extents(network, product), windows, Activations(quantize), errors, RulesOf(product)));
        }

        if (trained.Count == 0 || trained[^1].Activation is not null) throw Unknown(layers[^1]);
        return trained;
    }

    private static WageException Unknown(Layer layer) => new(
        $"{layer.Name}: a {layer.GetType().Name} is not where C trains one: it knows convolutions and dense layers, each but the last with a ReLU " +
        "and a Quantize behind it, a max pool between.", Way);

    private static ConvGeometry Extents(Network network, ProductLayer product)
    {
        var g = network.Table.First(row => row.Name == product.Name).Product!.Value with { Batch = 1 };
        if (product.Bias) throw new WageException($"{product.Name}: has a bias, which C does not train.", Way);
        return g.Groups == 1 ? g : throw new WageException($"{product.Name}: has {g.Groups} groups, which C does not train.", Way);
    }

    private static PoolGeometry Windows(MaxPool2d pool)
    {
        var g = pool.Extents with { Batch = 1 };
        if (g.Stride < g.WindowHeight || g.Stride < g.WindowWidth)
            throw new WageException($"{pool.Name}: its windows overlap, so that errors meet, which C does not train.", Way);
        return g.Window <= MostWindow ? g
            : throw new WageException($"{pool.Name}: its windows have {g.Window} elements, but C trains with at most {MostWindow}.", Way);
    }

    private static ActivationStage Activations(Quantize quantize)
    {
        var t = new StageTensors(quantize.Output.Values);
        return quantize.Stage(ref t, new StepContext(Phase.Training, 0, 0, new Ratio(1, 1))).Value is ActivationStage stage
            ? stage with { Rounding = Certain(quantize.ShownAs, "activations", stage.Rounding) }
            : throw new WageException($"{quantize.ShownAs}: its Q_A is none of WAGE's shifts, which C trains with.", Way);
    }

    private static ErrorStage Error(string name, ErrorOutput output) =>
        output.Stage(new StepContext(Phase.Training, 0, 0, new Ratio(1, 1)))?.Value is ErrorStage { RangeBits: 0 } stage
            ? stage with { Rounding = Certain(name, "errors", stage.Rounding) }
            : throw new WageException(
                $"{name}: its errors are not scaled by the step's own maximum ({Term.Option("ranges.E")}, {Term.Option("errorWindow")}), " +
                $"as C trains them.", Way);

    private static (ShiftWeights Q, WageUpdate Update) RulesOf(ProductLayer product)
    {
        var (name, scheme) = (product.Name, product.Weights.Scheme);
        if (scheme.W is not ShiftWeights q)
            throw new WageException($"{name}: its Q_W is not WAGE's shift ('{OneLine.Quote(scheme.Name)}'), which C trains with.", Way);
        if (scheme.Update is not WageUpdate update)
            throw new WageException($"{name}: does not learn by WAGE's update ('{OneLine.Quote(scheme.Name)}'), as C trains.", Way);
        Certain(name, "weights", q.Stage.Rounding);
        return update.IsCurrent ? (q, update)
            : throw new WageException(
                $"{name}: its gradients are not scaled by the step's own maximum ({Term.Option("ranges.G")}), as C trains them.", Way);
    }

    private static Rounding Certain(string name, string what, Rounding rounding) => rounding != Rounding.Stochastic ? rounding
        : throw new WageException($"{name}: its {what} are rounded at random, but in C gradients alone are.", Way);
}
