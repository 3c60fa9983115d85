using BenchmarkDotNet.Attributes;
using Wage.Backends;
using Wage.Experiments.Benchmarks;
using Wage.Schemes;

namespace Wage.Microbenchmarks;

/// <summary>The three products of a layer of VGG7: batch 128, 8 bits, ternary weights, one thread.</summary>
[InvocationCount(1)]
public class ProductBenchmarks : IWork
{
    private static readonly int WeightLimit = new WageOptions().ToScheme().W.Range.Limit;
    private readonly Dictionary<ProductKind, Product> products = [];
    private HostBackend? backend;

    /// <inheritdoc/>
    public static string Unit => "GMAC/s";

    /// <summary>"conv1" to "conv6", "dense1".</summary>
    [ParamsSource(nameof(Layers))]
    public string Layer { get; set; } = "conv2";

    /// <summary>What <see cref="Layer"/> may be.</summary>
    public static IEnumerable<string> Layers => BenchCatalog.VggLayers().Select(layer => layer.Name);

    /// <inheritdoc/>
    public static long Work(string? layer) => Geometry(layer!).MacsPerImage * Geometry(layer!).Batch;

    [GlobalSetup]
    public void Setup()
    {
        backend = new HostBackend(threads: 1);
        foreach (var kind in Enum.GetValues<ProductKind>()) products[kind] = new Product(backend, kind, Geometry(Layer), WeightLimit);
    }

    [GlobalCleanup]
    public void Cleanup() => backend!.Dispose();

    [Benchmark]
    public void Forward() => products[ProductKind.Forward].Run();

    [Benchmark]
    public void Error() => products[ProductKind.Error].Run();

    [Benchmark]
    public void Gradient() => products[ProductKind.Gradient].Run();

    private static ConvGeometry Geometry(string layer) => BenchCatalog.VggLayers().First(candidate => candidate.Name == layer).Geometry;
}
