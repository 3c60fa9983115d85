using Wage.Backends;
using Wage.Numbers;
using Wage.SelfTest;
using Wage.Simulation;
using Wage.Simulation.Products;
using Wage.Tensors;

namespace Wage.Gpu.Simulation;

/// <summary>The float32 products as cases: the bits that a backend's device gives for them. The reference computes their definition.</summary>
internal sealed class FloatCases : IDisposable
{
    private readonly Dictionary<string, FloatDevice> devices = [];

    /// <summary>Dense, wide and narrow, strided, shifted, grouped and depthwise; sums of one term, of a block, of several.</summary>
    public static IReadOnlyList<ConvGeometry> Geometries { get; } =
    [
        ConvGeometry.Dense(1, 1, 1),
        ConvGeometry.Dense(37, 300, 10),
        ConvGeometry.Dense(300, 17, 33),
        new(2, 5, 6, 3, 17, 3, 3, 1, Padding.Same(5, 6, 3, 3, 1)),
        new(1, 16, 9, 33, 40, 3, 3, 1, Padding.None),
        new(2, 11, 8, 6, 7, 5, 3, 3, new Padding(4, 1, 3, 2)),
        new(1, 2, 3, 4, 5, 2, 3, 4, new Padding(3, 0, 2, 1)),
        new(2, 7, 6, 8, 12, 1, 1, 2, Padding.None),
        new(2, 6, 5, 6, 9, 3, 3, 1, Padding.Same(6, 5, 3, 3, 1), 3),
        new(1, 7, 7, 40, 60, 3, 3, 2, Padding.Same(7, 7, 3, 3, 2), 2),
        new(2, 9, 8, 19, 19, 3, 3, 1, Padding.Same(9, 8, 3, 3, 1), 19),
        new(1, 8, 9, 35, 35, 5, 5, 2, Padding.Same(8, 9, 5, 5, 2), 35),
    ];

    /// <summary>Every product of every geometry.</summary>
    public IEnumerable<BackendCase> All() =>
    [
        .. Cases("forward", (p, x, w, _, g) =>
        {
            FloatTensor y = new(g.OutputShape), plain = new(g.OutputShape);
            p.Convolve(x, w, Drawn(3, new Shape(g.Filters)), g, y);
            p.Convolve(x, w, null, g, plain);
            return [y, plain];
        }),
        .. Cases("error", (p, _, w, e, g) =>
        {
            var delta = new FloatTensor(g.InputShape);
            p.Error(e, w, g, delta);
            return [delta];
        }),
        .. Cases("gradient", (p, x, _, e, g) =>
        {
            var gradient = new FloatTensor(g.WeightShape);
            p.Gradient(x, e, g, gradient);
            return [gradient];
        }),
    ];

    /// <summary>Closes the devices.</summary>
    public void Dispose()
    {
        foreach (var device in devices.Values) device.Dispose();
    }

    private IEnumerable<BackendCase> Cases(
        string name, Func<Multiplier, FloatTensor, FloatTensor, FloatTensor, ConvGeometry, FloatTensor[]> run) =>
        Geometries.Select(g => new BackendCase($"float32 {name}", g.ToString(), backend =>
        {
            var results = run(Of(backend), Drawn(0, g.InputShape), Drawn(1, g.WeightShape), Drawn(2, g.OutputShape), g);
            return [.. results.Select(tensor => Array.ConvertAll(tensor.Span.ToArray(), value => (long)BitConverter.SingleToInt32Bits(value)))];
        }));

    private Multiplier Of(IBackend backend)
    {
        if (backend is IlgpuBackend)
        {
            if (!devices.TryGetValue(backend.Name, out var device)) devices[backend.Name] = device = new FloatDevice(backend.Name);
            return new(device.Convolve, device.ConvolveError, device.ConvolveGradient);
        }

        var engine = backend is HostBackend host ? new FloatEngine(host.Pool, FloatEngine.Widest) : new FloatEngine(null, lanes: 1);
        return new((x, w, bias, in g, y) => engine.Convolve(x, w, bias, g, y), engine.ConvolveError, engine.ConvolveGradient);
    }

    /// <summary>Values of very different magnitudes, so that another order of a sum gives other bits.</summary>
    private static FloatTensor Drawn(ulong seed, Shape shape)
    {
        var tensor = new FloatTensor(shape);
        for (var i = 0; i < tensor.Span.Length; i++)
        {
            var u = RandomBits.UInt64(new RandomKey(seed, RandomStream.Synthetic(0), 0), (ulong)i);
            tensor.Span[i] = MathF.ScaleB(unchecked((int)u) / 2147483648f, (int)(u >> 60) - 8);
        }

        return tensor;
    }

    private delegate void Forward(FloatTensor x, FloatTensor w, FloatTensor? bias, in ConvGeometry g, FloatTensor y);

    private delegate void Backward(FloatTensor left, FloatTensor right, in ConvGeometry g, FloatTensor result);

    private sealed record Multiplier(Forward Convolve, Backward Error, Backward Gradient);
}
