using Wage.Backends;
using Wage.Data;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Tests.Simulation.Layers;

/// <summary>What a batch norm remembers, and when it moves.</summary>
[Parallelizable]
public sealed class BatchNormTests
{
    private static readonly SpecList<LayerSpec> Layers =
        [new ConvSpec(3, (3, 3), Wage.Layers.ConvPadding.Valid), new BatchNormSpec { Momentum = new Ratio(3, 4) }, new ReluSpec(), new DenseSpec(4)];

    [Test]
    public void TheAveragesTakeTheBatchesMeanAndUnbiasedVarianceInTrainingOnly()
    {
        using var host = new HostBackend(1);
        using var network = FloatLayerRuns.Network(host, Layers);
        network.Initialize(1);
        Assert.That(State(network, "mean").Concat(State(network, "variance")), Is.EqualTo(new float[] { 0, 0, 0, 1, 1, 1 }));
        network.Take(FloatLayerRuns.Images.Train).Load(0, Augmentation.None, default);
        var weights = network.Parameters[0].Value.Span.ToArray();
        network.Step(new StepContext(Phase.Training, 1, 0, new Ratio(1, 100)));
        var (means, variances) = Moments(weights);
        for (var c = 0; c < 3; c++)
        {
            Assert.That(State(network, "mean")[c], Is.EqualTo(0.25 * means[c]).Within(1e-6));
            Assert.That(State(network, "variance")[c], Is.EqualTo(0.75 + (0.25 * variances[c])).Within(1e-6));
        }

        var before = State(network, "mean").Concat(State(network, "variance")).ToArray();
        network.Prepare();
        network.Evaluate();
        network.TakeMetrics();
        Assert.That(State(network, "mean").Concat(State(network, "variance")), Is.EqualTo(before));
    }

    [Test]
    public void AnEvaluationDoesNotDependOnTheOthersOfTheBatch()
    {
        using var host = new HostBackend(2);
        var trainer = FloatRuns.Steps(FloatLayerRuns.Start(host, Layers), 5);
        trainer.Network.TakeMetrics();
        using var whole = new Wage.Training.Evaluator(trainer.Network, FloatLayerRuns.Images.Test);
        using var one = new Wage.Training.Evaluator(trainer.Network, FloatLayerRuns.Images.Test.Take(1));
        Assert.That(one.Predict(), Is.EqualTo(whole.Predict().Take(1)));
        Assert.That(one.Run().LossSum, Is.Not.Zero);
    }

    [Test]
    public void FrozenItStaysAndComputesAsInAnEvaluation()
    {
        using var host = new HostBackend(1);
        using var network = FloatLayerRuns.Network(host, Layers, frozen: ["batchNorm1", "conv1"]);
        network.Initialize(1);
        network.Take(FloatLayerRuns.Images.Train).Load(0, Augmentation.None, default);
        var values = network.Parameters.Select(p => p.Value.Span.ToArray()).ToList();
        network.Step(new StepContext(Phase.Training, 1, 0, new Ratio(1, 10)));
        Assert.That(State(network, "mean").Concat(State(network, "variance")), Is.EqualTo(new float[] { 0, 0, 0, 1, 1, 1 }));
        var stayed = network.Parameters.Zip(values, (p, old) => p.Value.Span.ToArray().SequenceEqual(old));
        Assert.That(stayed, Is.EqualTo(new[] { true, true, true, false, false }));
    }

    [Test]
    public void OnePositionHasNoVariance()
    {
        using var host = new HostBackend(1);
        Assert.That(
            () => new Wage.Simulation.FloatNetwork(
                [new DenseSpec(3), new BatchNormSpec(), new DenseSpec(2)], new Wage.Losses.SquaredError(), new Wage.Tensors.Shape(1, 2, 2, 1), host),
            Throws.TypeOf<WageException>().With.Message.StartsWith("batchNorm1: a batch gives each channel 1 value"));
    }

    private static float[] State(Wage.Simulation.FloatNetwork network, string name)
    {
        float[] values = [];
        network.StoredStates.Single(state => state.Name == $"batchNorm1.{name}").Lend(
            bytes => values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray());
        return values;
    }

    /// <summary>Of the convolution's outputs, in doubles.</summary>
    private static (double[] Means, double[] Variances) Moments(float[] weights)
    {
        var sums = new List<double>[] { [], [], [] };
        for (var i = 0; i < FloatLayerRuns.Batch * 36 * 3; i++)
        {
            var (f, x, y, n, sum) = (i % 3, i / 3 % 6, i / 18 % 6, i / 108, 0.0);
            for (var t = 0; t < 27; t++)
            {
                var (c, kx, ky) = (t % 3, t / 3 % 3, t / 9);
                var pixel = FloatLayerRuns.Images.Train.Pixels[(((((n * 8) + y + ky) * 8) + x + kx) * 3) + c];
                sum += weights[(f * 27) + t] * (((2 * pixel) - 255) / 255f);
            }

            sums[f].Add(sum);
        }

        double[] means = [.. sums.Select(all => all.Average())];
        return (means, [.. sums.Select((all, f) => all.Sum(v => (v - means[f]) * (v - means[f])) / (all.Count - 1))]);
    }
}
