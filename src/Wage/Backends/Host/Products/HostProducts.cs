using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>Which of a layer's products.</summary>
internal enum ProductKind
{
    /// <summary>y = w * x.</summary>
    Forward,

    /// <summary>x's error from y's.</summary>
    Error,

    /// <summary>w's gradient from x and y's error.</summary>
    Gradient,
}

/// <summary>The products of a layer, each by the way that is fastest for its geometry.</summary>
internal sealed class HostProducts
{
    private readonly WeightProducts weights;
    private readonly GradientProduct gradients;
    private readonly SparseGradient sparse;
    private readonly StridedError strided;
    private readonly DepthwiseProducts depthwise;
    private readonly GroupedProducts groups;

    /// <summary>On these threads, with these kernels.</summary>
    public HostProducts(HostEngine engine)
    {
        var tiles = new TileDriver(engine);
        (weights, gradients, sparse) = (new(engine, tiles), new(engine, tiles), new(engine));
        (strided, depthwise, groups) = (new(engine, weights), new(engine), new(engine, this));
    }

    /// <summary>One product: two of the tensors, whose lengths are the geometry's, are read, the third is written.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="x">Inputs, or their errors.</param>
    /// <param name="w">Weights, or their gradients.</param>
    /// <param name="y">Sums, or their errors.</param>
    /// <param name="g">The extents.</param>
    public void Run(ProductKind kind, Tensor x, Tensor w, Tensor y, in ConvGeometry g)
    {
        if (g.Groups > 1 && !g.IsDepthwise) groups.Run(kind, x, w, y, g);
        else if (kind == ProductKind.Forward) Forward(x, w, g, y, null);
        else if (kind == ProductKind.Gradient) Gradient((HostTensor<sbyte>)x, y, g, w);
        else if (g.Groups > 1) depthwise.Error(y, (HostTensor<sbyte>)w, g, x);
        else if (g.Stride > 1 && !g.IsDense) strided.Run(y, (HostTensor<sbyte>)w, g, x);
        else weights.Error(y, (HostTensor<sbyte>)w, g, x);
    }

    /// <summary>The forward product into sums, or, without sums, image by image into a stage; depthwise or of one group.</summary>
    public void Forward(Tensor x, Tensor w, in ConvGeometry g, Tensor? sums, ImageStage? stage)
    {
        if (g.Groups > 1) depthwise.Forward((HostTensor<sbyte>)x, (HostTensor<sbyte>)w, g, sums, stage);
        else weights.Forward(x, (HostTensor<sbyte>)w, g, sums, stage);
    }

    /// <summary>
    /// True where a forward product into sums of 32 bits ends in <see cref="Forward"/>, on this many threads: not a dense layer's, which has few.
    /// </summary>
    public static bool EndsInStage(in ConvGeometry g, int threads) => !g.IsDense && (g.Groups == 1 || g.IsDepthwise) && g.Batch >= threads;

    /// <summary>True where an error product into sums of 32 bits ends in <see cref="Error"/>, on this many threads.</summary>
    public static bool ErrorEndsInStage(in ConvGeometry g, int threads) => g.Groups == 1
        ? g.IsDense || (g.Stride == 1 && g.Batch >= threads)
        : g.IsDepthwise && g.GroupFilters == 1 && g.Batch >= threads;

    /// <summary>The error product, image by image, of a dense layer in blocks of rows, into a stage.</summary>
    public void Error(Tensor e, Tensor w, in ConvGeometry g, ImageStage stage)
    {
        if (g.Groups > 1) depthwise.Error(e, (HostTensor<sbyte>)w, g, null, stage);
        else weights.Error(e, (HostTensor<sbyte>)w, g, null, stage);
    }

    private void Gradient(HostTensor<sbyte> x, Tensor e, in ConvGeometry g, Tensor gradient)
    {
        switch (e)
        {
            case HostTensor<sbyte> errors when g.Groups > 1: depthwise.Gradient(x, errors, g, gradient); break;
            case HostTensor<short> errors when g.Groups > 1: depthwise.Gradient(x, errors, g, gradient); break;
            case HostTensor<sbyte> errors:
                if (!sparse.Try(x, errors, g, gradient)) gradients.Run(x, errors, g, gradient);
                break;
            case HostTensor<short> errors: gradients.Run(x, errors, g, gradient); break;
            default: throw new ArgumentException($"errors are Int8 or Int16, not {e.Type}", nameof(e));
        }
    }
}
