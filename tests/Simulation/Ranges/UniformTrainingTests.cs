using Wage.Backends;
using Wage.Data;
using Wage.Experiments;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Observation;
using Wage.Schemes;
using Wage.Simulation;
using Wage.Simulation.Layers;
using Wage.Simulation.Products;
using Wage.Simulation.Quantization;
using Wage.Simulation.Ranges;
using Wage.Tensors;
using Wage.Tests.Simulation.Layers;
using Wage.Tests.Simulation.Quantization;
using Wage.Training;

namespace Wage.Tests.Simulation.Ranges;

/// <summary>Networks of the scheme uniform: the contracts of a run, and where errors are quantized.</summary>
[Parallelizable]
public sealed class UniformTrainingTests
{
    private static IEnumerable<string> Names => RangeRuns.Networks.Keys;

    [TestCaseSource(nameof(Names))]
    public void AnyNumberOfThreadsAndTheDefinitionGiveTheSameBits(string name)
    {
        var expected = End(new ReferenceBackend());
        for (var threads = 1; threads <= 3; threads++)
        {
            using var host = new HostBackend(threads);
            Assert.That(End(host), Is.EqualTo(expected), $"{threads} threads");
        }

        List<string> End(IBackend backend)
        {
            var trainer = FloatRuns.Steps(RangeRuns.Start(backend, name), 6);
            return [FloatRuns.End(trainer), .. RangeRuns.States(trainer)];
        }
    }

    [TestCaseSource(nameof(Names))]
    public void AResumedRunGivesTheBitsOfTheWholeOne(string name)
    {
        using var host = new HostBackend(2);
        var whole = FloatRuns.Steps(RangeRuns.Start(host, name), 7);
        for (var at = 1; at < 6; at += 2)
        {
            var resumed = RangeRuns.Start(new ReferenceBackend(), name);
            resumed.Load(FloatRuns.Steps(RangeRuns.Start(host, name), at).Save("name: uniform"));
            FloatRuns.Steps(resumed, 7 - at);
            Assert.That(FloatRuns.End(resumed), Is.EqualTo(FloatRuns.End(whole)), $"after {at} steps");
            Assert.That(RangeRuns.States(resumed), Is.EqualTo(RangeRuns.States(whole)));
        }
    }

    [TestCaseSource(nameof(Names))]
    public void AStepAllocatesNothing(string name)
    {
        using var host = new HostBackend(2);
        var trainer = FloatRuns.Steps(RangeRuns.Start(host, name), 6);
        var least = long.MaxValue;
        for (var i = 0; i < 3; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            trainer.Step();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.That(least, Is.Zero);
    }

    /// <summary>Three counts of 64 bits of each 16,384 elements.</summary>
    [Test]
    public void TheMemoryPlanHasTheCountsOfATensor()
    {
        Assert.That(Scratch(build => new RangedTensor(build, "a", "a.range", 40_000, 8, new CurrentMinMax())),
            Is.EqualTo(Scratch(build => new FloatRange(build, 40_000)) + (3 * 3 * sizeof(long))));

        static long Scratch(Func<FloatBuilder, object> make)
        {
            var build = new FloatBuilder(new PlainFloats(), new PlanningBackend(), FloatOptimizer.Sgd(), new HashSet<string>());
            make(build);
            return build.Memory[MemoryKind.Scratch];
        }
    }

    [TestCaseSource(nameof(Names))]
    public void WithNothingQuantizedItIsFloat32(string name)
    {
        using var host = new HostBackend(2);
        var trained = FloatRuns.Steps(RangeRuns.Start(host, name, "ranges.W=none ranges.A=none ranges.E=none"), 4);
        var plain = FloatRuns.Steps(RangeRuns.Start(host, name, string.Empty, "float32"), 4);
        Assert.That(FloatRuns.End(trained), Is.EqualTo(FloatRuns.End(plain)));
        Assert.That(trained.Network.Identity, Is.Not.EqualTo(plain.Network.Identity));
    }

    /// <summary>The last two layers' weights bring errors to infinity, and scores stay small: such errors are skipped, looked at or not.</summary>
    [Test]
    public void AnObservedStepWithInfiniteErrorsIsAsAnyOther()
    {
        using var host = new HostBackend(1);
        var expected = End(observed: false);
        Assert.That(End(observed: true), Is.EqualTo(expected));

        string End(bool observed)
        {
            var settings = SchemeRegistry.Require("uniform").Settings([("ranges.A", "none"), ("ranges.W", "none"), ("ranges.E", "current")]);
            SpecList<LayerSpec> layers = [new ConvSpec(5, (3, 3), ConvPadding.Same), new ReluSpec(), new DenseSpec(8), new DenseSpec(4)];
            var spec = new ModelSpec(layers) { Image = (8, 8, 3) };
            using var network = (FloatNetwork)spec.Build(settings, new SoftmaxCrossEntropy(), FloatLayerRuns.Batch, host);
            network.Initialize(1);
            var trainer = AffineRuns.Trainer(network);
            trainer.Step();
            Values("conv1").Clear();
            Values("conv1.bias").Fill(float.Epsilon);
            Values("dense1").Fill(1e21f);
            Values("dense1.bias").Clear();
            var last = Values("dense2");
            for (var i = 0; i < last.Length; i++) last[i] = i < last.Length / 4 ? 1e21f : -1e21f;
            using var statistics = new StepStatistics(network);
            if (observed) trainer.Step(statistics);
            else trainer.Step();
            Assert.That(network.Quantizers.Single(row => row is { Tensor: "conv1", Part: "errors" }).Note, Does.Contain("; 1 tensors skipped"));
            return FloatRuns.End(trainer);

            Span<float> Values(string name) => network.Parameters.Single(parameter => parameter.Name == name).Value.Span;
        }
    }

    [Test]
    public void AnEvaluationMovesNoState()
    {
        using var host = new HostBackend(2);
        var trainer = FloatRuns.Steps(RangeRuns.Start(host, "depthwise"), 3);
        var before = RangeRuns.States(trainer);
        Assert.That(before.Select(state => state.Split(' ')[0]), Is.SupersetOf(new[] { "conv1.range", "conv1.errorRange", "dense1.errorRange" }));
        new Evaluator(trainer.Network, FloatLayerRuns.Images.Test).Run();
        Assert.That(RangeRuns.States(trainer), Is.EqualTo(before));
    }

    [Test]
    public void TheReportNamesTheEstimatorOfEachTensor()
    {
        using var host = new HostBackend(1);
        var trainer = RangeRuns.Start(host, "residual", "ranges.A=running ranges.E=dsgc");
        Assert.That(trainer.Network.Quantizers.First(row => row.Part == "errors").Note, Does.Contain("no range yet"));
        FloatRuns.Steps(trainer, 2);
        var rows = trainer.Network.Quantizers;
        Assert.That(rows.Where(row => row.Part == "errors").Select(row => row.Tensor),
            Is.EqualTo(new[] { "conv1", "conv2", "conv3", "conv4", "conv5", "dense1" }), "the first and the last too");
        Assert.That(rows.Where(row => row.Part == "errors").Select(row => row.Note),
            Is.All.StartsWith("rounded at random, DSGC, searched every 100 steps; in the last step "));
        Assert.That(
            rows.Single(row => row is { Tensor: "residual1", Part: "activations" }).Note, Does.StartWith("running min-max, momentum 9/10; in"));
        Assert.That(rows.Single(row => row.Part == "scores").Note, Does.StartWith("float32"));
        Assert.That(rows.Single(row => row.Part == "images").Bits, Is.EqualTo(8));
    }

    [Test]
    public void ALayerCanHaveAnEstimatorOfItsOwnAndACheckpointOfOthersIsRefused()
    {
        using var host = new HostBackend(1);
        var saved = FloatRuns.Steps(RangeRuns.Start(host, "convolutions", "ranges.E=running"), 1).Save("name: uniform");
        Assert.That(() => RangeRuns.Start(host, "convolutions", "ranges.E=in-hindsight").Load(saved),
            Throws.TypeOf<WageException>().With.Message.Contains("ranges.E"));
    }

    [Test]
    public void StatisticsCountWhatSaturatesAndUnderflowsOfEveryTensor()
    {
        using var host = new HostBackend(2);
        var trainer = FloatRuns.Steps(RangeRuns.Start(host, "pools", "ranges.E=fixed ranges.fixedE=1/100000 ranges.A=in-hindsight"), 2);
        using var statistics = new StepStatistics(trainer.Network);
        trainer.Step(statistics);
        var taken = statistics.Take();
        foreach (var product in (string[])["conv1", "conv2", "dense1"])
        {
            var (before, after) = (taken.Single(Side(false)), taken.Single(Side(true)));
            if (product == "dense1") Assert.That(after.Saturated, Is.GreaterThan(before.Count / 2), "what passes it is small");
            Assert.That(after.Codes!.Underflowed, Is.EqualTo(after.Zeros - before.Zeros));
            var share = RangeRuns.Floats(trainer, $"{product}.errorRange")[4];
            Assert.That(share, Is.EqualTo((float)((double)after.Saturated!.Value / after.Count)), "as the state says");

            Func<TensorStatistics, bool> Side(bool isAfter) =>
                one => one.Layer == product && one.Tensor == QuantizedTensor.E && one.IsAfter == isAfter;
        }

        Assert.That(taken.Where(one => one is { Tensor: QuantizedTensor.A, IsAfter: true, Codes.IsState: true }).Select(one => one.Layer),
            Is.EqualTo(new[] { "conv1", "conv2", "average1" }));
        Assert.That(taken.Count(one => one is { Tensor: QuantizedTensor.W, IsAfter: true, Codes.IsState: false }), Is.EqualTo(3));
    }

    [TestCase(0.01f, TrainingProblem.ErrorsSaturate, 70)]
    [TestCase(1000f, TrainingProblem.ErrorsUnderflow, 100)]
    public void AJumpAndAFallOfTheErrorsAreWarnedAboutWithTheWayOutAndRecover(float factor, TrainingProblem problem, int steps)
    {
        using var host = new HostBackend(2);
        var trainer = FloatRuns.Steps(RangeRuns.Start(host, "convolutions", "ranges.A=current ranges.E=in-hindsight"), 3);
        var range = ((FloatNetwork)trainer.Network).LayerStates.Single(state => state.Name == "conv1.errorRange").Values;
        for (var i = 0; i < 2; i++) range.Span[i] *= factor;
        var (jumped, later) = (Warnings(), new List<TrainingWarning>());
        Assert.That(jumped.Select(warning => warning.Problem), Does.Contain(problem));
        var warning = jumped.First(warning => warning.Problem == problem);
        Assert.That(warning.Layer, Is.EqualTo("conv1"));
        Assert.That(warning.Remedy.InWords(), Does.Contain("ranges.E=current"));
        FloatRuns.Steps(trainer, steps);
        later.AddRange(Warnings().Where(warning => warning.Layer == "conv1" && warning.Problem == problem));
        Assert.That(later, Is.Empty);

        IReadOnlyList<TrainingWarning> Warnings()
        {
            using var statistics = new StepStatistics(trainer.Network);
            trainer.Step(statistics);
            if (trainer.StepInEpoch == trainer.StepsPerEpoch) trainer.FinishEpoch();
            return new TrainingChecks([]).Check(statistics.Take(), new Ratio(1, 20));
        }
    }

    [TestCase("convolutions", "868d3ddc1eb3f6fa")]
    [TestCase("overlaps", "315a12a039545c32")]
    [TestCase("depthwise", "b4113723baa19b78")]
    [TestCase("residual", "5697be7eb8c65919")]
    public void AShortRunGivesTheRecordedBits(string name, string weights)
    {
        using var host = new HostBackend(2);
        Assert.That(FloatRuns.Steps(RangeRuns.Start(host, name), 6).Network.WeightsSha256()[..16], Is.EqualTo(weights));
    }

    /// <summary>
    /// The error of a product's output behind a batch norm is that behind the way back of the batch norm, whose sum over a channel is 0; and both
    /// products read what the scheme makes of it.
    /// </summary>
    [Test]
    public void BothProductsReadTheQuantizedErrorOfTheProductsOwnOutput()
    {
        using var host = new HostBackend(2);
        using var network = RangeRuns.Network(host, "batch norm", "ranges.A=none ranges.W=none ranges.E=current");
        network.Initialize(1);
        using var source = network.Take(FloatLayerRuns.Images.Train);
        source.Load(0, Augmentation.None, default);
        network.Step(RangeRuns.At(0));
        var product = (FloatConvolution)network.Layers.Layers[0];
        var (e, engine) = (((Wage.Simulation.Ranges.UniformErrors)product.Errors!).Output, new FloatEngine(null, 1));
        var levels = e.Span.ToArray().Distinct().Count();
        Assert.That(levels, Is.InRange(20, 256), "codes of 8 bits");
        var channels = new double[5];
        for (var i = 0; i < e.Span.Length; i++) channels[i % 5] += e.Span[i];
        var greatest = e.Span.ToArray().Max(Math.Abs);
        Assert.That(channels.Max(Math.Abs), Is.LessThan(greatest), "but for the rounding, the sums are 0");
        var gradient = new FloatTensor(product.Weights.Parameter.Gradient.Shape);
        engine.ConvolveGradient(product.Input, e, product.Geometry, gradient);
        Assert.That(product.Weights.Parameter.Gradient.Span.ToArray(), Is.EqualTo(gradient.Span.ToArray()));
        var second = network.Layers.Layers.OfType<FloatConvolution>().ElementAt(1);
        var delta = new FloatTensor(second.Delta!.Shape);
        engine.ConvolveError(((Wage.Simulation.Ranges.UniformErrors)second.Errors!).Output, second.Weights.Value, second.Geometry, delta);
        Assert.That(delta.Span.ToArray().Count(value => value != 0), Is.Positive);
    }
}
