using Wage.Backends;
using Wage.Data;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Simulation;
using Wage.Simulation.Calibration;
using Wage.Simulation.Conversion;
using Wage.Simulation.Layers;
using Wage.Tests.Simulation.Layers;
using Wage.Tests.Simulation.Quantization;
using Wage.Training;

namespace Wage.Tests.Simulation.Calibration;

/// <summary>Float32 networks that trained for a few steps, quantized by calibration.</summary>
[Parallelizable]
public sealed class PostTrainingTests
{
    private static readonly CalibrationMethod[] Methods = Enum.GetValues<CalibrationMethod>();

    private static IEnumerable<string> Names => AffineRuns.Networks.Keys;

    private static ImageSet Images => FloatLayerRuns.Images.Train;

    [TestCaseSource(nameof(Names))]
    public void EveryNetworkGetsItsRangesAndConverts(string name)
    {
        using var host = new HostBackend(2);
        var checkpoint = Trained(name);
        foreach (var method in Methods)
        {
            using var work = Start(host, name, checkpoint, "kW=8");
            var averages = Averages(work);
            work.Calibrate(Images, new CalibrationOptions(method));
            Assert.That(Averages(work), Is.EqualTo(averages), "no average moves");
            Assert.That(work.Network.StoredWeights.Select(Bytes), Is.EqualTo(checkpoint.Weights.Select(tensor => tensor.Bytes)));
            var check = new ConversionCheck(work.Network, AffineConverter.Of(work.Network, MultiplierRounding.Double), host);
            check.Run(FloatLayerRuns.Images.Test);
            foreach (var tensor in check.OfNodes) Assert.That(tensor.WithinOne, Is.EqualTo(tensor.Count), tensor.Name);
            var exact = Sensitivity.Scores(work.Exact, Images);
            if (method != CalibrationMethod.Entropy)
                Assert.That(Sensitivity.Compare(work.Network, Images, exact).Scores, Is.GreaterThan(20), "decibels");
        }
    }

    [Test]
    public void RangesDoNotDependOnThreadsLanesNorBatches()
    {
        var checkpoint = Trained("residual");
        foreach (var method in Methods)
        {
            string? expected = null;
            foreach (var (threads, batch) in new[] { (0, 8), (1, 8), (3, 8), (2, 7), (2, 40) })
            {
                if (method == CalibrationMethod.Running && batch != 8) continue;
                using IBackend backend = threads == 0 ? new ReferenceBackend() : new HostBackend(threads);
                using var work = Start(backend, "residual", checkpoint, "kW=8", batch);
                work.CorrectBias(Images);
                work.Calibrate(Images, new CalibrationOptions(method));
                var found = Ranges(work);
                Assert.That(found, Is.EqualTo(expected ??= found), $"{method}, {threads} threads, batches of {batch}");
            }
        }
    }

    [Test]
    public void CurrentIsTheLeastAndGreatestValueOfAllImages()
    {
        using var host = new HostBackend(1);
        using var work = Identity(host, "decay=9/10");
        work.Calibrate(Pixels([(1, 2), (3, 1), (0, 0), (100, 200)]), new CalibrationOptions());
        var (least, greatest) = PostTraining.Targets(work.Network)["dense1"].Range.Ends;
        Assert.That((Math.Round(least, 4), Math.Round(greatest, 4)), Is.EqualTo((-100.0, 200.0)));
    }

    [Test]
    public void RunningMovesAsTrainingDoes()
    {
        using var host = new HostBackend(1);
        using var work = Identity(host, "decay=9/10 firstBatches=first");
        (int, int)[] batches = [(1, 2), (3, 1), (0, 0), (100, 200)];
        (double, double)[] expected = [(-1, 2), (-1.2, 1.9), (-1.08, 1.71), (-10.972, 21.539)];
        for (var n = 1; n <= batches.Length; n++)
        {
            work.Calibrate(Pixels(batches[..n]), new CalibrationOptions(CalibrationMethod.Running));
            var (least, greatest) = PostTraining.Targets(work.Network)["dense1"].Range.Ends;
            Assert.That((Math.Round(least, 4), Math.Round(greatest, 4)), Is.EqualTo(expected[n - 1]), $"{n} batches");
        }
    }

    [Test]
    public void TheGuidesRangeIsNudgedToItsCodeOfZero()
    {
        using var host = new HostBackend(1);
        using var work = Identity(host, "kA=8");
        work.Calibrate(Pixels([(10, 30), (2, 3)]), new CalibrationOptions());
        var grid = PostTraining.Targets(work.Network)["dense1"].Range.Grid(8);
        Assert.That((grid.ZeroPoint + 128, Math.Round(grid.Least, 3), Math.Round(grid.Greatest, 3)), Is.EqualTo((64, -10.039, 29.961)));
    }

    [Test]
    public void EqualizationSharesRangesAndChangesNoScore()
    {
        using var host = new HostBackend(2);
        foreach (var (name, pairs) in new[]
        {
            ("convolutions", "conv1 conv2, conv2 dense1"), ("groups", "conv1 conv2, conv2 dense1"), ("depthwise", ""),
            ("pools", "conv1 conv2, conv2 dense1"), ("residual", "conv2 conv3"), ("batch norm", "conv1 conv2, dense1 dense2"),
        })
        {
            var checkpoint = Trained(name, Spread);
            using var work = Start(host, name, checkpoint, "kW=8 granularity=tensor");
            var before = Sensitivity.Scores(work.Exact, Images);
            var found = work.Equalize();
            Assert.That(string.Join(", ", found.Select(pair => $"{pair.First} {pair.Second}")), Is.EqualTo(pairs), name);
            Assert.That(Sensitivity.Scores(work.Exact, Images), Is.EqualTo(before), name);
            if (pairs.Length == 0) continue;
            using var plain = Start(host, name, checkpoint, "kW=8 granularity=tensor");
            plain.Calibrate(Images, new CalibrationOptions());
            work.Calibrate(Images, new CalibrationOptions());
            var (with, without) = (Sensitivity.Compare(work.Network, Images, before), Sensitivity.Compare(plain.Network, Images, before));
            Assert.That(with.Scores, Is.GreaterThan(without.Scores), $"{name}: channels span 16 times the others");
        }
    }

    [TestCaseSource(nameof(Names))]
    public void BiasCorrectionTakesTheMeanErrorOfWeightsAway(string name)
    {
        using var host = new HostBackend(2);
        using var work = Start(host, name, Trained(name), "kW=3");
        var before = CodedProduct.In(work.Network).ToDictionary(product => product.Name, product => product.Start.Value.Span.ToArray());
        var means = BiasCorrection.Measure(work.Exact, work.Network, Images);
        work.CorrectBias(Images);
        work.CorrectBias(Images);                                        // from the float32 network's biases again
        foreach (var product in CodedProduct.In(work.Network))
        {
            var expected = before[product.Name].Zip(means[product.Name], (bias, mean) => bias - mean);
            Assert.That(product.Start.Value.Span.ToArray(), Is.EqualTo(expected), product.Name);
        }

        Assert.That(MeanOf(work, "", true), Is.LessThan(0.02 * MeanOf(work, name, false)));
    }

    [Test]
    public void ALayerKeptInFloatIsNamedAndRefusedByConversion()
    {
        using var host = new HostBackend(2);
        foreach (var layer in new[] { "conv1", "residual2", "dense1" })
        {
            using var work = Start(host, "residual", Trained("residual"), "kW=8", 8, new LayerOption(layer, "quantize", "false"));
            work.Calibrate(Images, new CalibrationOptions());
            Assert.That(work.Kept, Is.EqualTo(new[] { layer }));
            Assert.That(work.Network.Quantizers.Where(row => row.Note.Contains("quantize is false")).Select(row => row.Tensor), Does.Contain(layer));
            Assert.That(PostTraining.Targets(work.Network).Keys.Concat(CodedProduct.In(work.Network).Select(p => p.Name)), Does.Not.Contain(layer));
            Assert.That(
                () => AffineConverter.Of(work.Network, MultiplierRounding.Double),
                Throws.TypeOf<WageException>().With.Message.StartsWith($"{layer}: is kept in float32 (quantize is false)"));
        }
    }

    [Test]
    public void TheLayerOfTheFewestBitsHurtsMost()
    {
        using var host = new HostBackend(2);
        using var work = Start(host, "convolutions", Trained("convolutions"), "kW=8", 8, new LayerOption("conv2", "kW", "2"));
        work.CorrectBias(Images);
        work.Calibrate(Images, new CalibrationOptions());
        var layers = Sensitivity.OfLayers(work, Images);
        Assert.That(layers.Select(layer => layer.Name), Is.EquivalentTo(new[] { "conv1", "conv2", "dense1" }));
        Assert.That(layers[0].Name, Is.EqualTo("conv2"));
        Assert.That(layers[0].Others.Scores, Is.EqualTo(layers.Max(layer => layer.Others.Scores)));
        Assert.That(Sensitivity.OfWeights(work).MinBy(one => one.Own)!.Name, Is.EqualTo("conv2"));
        var activations = Sensitivity.OfActivations(work, Images);
        Assert.That(activations.Select(one => one.Name), Is.EqualTo(new[] { "conv1", "conv2" }));
        Assert.That(activations[1].Own, Is.GreaterThan(activations[1].Arriving!.Value));
        using var none = work.Without(["conv1", "conv2", "dense1"]);
        var pixels = Sensitivity.Compare(none, Images, Sensitivity.Scores(work.Exact, Images));
        Assert.That(pixels.Scores, Is.GreaterThan(40), "8-bit pixels alone, half a step off");
    }

    [Test]
    public void ValuesThatAreNotFiniteAndMissingTensorsAreNamed()
    {
        using var host = new HostBackend(1);
        var checkpoint = Trained("batch norm");
        using (var work = Start(host, "batch norm", checkpoint, "kW=8"))
        {
            work.Exact.Parameters[0].Value.Span[0] = float.MaxValue;
            work.Exact.Parameters[0].Value.Span[1] = float.MaxValue;
            foreach (var method in Methods)
                Assert.That(() => work.Calibrate(Images, new CalibrationOptions(method)),
                    Throws.TypeOf<WageException>().With.Message.StartsWith("conv1: its range is ["));
            Assert.That(() => work.Calibrate(Images.Take(0), new CalibrationOptions()), Throws.TypeOf<WageException>());
        }

        Assert.That(() => Start(host, "batch norm", checkpoint with { States = [] }, "kW=8"),
            Throws.TypeOf<WageException>().With.Message.StartsWith("checkpoint: has no batchNorm1.mean"));
        Assert.That(() => Start(host, "convolutions", checkpoint, "kW=8"),
            Throws.TypeOf<WageException>().With.Message.StartsWith("checkpoint: ").And.Message.Contains("Float32"));
    }

    private static double MeanOf(PostTraining work, string name, bool corrected)
    {
        using var host = new HostBackend(2);
        if (!corrected)
        {
            using var plain = Start(host, name, Trained(name), "kW=3");
            return BiasCorrection.Measure(plain.Exact, plain.Network, Images).Values.SelectMany(m => m).Sum(m => Math.Abs((double)m));
        }

        var means = BiasCorrection.Measure(work.Exact, work.Network, Images);
        var exact = work.Exact.Parameters.ToDictionary(p => p.Name, p => p.Value);
        return CodedProduct.In(work.Network).Sum(product => product.Start.Value.Span.ToArray().Zip(exact[product.Start.Name].Span.ToArray())
            .Zip(means[product.Name], (pair, mean) => Math.Abs((double)pair.First + mean - pair.Second)).Sum());
    }

    private static Checkpoint Trained(string name, Action<FloatNetwork>? change = null)
    {
        using var host = new HostBackend(2);
        using var trainer = FloatLayerRuns.Start(host, AffineRuns.Networks[name].Layers);
        FloatRuns.Steps(trainer, 8);
        change?.Invoke((FloatNetwork)trainer.Network);
        return trainer.Save("config");
    }

    /// <summary>Every third channel of the first batch norm, or without one of each product but the last, is 16 times as great.</summary>
    private static void Spread(FloatNetwork network)
    {
        if (network.Parameters.FirstOrDefault(p => p.Name == "batchNorm1.gamma") is { } gamma)
        {
            for (var c = 0; c < gamma.Value.Span.Length; c += 3) gamma.Value.Span[c] *= 16;
            return;
        }

        foreach (var product in network.Layers.All.OfType<FloatConvolution>().SkipLast(1))
        {
            for (var c = 0; c < product.Geometry.Filters; c += 3)
                foreach (ref var w in product.Weights.Parameter.Value.Span.Slice(c * product.Geometry.FanIn, product.Geometry.FanIn)) w *= 16;
        }
    }

    private static PostTraining Start(
        IBackend backend, string name, Checkpoint checkpoint, string options, int batch = FloatLayerRuns.Batch, params LayerOption[] own) => new(
        new ModelSpec(AffineRuns.Networks[name].Layers) { Image = (8, 8, 3), Options = [.. own] }, Settings(options), new SoftmaxCrossEntropy(),
        batch, backend, InputRange.Symmetric, checkpoint);

    private static SchemeSettings Settings(string options) => SchemeRegistry.Require("affine").Settings(
        options.Split(' ').Select(option => (option.Split('=')[0], option.Split('=')[1])));

    /// <summary>Two pixels p, q of 8 bits as the values -p and q, one image a batch.</summary>
    private static PostTraining Identity(IBackend backend, string options)
    {
        var model = new ModelSpec([new DenseSpec(2), new QuantizeSpec(), new DenseSpec(2)]) { Image = (1, 1, 2) };
        using var network = (FloatNetwork)model.Build(
            SchemeRegistry.Require("float32").Settings(), new SoftmaxCrossEntropy(), 1, backend, input: InputRange.Unit);
        network.Initialize(1);
        new float[] { -255, 0, 0, 255 }.CopyTo(network.Parameters[0].Value.Span);
        using var trainer = new Trainer(
            network, new Dataset("pixels", Pixels([(1, 2)]), Pixels([(1, 2)]), 2), new TrainingOptions(1, new LearningRate((0, new Ratio(1, 20)))));
        return new PostTraining(model, Settings(options), new SoftmaxCrossEntropy(), 1, backend, InputRange.Unit, trainer.Save("config"));
    }

    private static ImageSet Pixels((int P, int Q)[] images) =>
        new([.. images.SelectMany(image => new[] { (byte)image.P, (byte)image.Q })], new byte[images.Length], 1, 1, 2);

    private static string Ranges(PostTraining work) =>
        string.Join(' ', PostTraining.Targets(work.Network).Select(target => $"{target.Key} {target.Value.Range.Ends:R}"))
        + work.Network.WeightsSha256();

    private static byte[][] Averages(PostTraining work) =>
        [.. work.Network.StoredStates.Where(state => state.Name.StartsWith("batchNorm", StringComparison.Ordinal)).Select(Bytes)];

    private static byte[] Bytes(IStoredTensor tensor)
    {
        byte[] bytes = [];
        tensor.Lend(part => bytes = part.ToArray());
        return bytes;
    }
}
