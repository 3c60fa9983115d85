using Wage.Backends;
using Wage.Backends.Host;
using Wage.Data;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Simulation;
using Wage.Simulation.Products;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests.Simulation;

/// <summary>The optimizers against their equations in doubles, and the contracts of a run with each.</summary>
[Parallelizable]
public sealed class FloatOptimizerTests
{
    private static readonly Ratio Decay = new(1, 50);

    private static readonly Dictionary<string, FloatOptimizer> Optimizers = new()
    {
        ["sgd"] = FloatOptimizer.Sgd(),
        ["momentum"] = FloatOptimizer.Sgd(new Ratio(9, 10), weightDecay: Decay),
        ["nesterov"] = FloatOptimizer.Sgd(new Ratio(9, 10), nesterov: true, Decay),
        ["decay of all"] = FloatOptimizer.Sgd(new Ratio(9, 10), weightDecay: Decay, decaysAll: true),
        ["adam"] = FloatOptimizer.Adam(),
        ["adam with decay"] = FloatOptimizer.Adam(new Ratio(1, 2), new Ratio(3, 4), new Ratio(1, 1000), Decay),
    };

    private static IEnumerable<string> Names => Optimizers.Keys;

    [TestCaseSource(nameof(Names))]
    public void StepsAreTheEquations(string name)
    {
        foreach (var isWeight in new[] { true, false })
        {
            var p = Parameter(name, isWeight, 37);
            double[] w = [.. p.Value.Span.ToArray().Select(x => (double)x)], v = new double[37], m = new double[37];
            var decay = isWeight || name == "decay of all" ? 0.02 : 0;
            for (var step = 0; step < 5; step++)
            {
                Fill(p.Gradient, 100 + (ulong)step);
                Optimizers[name].Learn(p, 0.125f, (uint)step, new FloatEngine(null, 1));
                for (var i = 0; i < w.Length; i++) Expected(name, p.Gradient.Span[i], step + 1, decay, ref w[i], ref v[i], ref m[i]);
            }

            for (var i = 0; i < w.Length; i++) Assert.That(p.Value.Span[i], Is.EqualTo(w[i]).Within(3e-6), $"{name}, value {i}");
        }
    }

    [TestCaseSource(nameof(Names))]
    public void LanesAndThreadsDoNotChangeABit(string name)
    {
        string? expected = null;
        using var pool = new WorkerPool(3);
        foreach (var engine in new[] { new FloatEngine(null, 1), new FloatEngine(null, 4), new FloatEngine(null, 8), new FloatEngine(pool, 16) })
        {
            var p = Parameter(name, isWeight: true, 40_013);
            for (var step = 0; step < 3; step++)
            {
                Fill(p.Gradient, 100 + (ulong)step);
                Optimizers[name].Learn(p, 0.125f, (uint)step, engine);
            }

            var states = p.States.Select(state => new StoredFloats(state.Name, state.Values));
            var hash = StoredTensors.Sha256([new StoredFloats("w", p.Value), .. states]);
            Assert.That(hash, Is.EqualTo(expected ??= hash), $"{engine.Lanes} lanes");
        }
    }

    [TestCaseSource(nameof(Names))]
    public void AResumedRunGivesTheBitsOfTheWholeOne(string name)
    {
        using var host = new HostBackend(2);
        var whole = FloatRuns.Steps(Start(host, name), 18);
        var begun = FloatRuns.Steps(Start(host, name), 7);
        var resumed = Start(new ReferenceBackend(), name);
        resumed.Load(begun.Save("name: float"));
        Assert.That(FloatRuns.End(FloatRuns.Steps(resumed, 11)), Is.EqualTo(FloatRuns.End(whole)));
    }

    [Test]
    public void EveryOptimizerIsAnotherModelForACheckpoint()
    {
        using var host = new HostBackend(1);
        foreach (var from in Names)
        {
            var checkpoint = Start(host, from).Save("name: float");
            foreach (var to in Names.Where(to => to != from))
                Assert.Throws<WageException>(() => Start(host, to).Load(checkpoint), $"{from} into {to}");
        }
    }

    [TestCase("optimizer=adam momentum=9/10", "momentum: is 9/10, but the optimizer adam has no momentum; it has beta1, beta2, epsilon.")]
    [TestCase("beta1=1/2", "beta1: is 1/2, but the optimizer sgd has no beta1; it has momentum, nesterov.")]
    [TestCase("nesterov=true", "nesterov: is true, but there is no momentum for it to use.")]
    [TestCase("initialWeights=normal initialDeviation=1/10", "initialWeights: is normal, which follows from the fan-in, but initialDeviation is")]
    [TestCase("labelSmoothing=1/10", "labelSmoothing: is 1/10, but the loss is sse, which has none.")]
    public void OptionsThatContradictEachOtherAreRefused(string options, string message)
    {
        using var host = new HostBackend(1);
        var kind = SchemeRegistry.Require("float32");
        var settings = kind.Settings(options.Split(' ').Select(option => (option.Split('=')[0], option.Split('=')[1])));
        var spec = ModelSpec.Mlp(10) with { Image = (28, 28, 1) };
        var error = Assert.Throws<WageException>(() => spec.Build(settings, new SquaredError(), 2, host));
        Assert.That(error!.Message, Does.StartWith(message).And.Contain("HINT"));
    }

    [Test]
    public void NormalFirstWeightsAreTheIntegersOfTheirLayerAndThoseOfTheScoresNarrower()
    {
        using var host = new HostBackend(1);
        var settings = SchemeRegistry.Require("float32").Settings([("initialWeights", "normal")]);
        var spec = ModelSpec.ResNet(1, 2, shortcut: ResNetShortcut.Subsample).WithBatchNorm() with { Image = (8, 8, 1) };
        using var network = (FloatNetwork)spec.Build(settings, new SoftmaxCrossEntropy(), 2, host);
        network.Initialize(7);
        foreach (var p in network.Parameters.Where(p => p.FanIn > 0))
        {
            var expected = new long[p.Value.Shape.Length];
            var initializer = p.Name == "dense1" ? NormalInitializer.Scores : NormalInitializer.Rectified;
            initializer.Initialize(p.FanIn, new RandomKey(7, RandomStream.Initialization(p.Index), 0), 0, expected);
            Assert.That(p.Value.Span.ToArray(), Is.EqualTo(expected.Select(w => (float)(w / 16777216.0))), p.Name);
        }

        var others = network.Parameters.Where(p => p.FanIn == 0).SelectMany(p => p.Value.Span.ToArray());
        Assert.That(others.Distinct(), Is.EquivalentTo(new[] { 0f, 1f }));
    }

    [Test]
    public void SmoothedLabelsHaveTheirLossAndItsDerivative([Values(0, 1, 2)] int label)
    {
        var loss = FloatLoss.Of("crossEntropy", 1, new Ratio(1, 5));
        double[] scores = [0.5, -1.25, 2];
        var delta = new FloatTensor(new Shape(1, 3));
        Assert.That(Loss(scores, delta), Is.EqualTo(Expected(scores)).Within(1e-6));
        for (var j = 0; j < 3; j++)
        {
            double[] more = [.. scores], less = [.. scores];
            (more[j], less[j]) = (more[j] + 1e-6, less[j] - 1e-6);
            Assert.That(delta.Span[j], Is.EqualTo((Expected(more) - Expected(less)) / 2e-6).Within(1e-6));
        }

        double Loss(double[] values, FloatTensor derivative)
        {
            var (tensor, metrics) = (new FloatTensor(new Shape(1, 3)), default(FloatMetrics));
            for (var j = 0; j < 3; j++) tensor.Span[j] = (float)values[j];
            loss.Error(tensor, [label], derivative, ref metrics);
            return Math.ScaleB(metrics.LossSum, -FloatLoss.FractionBits);
        }

        double Expected(double[] values)
        {
            var log = Math.Log(values.Sum(Math.Exp));
            return values.Select((x, j) => (log - x) * ((j == label ? 0.8 : 0) + (0.2 / 3))).Sum();
        }
    }

    private static void Expected(string name, double g, int step, double decay, ref double w, ref double v, ref double m)
    {
        if (name.StartsWith("adam", StringComparison.Ordinal))
        {
            var (beta1, beta2, epsilon) = name == "adam" ? ((double)0.9f, (double)0.999f, 1e-8) : (0.5, 0.75, 1e-3);
            g += name == "adam" ? 0 : decay * w;
            m = (beta1 * m) + ((1 - beta1) * g);
            v = (beta2 * v) + ((1 - beta2) * g * g);
            w -= 0.125 * (m / (1 - Math.Pow(beta1, step))) / (Math.Sqrt(v / (1 - Math.Pow(beta2, step))) + epsilon);
            return;
        }

        if (name == "sgd") { w -= 0.125 * g; return; }
        g += decay * w;
        v = (0.9 * v) + g;
        w -= 0.125 * (name == "nesterov" ? g + (0.9 * v) : v);
    }

    private static FloatParameter Parameter(string name, bool isWeight, int length)
    {
        var p = new FloatParameter("w", 0, new Shape(length), isWeight ? length : 0, Optimizers[name], (_, shape) => new FloatTensor(shape));
        Fill(p.Value, 1);
        return p;
    }

    private static void Fill(FloatTensor tensor, ulong seed)
    {
        for (var i = 0; i < tensor.Span.Length; i++)
            tensor.Span[i] = ((int)RandomBits.UInt32(new RandomKey(seed, 0, 0), (ulong)i)) / (float)(1L << 31);
    }

    private static Trainer Start(IBackend backend, string name)
    {
        var network = new FloatNetwork(
            ModelSpec.Mlp(9, 10).Layers, new SoftmaxCrossEntropy(), new Shape(20, 28, 28, 1), backend, InputRange.Unit, Optimizers[name]);
        network.Initialize(1);
        return new Trainer(
            network, FloatRuns.Digits, new TrainingOptions(1, new LearningRate((0, new Ratio(1, 100))), new Augmentation(2, false)));
    }
}
