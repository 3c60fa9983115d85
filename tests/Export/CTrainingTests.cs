using System.Diagnostics;
using Wage.Backends;
using Wage.Export.C;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tests.Data;

namespace Wage.Tests.Export;

/// <summary>
/// A program of C goes on with a training and ends with the framework's weights: the same batches, the same step numbers, the same random bits. With
/// WAGE_TRAINING_IMAGES each network of <see cref="TrainedPrograms.Whole"/> goes on for an epoch of so many images of MNIST (in WAGE_DATA), built by
/// both compilers with and without optimization, of more than <see cref="ManyImages"/> with it alone.
/// </summary>
[Parallelizable]
public sealed class CTrainingTests
{
    private const int ManyImages = 2000;

    private static IEnumerable<string> Names => TrainedPrograms.Images > 0 ? TrainedPrograms.Whole : TrainedPrograms.Narrow;

    [Test]
    public void ItEndsWithTheFrameworksWeights([ValueSource(nameof(Names))] string name)
    {
        using var backend = new HostBackend(1);
        using var one = TrainedPrograms.Start(name, backend);
        var expected = one.GoOn();
        foreach (var (compiler, options) in Builds(name))
        {
            CCompiler.Require(compiler);
            var watch = Stopwatch.StartNew();
            Assert.That(Weights(one, one.Program, compiler, options), Is.EqualTo(expected), $"{name} {compiler} {options}");
            TestContext.Out.WriteLine($"{name} {compiler} {options}: {one.Steps} steps, {watch.Elapsed.TotalSeconds:f1} s");
        }

        TestContext.Out.WriteLine($"{name}: state {one.Program.StateBytes}, work {one.Program.WorkBytes}, flash {one.Program.FlashBytes}");
    }

    /// <summary>Random bits of another step, and no step at all: the comparison would see both.</summary>
    [Test]
    public void AnotherStepNumberEndsWithOtherWeights()
    {
        CCompiler.Require("gcc");
        using var backend = new HostBackend(1);
        using var one = TrainedPrograms.Start("mlp of 12 bits", backend);
        var (next, before) = (one.ProgramFrom(one.Trainer.StepsDone + 1), one.Trainer.Network.WeightsSha256());
        var expected = one.GoOn();
        Assert.That(Weights(one, next, "gcc", "-O0"), Is.Not.EqualTo(expected).And.Not.EqualTo(before));
    }

    [Test]
    public void WhatCDoesNotTrainIsRefusedByName()
    {
        var plain = new WageOptions();
        Layer[] narrow = [new Dense(12), new Relu(), new Quantize()];
        Refused([.. narrow, new Dense(10) { Bias = true }], plain, "dense2: has a bias, which C");
        Refused(
            [new Conv2d(4, 3), new AveragePool2d(2), new Relu(), new Quantize(), new Dense(10)], plain, "average1: a AveragePool2d is not where C");
        Refused([new Conv2d(4, 3), new MaxPool2d(3, 2), new Relu(), new Quantize(), new Dense(10)], plain, "max1: its windows overlap");
        Refused(
            [new Conv2d(4, 1), new Relu(), new Quantize(), new Conv2d(4, 3, groups: 2), new Relu(), new Quantize(), new Dense(10)], plain,
            "conv2: has 2 groups");
        Refused(Mlp(), plain with { ActivationRounding = Rounding.Stochastic }, "dense1: its activations are rounded at random");
        Refused(Mlp(), plain with { WeightRounding = Rounding.Stochastic }, "dense1: its weights are rounded at random");
        Refused(Mlp(), plain with { ErrorRounding = Rounding.Stochastic }, "dense1: its errors are rounded at random");
        Refused(Mlp(), plain with { ErrorRange = RangeEstimator.InHindsight }, "dense1: its errors are not scaled by the step's own maximum");
        Refused(Mlp(), plain with { ErrorWindow = 2 }, "dense1: its errors are not scaled by the step's own maximum");
        Refused(Mlp(), plain with { GradientRange = RangeEstimator.Fixed }, "dense1: its gradients are not scaled by the step's own maximum");
        Refused(Mlp(), plain with { Hybrid = new HybridRows([new Ratio(1, 2)]) }, "dense1: its Q_W is not WAGE's shift");

        static IReadOnlyList<Layer> Mlp() => Model.Mlp(12, 10);

        static void Refused(IReadOnlyList<Layer> layers, WageOptions options, string why)
        {
            using var backend = new PlanningBackend();
            using var network = TrainedPrograms.Network(layers, options, new SquaredError(), TinyImages, backend);
            var error = Assert.Throws<WageException>(() => TrainedLayer.Of(network), why)!;
            Assert.That(error.Message, Does.StartWith(why));
            Assert.That($"{error.Hint}", Does.StartWith("export the program without its training"));
        }
    }

    private static readonly Tensors.Shape TinyImages = new(2, 8, 8, 1);

    private static IEnumerable<(string Compiler, string Options)> Builds(string name)
    {
        if (TrainedPrograms.Images == 0)
        {
            var compiler = Array.IndexOf(TrainedPrograms.Narrow, name) % 2 == 0 ? "clang" : "gcc";
            return [(compiler, CCompiler.Sanitizers(compiler))];
        }

        string[] all = ["-O3 -march=native", "-O3", "-O2", "-O1", "-O0", "sanitizers"];
        return
        [
            .. from compiler in new[] { "gcc", "clang" }
               from known in all[..(TrainedPrograms.Images > ManyImages ? 1 : all.Length)]
               let options = known == "sanitizers" ? CCompiler.Sanitizers(compiler) : known
               select (compiler, options),
        ];
    }

    private static string Weights(TrainedPrograms one, CTraining program, string compiler, string options)
    {
        using var scratch = new Scratch();
        CCompiler.Write(one.Model, scratch.Folder);
        CCompiler.Write(program, scratch.Folder);
        CCompiler.Build(compiler, $"{CCompiler.Strict} {options} -o train training.c train.c", scratch.Folder);
        var lines = CCompiler.Run(scratch.Path("train"), "", scratch.Folder, one.Samples).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Has.Length.EqualTo(one.Steps + 1));
        return lines[^1]["weights ".Length..];
    }
}
