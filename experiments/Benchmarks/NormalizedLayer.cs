using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Experiments.Benchmarks;

/// <summary>Batch norm in integers of a convolution's outputs, ReLU and codes of 8 bits, and its way back with stochastic rounding.</summary>
internal sealed class NormalizedLayer
{
    private readonly IBackend backend;
    private readonly Shape shape;
    private readonly int channels;
    private readonly Tensor y;
    private readonly Tensor errors;
    private readonly Tensor gamma;
    private readonly Tensor beta;
    private readonly Tensor unit;
    private readonly Tensor sums;
    private readonly Tensor constants;
    private readonly Tensor moments;
    private readonly Tensor errorConstants;
    private readonly StageTensors codes;
    private readonly StageTensors back;

    /// <summary>Of outputs [N, H, W, C] and errors over their whole range.</summary>
    public NormalizedLayer(IBackend backend, Shape shape)
    {
        (this.backend, this.shape, channels) = (backend, shape, shape[shape.Rank - 1]);
        errors = Product.Drawn(backend, shape, BitWidths.Limit(8), 0);
        y = backend.Allocate(ElementType.Int16, shape);
        backend.Map(Product.Drawn(backend, shape, BitWidths.Limit(8), 1), new ShiftStage(-6, short.MaxValue, Rounding.HalfEven), new StageTensors(y));
        (gamma, beta) = (backend.Allocate(ElementType.Int32, new Shape(channels)), backend.Allocate(ElementType.Int32, new Shape(channels)));
        backend.Upload<int>([.. Enumerable.Repeat(1 << 24, channels)], gamma);
        (unit, sums, moments) = (One(-8), Columns(ElementType.Int64, 2), Columns(ElementType.Int64, 2));
        (constants, errorConstants) = (Columns(ElementType.Int32, 6), Columns(ElementType.Int32, 6));
        codes = Ends(6) with { Mask = backend.Allocate(ElementType.UInt8, shape) };
        back = Ends(17) with { Key = new RandomKey(1, 2, 3) };
        Forward();
    }

    /// <summary>10^9 bytes of the way forward: y twice, codes and their mask once.</summary>
    public double ForwardWork => 6 * shape.Length / 1e9;

    /// <summary>10^9 bytes of the way back: y and its errors twice, what they become once.</summary>
    public double BackwardWork => 7 * shape.Length / 1e9;

    /// <summary>Mean and variance of each channel, then the codes.</summary>
    public void Forward()
    {
        backend.ReduceColumns(y, null, null, 1, default(BatchNormSums), sums);
        backend.EachColumn([sums, gamma, beta, unit], new BatchNormConstants(shape.Length / channels), channels, constants, moments);
        backend.MapColumns(y, null, constants, 1, new BatchNormForward(0, 1), new CodeStage(255, 128), codes);
    }

    /// <summary>The gradients of gamma and beta, then the errors of y.</summary>
    public void Backward()
    {
        backend.ReduceColumns(errors, y, constants, 1, default(BatchNormErrorSums), sums);
        backend.EachColumn(
            [sums, constants, unit, unit], new BatchNormErrorConstants(shape.Length / channels, 7), channels, errorConstants, back.Exponent!);
        backend.MapColumns(errors, y, errorConstants, 1, new BatchNormBackward(7), new UnitStage(BitWidths.Limit(8), 1), back);
    }

    private StageTensors Ends(int shift) => new(backend.Allocate(ElementType.Int8, shape))
    {
        Range = One(shift),
        Exponent = One(0),
        Statistic = backend.Allocate(ElementType.Int64, new Shape(3)),
        StatisticLimit = BitWidths.Limit(8),
    };

    private Tensor Columns(ElementType type, int rows) => backend.Allocate(type, new Shape(rows, channels));

    private Tensor One(long value)
    {
        var tensor = backend.Allocate(ElementType.Int64, new Shape(1));
        backend.Upload<long>([value], tensor);
        return tensor;
    }
}
