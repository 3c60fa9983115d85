using Wage.Backends;
using Wage.Layers;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Experiments.Benchmarks;

/// <summary>Which of a layer's three products.</summary>
internal enum ProductKind
{
    /// <summary>Activations by weights.</summary>
    Forward,

    /// <summary>Errors by weights.</summary>
    Error,

    /// <summary>Activations by errors.</summary>
    Gradient,
}

/// <summary>One product alone, with drawn operands over the whole range of their widths: 8 bits, the weights narrower.</summary>
internal sealed class Product
{
    private readonly IBackend backend;
    private readonly ProductKind kind;
    private readonly ConvGeometry geometry;
    private readonly Tensor left;
    private readonly Tensor right;
    private readonly Tensor accumulator;

    /// <summary>Draws the operands.</summary>
    /// <param name="backend">What multiplies.</param>
    /// <param name="kind">Which product.</param>
    /// <param name="geometry">The layer's extents.</param>
    /// <param name="weightLimit">The greatest weight: 1 for k_W = 2.</param>
    public Product(IBackend backend, ProductKind kind, in ConvGeometry geometry, int weightLimit)
    {
        (this.backend, this.kind, this.geometry) = (backend, kind, geometry);
        var limit = BitWidths.Limit(8);
        var (terms, shape) = kind switch
        {
            ProductKind.Forward => (geometry.FanIn, geometry.OutputShape),
            ProductKind.Error => (geometry.FanOut, geometry.InputShape),
            _ => (geometry.Positions, geometry.WeightShape),
        };
        left = Drawn(backend, kind == ProductKind.Error ? geometry.OutputShape : geometry.InputShape, limit, 0);
        right = kind == ProductKind.Gradient ? Drawn(backend, geometry.OutputShape, limit, 1) : Drawn(backend, geometry.WeightShape, weightLimit, 1);
        var bound = new AccumulatorBound(terms, limit, kind == ProductKind.Gradient ? limit : weightLimit);
        accumulator = backend.Allocate(bound.Choose($"product {kind}", AccumulatorWidth.Auto), shape);
    }

    /// <summary>Multiply-accumulates of one run.</summary>
    public long Macs => geometry.MacsPerImage * geometry.Batch;

    /// <summary>Bytes of the operands and the sums, each counted once.</summary>
    public long Bytes => ((Tensor[])[left, right, accumulator]).Sum(tensor => (long)tensor.Length * tensor.Type.Size());

    /// <summary>Multiplies once.</summary>
    public void Run()
    {
        switch (kind)
        {
            case ProductKind.Forward: backend.Convolve(left, right, geometry, accumulator); break;
            case ProductKind.Error: backend.ConvolveError(left, right, geometry, accumulator); break;
            default: backend.ConvolveGradient(left, right, geometry, accumulator); break;
        }
    }

    /// <summary>Int8 from -limit to limit.</summary>
    public static Tensor Drawn(IBackend backend, Shape shape, int limit, uint step)
    {
        var tensor = backend.Allocate(ElementType.Int8, shape);
        var (key, values) = (new RandomKey(1, RandomStream.Synthetic(0), step), new sbyte[shape.Length]);
        for (var i = 0; i < values.Length; i++) values[i] = (sbyte)(RandomBits.Below(key, (ulong)i, (2 * limit) + 1) - limit);
        backend.Upload<sbyte>(values, tensor);
        return tensor;
    }
}
