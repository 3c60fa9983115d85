using Wage.Backends;
using Wage.Data;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Simulation;
using Wage.Simulation.Products;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Experiments.Benchmarks;

/// <summary>The same networks and products in float32, which only the CPU has: what the integers are compared with.</summary>
internal static class FloatBenchmarks
{
    /// <summary>Training and inference.</summary>
    /// <param name="name">"vgg7".</param>
    /// <param name="what">"VGG7".</param>
    /// <param name="spec">The layers, which stand for float32 layers of the same extents.</param>
    /// <param name="data">Generated data.</param>
    /// <param name="batch">Images of a step.</param>
    public static IEnumerable<Benchmark> Networks(string name, string what, Func<ModelSpec> spec, Func<Dataset> data, int batch)
    {
        foreach (var (mode, described, prepare) in new (string, string, Func<IBackend, ModelSpec, Dataset, int, Workload>)[]
        {
            ("train", $"training steps of {what} in float32, without batch norm", Training),
            ("infer", $"batches of {what} in float32, from images to scores", Inference),
        })
        {
            yield return new Benchmark($"float32-{name}-{mode}", "images/s", described, backend => prepare(backend, spec(), data(), batch))
            {
                IsOfHost = true,
            };
        }
    }

    /// <summary>One product alone, in percent of what its processor's multiply-adds reach with nothing else to do.</summary>
    public static Benchmark Product(string name, ConvGeometry g, ProductKind kind, string what)
    {
        var noun = kind.ToString().ToLowerInvariant();
        return new Benchmark($"float32-product-{name}-{noun}", "GMAC/s", $"the {noun} product of {what} in float32", backend =>
        {
            FloatTensor x = Drawn(g.InputShape, 0), w = Drawn(g.WeightShape, 1), e = Drawn(g.OutputShape, 2);
            FloatTensor y = new(g.OutputShape), delta = new(g.InputShape), gradient = new(g.WeightShape);
            var engine = Engine(backend);
            return new Workload(
                kind switch
                {
                    ProductKind.Forward => () => engine.Convolve(x, w, null, g, y),
                    ProductKind.Error => () => engine.ConvolveError(e, w, g, delta),
                    _ => () => engine.ConvolveGradient(x, e, g, gradient),
                },
                (double)g.MacsPerImage * g.Batch / 1e9);
        }, backend => FloatPeak.Measure(Engine(backend)) / 1e9)
        { IsOfHost = true };
    }

    private static FloatEngine Engine(IBackend backend) =>
        backend is HostBackend host ? new FloatEngine(host.Pool, FloatEngine.Widest) : new FloatEngine(null, 1);

    private static Workload Training(IBackend backend, ModelSpec spec, Dataset data, int batch)
    {
        var network = Network(backend, spec, data, batch);
        var trainer = new Trainer(network, data, new TrainingOptions(1, new LearningRate((0, new Ratio(1, 1000)))));
        return new Workload(trainer.Step, batch, () =>
        {
            if (trainer.StepInEpoch == trainer.StepsPerEpoch) trainer.FinishEpoch();
        }, trainer, network);
    }

    private static Workload Inference(IBackend backend, ModelSpec spec, Dataset data, int batch)
    {
        var network = Network(backend, spec, data, batch);
        var (images, classes) = (network.Take(data.Test), new int[batch]);
        network.Prepare();
        return new Workload(() =>
        {
            images.Load(0, Augmentation.None, default);
            network.Predict(classes);
        }, batch, null, images, network);
    }

    private static FloatNetwork Network(IBackend backend, ModelSpec spec, Dataset data, int batch)
    {
        var images = new Shape(batch, data.Train.Height, data.Train.Width, data.Train.Channels);
        var network = new FloatNetwork(spec.Layers, new SoftmaxCrossEntropy(), images, backend);
        network.Initialize(1);
        return network;
    }

    private static FloatTensor Drawn(Shape shape, uint step)
    {
        var (tensor, key) = (new FloatTensor(shape), new RandomKey(1, RandomStream.Synthetic(0), step));
        for (var i = 0; i < tensor.Span.Length; i++) tensor.Span[i] = (int)RandomBits.UInt32(key, (ulong)i) / 2147483648f;
        return tensor;
    }
}
