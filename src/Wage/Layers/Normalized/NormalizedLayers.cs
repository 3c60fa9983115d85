using Wage.Backends;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>Something that ends in activations with errors of their own.</summary>
internal interface IUnitEnd
{
    /// <summary>True: each step scales its errors by their own maximum, as those that come from the scores.</summary>
    bool ErrorsAreCurrent { get; set; }

    /// <summary>The activations, once they are built.</summary>
    UnitActivations Activations { get; }
}

/// <summary>Something whose input may be such activations: the error that it makes of them can end in theirs, without its sums.</summary>
internal interface IUnitReader
{
    /// <summary>What makes the input, where it is nothing but such activations.</summary>
    IUnitEnd? Before { set; }
}

/// <summary>Where the sums of an error product end, so that they need not be stored.</summary>
internal interface IErrorEnd
{
    /// <summary>True where they can in this step.</summary>
    bool EndsSums { get; }

    /// <summary>The errors of an error product.</summary>
    /// <param name="e">The errors behind the product.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="g">Its extents.</param>
    /// <param name="sums">Memory for its sums.</param>
    /// <param name="exponent">Their exponent.</param>
    /// <param name="s">The step.</param>
    Signal Errors(Tensor e, Tensor weights, in ConvGeometry g, Tensor sums, Tensor exponent, in StepContext s);
}

/// <summary>What the scheme integer-sgd makes of a network's layers: blocks of a product, its batch norm, ReLU and Q_A.</summary>
internal static class NormalizedLayers
{
    /// <summary>The layers in pieces that the scheme runs.</summary>
    /// <exception cref="WageException">It has no such layer, or not there; it is named as the table would.</exception>
    public static Layer[] Arrange(IReadOnlyList<Layer> layers, Scheme scheme)
    {
        var names = new LayerNames(layers);
        FixupLayers.Begin(layers);
        var arranged = Chain(layers, scheme, names, isBranch: false, out _);
        if (!arranged.OfType<IUnitEnd>().Any())
            throw new WageException(
                $"model: scheme {scheme.KindName} takes blocks with batch norm, but it has none.", $"set {new Term(TermKind.BatchNorm)}.");
        if (arranged[^1] is not UnitScores)
            throw new WageException(
                $"{names.Of(layers[^1])}: scheme {scheme.KindName} takes the scores from a dense layer at the end, and this layer is the last.",
                "end with a dense layer without a batch norm.");
        arranged.OfType<IUnitEnd>().Last().ErrorsAreCurrent = true;
        return arranged;
    }

    /// <summary>The activations that end a block, under the names that its ReLU and Q_A take.</summary>
    public static UnitActivations End(BuildContext context, Relu relu, Quantize? quantize, Shape shape)
    {
        relu.Take(context.NextName(Relu.NamePrefix));
        var name = quantize is null ? relu.Name : context.NextName(Quantize.NamePrefix);
        var source = context.TakeSource(name);
        quantize?.Take(name, source);
        return new UnitActivations(context, source, context.SchemeOf(quantize, source).Units!, shape);
    }

    private static Layer[] Chain(
        IReadOnlyList<Layer> layers, Scheme scheme, LayerNames names, bool isBranch, out (ProductLayer Layer, BatchNorm Norm)? open)
    {
        List<Layer> all = [];
        open = null;
        for (var i = 0; i < layers.Count;)
        {
            var norm = At(i + 1) as BatchNorm;
            switch (layers[i])
            {
                case ProductLayer product when norm is not null && At(i + 2) is Relu relu:
                    all.Add(new NormalizedBlock(product, norm, relu, At(i + 3) as Quantize, scheme));
                    i += At(i + 3) is Quantize ? 4 : 3;
                    break;
                case ProductLayer product when norm is not null && isBranch && i + 2 == layers.Count:
                    open = (product, norm);
                    i += 2;
                    break;
                case Dense dense when i + 1 == layers.Count && !isBranch:
                    all.Add(new UnitScores(dense));
                    i++;
                    break;
                case Residual residual when At(i + 1) is Relu relu:
                    all.Add(Sum(residual, relu, At(i + 2) as Quantize, scheme, names));
                    i += At(i + 2) is Quantize ? 3 : 2;
                    break;
                case AveragePool2d pool:
                    all.Add(new UnitAverage(pool, scheme));
                    i++;
                    break;
                case Flatten or MaxPool2d:
                    all.Add(layers[i++]);
                    break;
                case Quantize quantize when i > 0:
                    all.Add(new NoQuantize(quantize));
                    i++;
                    break;
                default: throw Refusal(layers[i], scheme, names);
            }
        }

        for (var i = 1; i < all.Count; i++)
            if (all[i] is IUnitReader reader) reader.Before = all[i - 1] as IUnitEnd;
        return [.. all];

        Layer? At(int i) => i < layers.Count ? layers[i] : null;
    }

    private static NormalizedResidual Sum(Residual residual, Relu relu, Quantize? quantize, Scheme scheme, LayerNames names)
    {
        var before = Chain(residual.Branch, scheme, names, isBranch: true, out var last);
        IUnitShortcut? side = null;
        if (residual.Shortcut is [Subsample subsample]) side = new SubsampleShortcut(subsample);
        else if (residual.Shortcut is [ProductLayer product, BatchNorm norm]) side = new ProjectionShortcut(product, norm, scheme);
        else if (residual.Shortcut.Count > 0)
            throw new WageException(
                $"{names.Of(residual)}: scheme {scheme.KindName} takes the input itself as a shortcut, a subsample, or a product with a batch norm.",
                "change the shortcut.");
        if (last is not { } open)
            throw new WageException(
                $"{names.Of(residual)}: scheme {scheme.KindName} takes branches that end in a product and a batch norm.", "end the branch so.");
        return new NormalizedResidual(residual, before, open, side, relu, quantize, scheme);
    }

    private static WageException Refusal(Layer layer, Scheme scheme, LayerNames names) => layer switch
    {
        ProductLayer => new(
            $"{names.Of(layer)}: scheme {scheme.KindName} takes a batch norm and a ReLU behind every product but the last, a dense one.",
            $"set {new Term(TermKind.BatchNorm)}, or take another scheme, such as float32."),
        Residual => new(
            $"{names.Of(layer)}: scheme {scheme.KindName} takes a ReLU behind every residual.",
            "put one there, or take another scheme, such as float32."),
        _ => new(
            $"{names.Of(layer)}: scheme {scheme.KindName} has no such layer in this place.",
            "leave it away, or take another scheme, such as float32."),
    };
}
