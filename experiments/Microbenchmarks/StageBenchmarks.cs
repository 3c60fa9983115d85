using BenchmarkDotNet.Attributes;
using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Microbenchmarks;

/// <summary>
/// What becomes of int32 accumulators of conv2's output, [128,32,32,128]: Q_A alone, the error's maximum and Q_E with the mask of the block's output
/// stage, and pooling; one thread.
/// </summary>
public class StageBenchmarks : IWork
{
    private const int Accumulators = 1 << 15, Limit = 127, Bits = 8;
    private static readonly PoolGeometry Pool = new(128, 32, 32, 128, 2, 2, 2);
    private HostBackend? backend;
    private Tensor? accumulator, mask, maximum, activations, pooled, position, pooledError;

    /// <inheritdoc/>
    public static string Unit => "G accumulators/s";

    /// <inheritdoc/>
    public static long Work(string? layer) => Pool.InputShape.Length;

    [GlobalSetup]
    public void Setup()
    {
        backend = new HostBackend(threads: 1);
        var (x, y) = (Pool.InputShape, Pool.OutputShape);
        accumulator = Operands.Tensor<int>(backend, ElementType.Int32, x, Accumulators);
        mask = backend.Allocate(ElementType.UInt8, x);
        var (bits, key) = (new byte[x.Length], new RandomKey(1, RandomStream.Synthetic(0), 1));
        for (var i = 0; i < bits.Length; i++) bits[i] = (byte)(RandomBits.UInt32(key, (ulong)i) & ActivationStage.BothPass);
        backend.Upload<byte>(bits, mask);
        maximum = backend.Allocate(ElementType.Int64, new Shape(1));
        activations = backend.Allocate(ElementType.Int8, x);
        pooled = backend.Allocate(ElementType.Int32, y);
        position = backend.Allocate(ElementType.UInt8, y);
        pooledError = backend.Allocate(ElementType.Int32, x);
        backend.Reduce(accumulator, mask, ActivationStage.ClipPasses, default(MaxAbs), maximum);
        backend.MaxPool(accumulator, Pool, pooled, position);
    }

    [GlobalCleanup]
    public void Cleanup() => backend!.Dispose();

    [Benchmark]
    public void QuantizeActivations() => backend!.Quantize(accumulator!, 8, Limit, Rounding.HalfEven, activations!);

    [Benchmark]
    public void GatedMaxAbs() => backend!.Reduce(accumulator!, mask, ActivationStage.ClipPasses, default(MaxAbs), maximum!);

    [Benchmark]
    public void StageErrors() => backend!.Map(accumulator!, new ErrorStage(Bits, Rounding.HalfEven), new StageTensors(activations!)
    {
        Gate = mask,
        GateBits = ActivationStage.BothPass,
        Range = maximum,
    });

    [Benchmark]
    public void MaxPool() => backend!.MaxPool(accumulator!, Pool, pooled!, position!);

    [Benchmark]
    public void MaxPoolError() => backend!.MaxPoolError(pooled!, position!, Pool, int.MaxValue, pooledError!);
}
