using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Experiments.Benchmarks;

/// <summary>A forward product that ends in an output stage, codes of 8 bits: nothing else of it reaches the main memory.</summary>
internal sealed class StagedProduct
{
    private readonly IBackend backend;
    private readonly ConvGeometry geometry;
    private readonly Tensor x;
    private readonly Tensor w;
    private readonly StageTensors shifted;
    private readonly StageTensors scaled;

    /// <summary>Codes and weights over their whole range, the weights to <paramref name="weightLimit"/>.</summary>
    public StagedProduct(IBackend backend, in ConvGeometry geometry, int weightLimit)
    {
        (this.backend, this.geometry) = (backend, geometry);
        (x, w) = (Product.Drawn(backend, geometry.InputShape, BitWidths.Limit(8), 0), Product.Drawn(backend, geometry.WeightShape, weightLimit, 1));
        shifted = new StageTensors(backend.Allocate(ElementType.Int8, geometry.OutputShape));
        scaled = shifted with
        {
            Start = Columns(i => (i * 37 % 1001) - 500),
            Multipliers = Columns(i => (1 << 30) + (i * 7_919_317)),
            Shifts = Columns(i => -4 - (i % 3)),
        };
    }

    /// <summary>10^9 multiply-accumulates of one run.</summary>
    public double Work => geometry.MacsPerImage * geometry.Batch / 1e9;

    /// <summary>Ends in WAGE's: ReLU and Q_A.</summary>
    public void Shift()
    {
        var stage = new ActivationStage(5, BitWidths.Limit(8), Rounding.HalfEven, long.MaxValue);
        backend.Convolve(x, w, geometry, ElementType.Int32, null, stage, shifted);
    }

    /// <summary>Ends in a ReLU, too, with a bias, a multiplier and a shift for each filter.</summary>
    public void Affine() =>
        backend.Convolve(x, w, geometry, ElementType.Int32, null, new AffineStage(default, 3, 3, 127, MultiplierRounding.Double), scaled);

    private Tensor Columns(Func<int, int> value)
    {
        var tensor = backend.Allocate(ElementType.Int32, new Shape(geometry.Filters));
        backend.Upload<int>([.. Enumerable.Range(0, geometry.Filters).Select(value)], tensor);
        return tensor;
    }
}
