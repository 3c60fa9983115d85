using Wage.Backends;
using Wage.Data;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Simulation;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests.Simulation.Layers;

/// <summary>Every kind of layer: its gradients against central differences in doubles, and its bits on every engine.</summary>
[Parallelizable]
public sealed class FloatLayerTests
{
    private const double Step = 1e-6;

    private static IEnumerable<string> Names => FloatLayerRuns.Networks.Keys;

    [TestCaseSource(nameof(Names))]
    public void TheGradientsAreTheDerivativesOfTheLoss(string name)
    {
        using var host = new HostBackend(2);
        using var network = FloatLayerRuns.Network(host, FloatLayerRuns.Networks[name]);
        network.Initialize(3);
        FloatLayerRuns.Spread(network);
        var doubles = new DoubleNetwork(FloatLayerRuns.Networks[name], network.Parameters);
        var (pixels, labels) = (FloatLayerRuns.Images.Train.Pixels, FloatLayerRuns.Images.Train.Labels);
        double[] images = [.. pixels.Take(FloatLayerRuns.Batch * 192).Select(p => (double)(((2 * p) - 255) / 255f))];
        int[] classes = [.. labels.Take(FloatLayerRuns.Batch).Select(label => (int)label)];
        network.Take(FloatLayerRuns.Images.Train).Load(0, Augmentation.None, default);
        network.Step(new StepContext(Phase.Training, 1, 0, new Ratio(1, 1 << 20)));
        var compared = 0;
        for (var p = 0; p < doubles.Values.Length; p++)
        {
            var (gradient, values) = (network.Parameters[p].Gradient.Span.ToArray(), doubles.Values[p]);
            var greatest = Math.Max(gradient.Max(Math.Abs), 1e-2);
            for (var i = 0; i < values.Length; i += 1 + (values.Length / 5))
            {
                var kept = values[i];
                values[i] = kept + Step;
                var more = doubles.Loss(images, [FloatLayerRuns.Batch, 8, 8, 3], classes);
                values[i] = kept - Step;
                var less = doubles.Loss(images, [FloatLayerRuns.Batch, 8, 8, 3], classes);
                values[i] = kept;
                Assert.That(gradient[i], Is.EqualTo((more - less) / (2 * Step)).Within(5e-5 * greatest), $"{network.Parameters[p].Name}[{i}]");
                compared++;
            }
        }

        Assert.That(compared, Is.GreaterThan(10));
    }

    [TestCaseSource(nameof(Names))]
    public void AnyNumberOfThreadsAndTheDefinitionGiveTheSameBits(string name)
    {
        var expected = End(new ReferenceBackend());
        for (var threads = 1; threads <= 3; threads++)
        {
            using var host = new HostBackend(threads);
            Assert.That(End(host), Is.EqualTo(expected), $"{threads} threads");
        }

        string End(IBackend backend) => FloatRuns.End(FloatRuns.Steps(FloatLayerRuns.Start(backend, FloatLayerRuns.Networks[name]), 6));
    }

    /// <summary>Errors share memory, where a layer finds what others left.</summary>
    [TestCaseSource(nameof(Names))]
    public void NoStepDependsOnWhatLiesInTheMemoryOfErrors(string name)
    {
        using var host = new HostBackend(2);
        var layers = FloatLayerRuns.Networks[name];
        var (clean, littered) = (FloatLayerRuns.Start(host, layers), FloatLayerRuns.Start(host, layers));
        for (var step = 0; step < 4; step++)
        {
            clean.Step();
            foreach (var piece in ((FloatNetwork)littered.Network).Build.Errors.Pieces)
                foreach (var tensor in piece.Tensors) tensor.Span.Fill(float.NaN);
            littered.Step();
        }

        Assert.That(FloatRuns.End(littered), Is.EqualTo(FloatRuns.End(clean)));
    }

    /// <summary>The input of conv2, [N,32,32,128], and that of the pool behind it, beside the error of the scores.</summary>
    [Test]
    public void TheErrorsOfVgg7TakeTheMemoryOfTheTwoGreatest() => Assert.That(
        FloatLayerRuns.Plan(ModelSpec.Vgg7().Layers, 32).PlanMemory(1)[MemoryKind.Errors],
        Is.EqualTo(sizeof(float) * FloatLayerRuns.Batch * ((2L * 32 * 32 * 128) + 10)));

    [TestCaseSource(nameof(Names))]
    public void AStepAllocatesNothing(string name)
    {
        using var host = new HostBackend(2);
        var trainer = FloatRuns.Steps(FloatLayerRuns.Start(host, FloatLayerRuns.Networks[name]), 2);
        var least = long.MaxValue;
        for (var i = 0; i < 3; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            trainer.Step();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.That(least, Is.Zero);
    }

    /// <summary>What is not of tensors are objects, far below a hundredth of these.</summary>
    [Test]
    public void ThePlanIsWhatABuildTakes()
    {
        SpecList<LayerSpec> layers = ModelSpec.ResNet(1, 16).WithBatchNorm().Layers;
        using var host = new HostBackend(1);
        var planned = FloatLayerRuns.Plan(layers, 32).PlanMemory(1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var network = FloatLayerRuns.Network(host, layers, side: 32);
        var taken = GC.GetAllocatedBytesForCurrentThread() - before;
        MemoryKind[] kinds = [MemoryKind.Weights, MemoryKind.Gradients, MemoryKind.Activations, MemoryKind.Errors];
        var tensors = kinds.Sum(kind => planned[kind]);
        Assert.That(taken, Is.InRange(tensors, tensors + planned[MemoryKind.Scratch] + (tensors / 100)));
    }

    [Test]
    public void ARunWithBatchNormAndDropoutResumesToTheBitsOfTheWholeOne([Values(1, 5, 7)] int at)
    {
        SpecList<LayerSpec> layers =
            [.. FloatLayerRuns.Networks["batch norm"].Take(8), new DropoutSpec(new Ratio(1, 4)), new DenseSpec(4)];
        using var host = new HostBackend(2);
        var whole = FloatRuns.Steps(FloatLayerRuns.Start(host, layers), 9);
        using var scratch = new Wage.Tests.Data.Scratch();
        var path = scratch.Path("float.wage");
        FloatRuns.Steps(FloatLayerRuns.Start(host, layers), at).Write(path, "name: float");
        var checkpoint = Checkpoint.Read(path);
        Assert.That(checkpoint.States.Select(state => state.Name), Is.SupersetOf(new[] { "batchNorm1.mean", "batchNorm2.variance" }));
        var resumed = FloatLayerRuns.Start(new ReferenceBackend(), layers, seed: 1);
        resumed.Load(checkpoint);
        FloatRuns.Steps(resumed, 9 - at);
        Assert.That(FloatRuns.End(resumed), Is.EqualTo(FloatRuns.End(whole)));
        Assert.That(States(resumed), Is.EqualTo(States(whole)));
    }

    private static List<string> States(Trainer trainer)
    {
        List<string> all = [];
        foreach (var state in trainer.Network.StoredStates) state.Lend(bytes => all.Add($"{state.Name} {Convert.ToHexString(bytes)}"));
        return all;
    }
}
