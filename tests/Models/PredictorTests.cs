using Wage.Backends;
using Wage.Data;
using Wage.Gpu;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Own;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Tests.Data;
using Wage.Tests.Training;
using Wage.Training;

namespace Wage.Tests.Models;

/// <summary>A checkpoint alone answers: its layers, scheme and classes are in it.</summary>
[Parallelizable]
public sealed class PredictorTests
{
    private const int Callers = 8;
    private const int Predictions = 100_000;

    private static readonly string[] Names = ["nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    private static readonly TrainingOptions Options = new(1, new LearningRate((0, new Ratio(2, 1))));
    private static readonly Dataset Digits = TinyRun.Digits with { ClassNames = Names };

    private static IEnumerable<TestCaseData> Models()
    {
        SpecList<LayerSpec> block = [new ReluSpec(), new QuantizeSpec()];
        SpecList<LayerSpec> branch =
            [new ConvSpec(8, (3, 3), ConvPadding.Same), .. block, new DepthwiseSpec(1, (3, 3), ConvPadding.Explicit(1, 1, 1, 1))];
        yield return Case("perceptron", ModelSpec.Mlp(20, 10), InputRange.Unit);
        yield return Case("LeNet", ModelSpec.LeNet5(ConvPadding.Valid), InputRange.Symmetric, new("conv1", "kW", "8"), new("dense1", "kA", "4"),
            new("conv1", "train", "false"));
        yield return Case("residual", new ModelSpec(
        [
            new ConvSpec(8, (5, 5), ConvPadding.Valid, 3, Bias: true), .. block, new ResidualSpec(branch, []), .. block,
            new ResidualSpec([new ConvSpec(8, (3, 3), ConvPadding.Same, 2, 2)], [new ConvSpec(8, (1, 1), ConvPadding.Valid, 2)]), .. block,
            new AveragePoolSpec(2, 1, Rounding.HalfAway), new QuantizeSpec(), new ConvSpec(12, (1, 1), ConvPadding.Valid), .. block,
            new GlobalAveragePoolSpec(), new FlattenSpec(), new DenseSpec(11, Bias: true),
        ]), InputRange.Symmetric, new("conv2", "kW", "6"), new("dense1", "kE", "12"));
    }

    [TestCaseSource(nameof(Models))]
    public void ACheckpointAloneAnswersAsItsNetworkOnEveryBackend(ModelSpec spec, InputRange input)
    {
        using var folder = new Scratch();
        using var one = new HostBackend(1);
        using var two = new HostBackend(2);
        using var reference = new ReferenceBackend();
        using var device = GpuDevices.Open("ilgpu-cpu");
        using var network = (Network)(spec with { Image = (28, 28, 1) }).Build(
            SchemeRegistry.Default.Settings(("kG", "9")), new SquaredError(), 20, one, input: input);
        network.Initialize(1);
        using var trainer = new Trainer(network, Digits, Options);
        for (var i = 0; i < 2; i++) trainer.Step();
        trainer.Write(folder.Path("c.wage"), "not read");
        using var model = new IntegerModel(network.ToPlan(), one);
        var pixels = Digits.Test.Pixels.AsSpan(0, 3 * 784);
        var expected = model.Scores(pixels, 3);
        foreach (var backend in new IBackend[] { one, two, reference, device })
        {
            using var predictor = Predictor.Load(folder.Path("c.wage"), backend, batch: 2);
            var answers = predictor.Predict(pixels, 3);
            Assert.That(answers.SelectMany(answer => answer.Scores), Is.EqualTo(expected));
            Assert.That(answers.Select(answer => answer.Class), Is.EqualTo(model.Predict(pixels, 3)));
            var all = answers[0].Top(99);
            Assert.That(all.Select(score => score.Class), Is.EqualTo(all.OrderBy(score => (-score.Score, score.Class)).Select(score => score.Class)));
            Assert.That(predictor.ClassNames.Take(10), Is.EqualTo(Names));
            Assert.That(answers.Select(answer => answer.Name), Is.EqualTo(answers.Select(answer => predictor.ClassNames[answer.Class])));
            Assert.That(predictor.Preparation, Is.EqualTo(new ImagePreparation(28, 28, 1)));
        }
    }

    [Test]
    public void ACheckpointOfFloat32AnswersAsItsNetworkOnAnyThreads()
    {
        using var folder = new Scratch();
        using var backend = new HostBackend(2);
        var spec = new ModelSpec(
        [
            new ConvSpec(4, (5, 5), ConvPadding.Valid, 3), new BatchNormSpec(), new Relu6Spec(),
            new ConcatSpec([[new ConvSpec(3, (1, 1), ConvPadding.Valid)], []]),
            new DropoutSpec(new Ratio(1, 3)), new DenseSpec(10),
        ])
        { Image = (28, 28, 1), Options = [new("conv2", "train", "false")] };
        using var network = spec.Build(SchemeRegistry.Require("float32").Settings(("momentum", "1/2")), new SoftmaxCrossEntropy(), 20, backend);
        network.Initialize(1);
        using var trainer = new Trainer(network, Digits, new TrainingOptions(1, new LearningRate((0, new Ratio(1, 20)))));
        for (var i = 0; i < 3; i++) trainer.Step();
        trainer.Write(folder.Path("c.wage"), "not read");
        trainer.TrainScore();
        using var evaluator = new Evaluator(network, Digits.Test);
        var expected = evaluator.Predict();
        foreach (var threads in new[] { 1, 3 })
        {
            using var other = new HostBackend(threads);
            using var predictor = Predictor.Load(folder.Path("c.wage"), other, batch: 7);
            var answers = predictor.Predict(Digits.Test.Pixels, Digits.Test.Count);
            Assert.That(answers.Select(answer => answer.Class), Is.EqualTo(expected));
            Assert.That(answers[3].Scores, Is.EqualTo(predictor.Predict(Digits.Test.Pixels.AsSpan(3 * 784, 784)).Scores));
            Assert.That(answers[0].Name, Is.EqualTo(Names[answers[0].Class]));
            Assert.That(() => predictor.Model, Throws.InvalidOperationException);
            Assert.That(() => predictor.Predict(Digits.Test.Pixels, 1), Throws.TypeOf<WageException>().With.Message.StartsWith("pixels: "));
        }
    }

    [Test]
    public void AHundredThousandPredictionsOfEightThreadsAreThoseOfOne()
    {
        using var folder = new Scratch();
        using var backend = new HostBackend(2);
        using var network = (Network)(ModelSpec.Mlp(8, 10) with { Image = (28, 28, 1) }).Build(
            SchemeRegistry.Default.Settings(), new SquaredError(), 20, backend);
        network.Initialize(1);
        using var trainer = new Trainer(network, Digits, Options);
        trainer.Write(folder.Path("c.wage"), "");
        using var predictor = Predictor.Load(folder.Path("c.wage"), backend);
        var (images, size) = (Digits.Train.Count, 784);
        var expected = Enumerable.Range(0, images).Select(i => predictor.Predict(Digits.Train.Pixels.AsSpan(i * size, size))).ToArray();
        var wrong = 0;
        var threads = Enumerable.Range(0, Callers).Select(caller => new Thread(() =>
        {
            // Odd callers ask for one image at a time, even ones for as many as 50.
            for (var done = 0; done < Predictions / Callers;)
            {
                var first = ((caller * 37) + (done * 13)) % images;
                var count = Math.Min(caller % 2 == 1 && done < 2000 ? 1 : 1 + (done % 50), Math.Min(images - first, (Predictions / Callers) - done));
                var answers = predictor.Predict(Digits.Train.Pixels.AsSpan(first * size, count * size), count);
                for (var i = 0; i < count; i++)
                    if (!answers[i].Scores.SequenceEqual(expected[first + i].Scores)) Interlocked.Increment(ref wrong);
                done += count;
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.That(wrong, Is.Zero);
        Assert.That(expected.Select(answer => answer.Class).Distinct().Count(), Is.GreaterThan(2));
    }

    [Test]
    public void WhatACheckpointDoesNotSayIsRefusedInALineThatTellsTheWay()
    {
        using var folder = new Scratch();
        var path = folder.Path("c.wage");
        using var backend = new HostBackend(1);
        var options = new WageOptions();
        Save(new ComposedScheme(options.ToScheme(), "powers of two", a: new PowersOfTwo(8)));
        Assert.That(Scratch.Refusal(() => Predictor.Load(path)), Does.Contain("own pieces").And.Contain("c.wage"));
        Save(options.ToScheme(), new ChannelScale(), new Relu(), new Quantize());
        Assert.That(Scratch.Refusal(() => Predictor.Load(path)), Does.Contain("does not say its layers").And.Contain("network.ToPlan()"));
        Save(options.ToScheme());
        var saved = Checkpoint.Read(path);
        Predictor.Load(path, backend).Dispose();
        (saved with { Model = null }).Write(path);
        Assert.That(Scratch.Refusal(() => Predictor.Load(path)), Does.Contain("an earlier version wrote it"));
        SpecList<LayerSpec> huge = [new ConvSpec(4, (5, 5), ConvPadding.Valid, 4), new ReluSpec(), new QuantizeSpec(), new DenseSpec(1 << 20)];
        (saved with { Model = new ModelIdentity(saved.Model!.Traits) { Layers = huge } }).Write(path);
        Assert.That(Scratch.Refusal(() => Predictor.Load(path)), Does.Contain("dense1"), "before any memory is taken");
        (saved with { Data = saved.Data! with { Preparation = new ImagePreparation(16384, 16384, 3) } }).Write(path);
        Assert.That(Scratch.Refusal(() => Predictor.Load(path)), Does.Contain("c.wage"));
        Assert.That(Scratch.Refusal(() => Predictor.Load(folder.Folder)), Does.Contain("holds no checkpoint"));
        Assert.That(Scratch.Refusal(() => Predictor.Load(folder.Path("none"))), Does.Contain("none"));

        void Save(Scheme scheme, params Layer[] first)
        {
            using var network = new Network(
                [.. first, new Conv2d(4, 5, stride: 4), new Relu(), new Quantize(), new Dense(10)], scheme, new SquaredError(),
                new Shape(20, 28, 28, 1), backend);
            network.Initialize(1);
            using var trainer = new Trainer(network, Digits, Options);
            trainer.Write(path, "");
        }
    }

    [Test]
    public void APredictorOfAPlanNamesWhatDoesNotFit()
    {
        var plan = PlannedNetworks.Train("mlp", new HostBackend(1)) is { Network: Network network } ? network.ToPlan() : null!;
        Assert.That(
            Scratch.Refusal(() => new Predictor(plan, new DatasetDescription(new ImagePreparation(20, 14, 1), Names))), Does.Contain("20x14x1"));
        Assert.That(
            Scratch.Refusal(() => new Predictor(plan, new DatasetDescription(new ImagePreparation(28, 28, 1), ClassNames.Numbers(12)))),
            Does.Contain("12 classes"));
        using var predictor = new Predictor(plan, new DatasetDescription(new ImagePreparation(28, 28, 1), ["a", "b"]));
        Assert.That(predictor.ClassNames.Take(3), Is.EqualTo(new[] { "a", "b", "2" }));
        Assert.That(Scratch.Refusal(() => predictor.Predict(new byte[783])), Does.Contain("783"));
        Assert.That(predictor.Predict([], 0), Is.Empty);
    }

    private static TestCaseData Case(string name, ModelSpec spec, InputRange input, params LayerOption[] options) =>
        new TestCaseData(spec with { Options = [.. options] }, input).SetArgDisplayNames(name);
}
