using Wage.Backends;
using Wage.Data;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Simulation;
using Wage.Training;

namespace Wage.Experiments.Benchmarks;

/// <summary>Inference of the same networks as what conversion yields: int8 codes with zero points, int32 biases, multipliers and shifts.</summary>
internal static class AffineBenchmarks
{
    /// <summary>Images of the one training step that gives every tensor its range.</summary>
    private const int Seen = 16;

    /// <summary>With a scale of weights for each filter, with one for all, and with ternary weights of a scale for each filter.</summary>
    /// <param name="name">"vgg7".</param>
    /// <param name="what">"VGG7".</param>
    /// <param name="spec">The layers.</param>
    /// <param name="data">Generated data.</param>
    /// <param name="batch">Images of a step.</param>
    public static IEnumerable<Benchmark> Networks(string name, string what, Func<ModelSpec> spec, Func<Dataset> data, int batch) =>
        from row in new[] { ("channel", "8", "channel"), ("tensor", "8", "tensor"), ("channel", "2", "packed") }
        let packed = row.Item2 == "2" ? ", these of 2 bits, packed" : string.Empty
        select new Benchmark(
            $"affine-{name}-infer-{row.Item3}", "images/s",
            $"batches of {what} in affine codes from pixels to scores, a scale of weights for each {row.Item1}{packed}",
            backend => Inference(backend, spec(), data(), batch, row.Item1, row.Item2));

    private static Workload Inference(IBackend backend, ModelSpec spec, Dataset data, int batch, string granularity, string bits)
    {
        var model = new IntegerModel(Plan(spec, data, granularity, bits), backend, batch);
        var (pixels, scores) = (data.Test.Pixels, new long[batch * model.Plan.Classes]);
        return new Workload(() => model.Scores(pixels, batch, scores), batch, null, model);
    }

    /// <summary>The plan of a network that was trained for a step, by a backend of the processor's own, whatever runs the plan.</summary>
    private static ModelPlan Plan(ModelSpec spec, Dataset data, string granularity, string bits)
    {
        using var backend = new HostBackend();
        var settings = SchemeRegistry.Require("affine").Settings([("granularity", granularity), ("kW", bits)]);
        using var network = (FloatNetwork)(spec with { Image = (data.Train.Height, data.Train.Width, data.Train.Channels) })
            .Build(settings, new SoftmaxCrossEntropy(), Seen, backend);
        network.Initialize(1);
        using var trainer = new Trainer(network, data, new TrainingOptions(1, new LearningRate((0, new Ratio(1, 1000)))));
        trainer.Step();
        return network.ToPlan();
    }
}
