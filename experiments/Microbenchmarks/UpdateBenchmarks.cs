using BenchmarkDotNet.Attributes;
using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Microbenchmarks;

/// <summary>
/// From the gradient to the weight on dense1's 8192 x 1024 weights: the maximum, the stochastic rounding Q_G, the update and Q_W; one thread.
/// </summary>
public class UpdateBenchmarks : IWork
{
    private const int Gradients = 1 << 20, KeyStep = 3;
    private static readonly Shape Weights = new(1024, 8192);
    private static readonly GradientRule PowerOfTwo = new(new Ratio(8, 1), Randomizer.Exact, Rounding.HalfEven);
    private static readonly GradientRule AnyRate = new(new Ratio(3, 1), Randomizer.Exact, Rounding.HalfEven);
    private static readonly GradientRule Bits16 = new(new Ratio(8, 1), Randomizer.Bits16, Rounding.HalfEven);
    private static readonly WeightClip Rule = new(127, true, 127);
    private readonly RandomKey key = new(1, RandomStream.Gradient(6), KeyStep);
    private HostBackend? backend;
    private Tensor? gradient, maximum, update, stored, value;

    /// <inheritdoc/>
    public static string Unit => "G weights/s";

    /// <inheritdoc/>
    public static long Work(string? layer) => Weights.Length;

    [GlobalSetup]
    public void Setup()
    {
        backend = new HostBackend(threads: 1);
        gradient = Operands.Tensor<int>(backend, ElementType.Int32, Weights, Gradients);
        stored = Operands.Tensor<sbyte>(backend, ElementType.Int8, Weights, 127, 1);
        maximum = backend.Allocate(ElementType.Int64, new Shape(1));
        update = backend.Allocate(ElementType.Int16, Weights);
        value = backend.Allocate(ElementType.Int8, Weights);
        backend.MaxAbs(gradient, maximum);
        backend.QuantizeGradient(gradient, maximum, PowerOfTwo, key, update);
    }

    [GlobalCleanup]
    public void Cleanup() => backend!.Dispose();

    [Benchmark]
    public void MaxAbs() => backend!.MaxAbs(gradient!, maximum!);

    [Benchmark(Description = "QuantizeGradient, eta 8")]
    public void QuantizeGradient() => backend!.QuantizeGradient(gradient!, maximum!, PowerOfTwo, key, update!);

    [Benchmark(Description = "QuantizeGradient, eta 3")]
    public void QuantizeGradientAnyRate() => backend!.QuantizeGradient(gradient!, maximum!, AnyRate, key, update!);

    [Benchmark(Description = "QuantizeGradient, 16 bits")]
    public void QuantizeGradient16() => backend!.QuantizeGradient(gradient!, maximum!, Bits16, key, update!);

    [Benchmark]
    public void Update() => backend!.Combine(stored!, update!, Rule, stored!);

    [Benchmark]
    public void QuantizeWeights() => backend!.Quantize(stored!, 6, 1, Rounding.HalfEven, value!);
}
