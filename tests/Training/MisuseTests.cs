using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Losses;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Tests.Simulation;
using Wage.Training;

namespace Wage.Tests.Training;

/// <summary>What a user of the library does wrong gets an answer at once, and not a network that silently learns nothing.</summary>
[Parallelizable]
public sealed class MisuseTests
{
    private static readonly TrainingOptions Options = new(1, new LearningRate((0, new Ratio(1, 1))));

    [Test]
    public void ANetworkWithoutWeightsTakesNoStepAndIsNotEvaluated()
    {
        var trainer = new Trainer(New([new Dense(10)]), TinyRun.Digits, Options);
        Assert.That(trainer.Step, Throws.InvalidOperationException.With.Message.Contains("call Initialize(seed)"));
        Assert.That(() => new Evaluator(trainer.Network, TinyRun.Digits.Test).Run(), Throws.InvalidOperationException);
        trainer.Network.Initialize(1);
        Assert.That(trainer.Step, Throws.Nothing);
    }

    [Test]
    public void ALayerObjectBelongsToOneNetworkAndOnePlace()
    {
        var dense = new Dense(10);
        New([dense]);
        Assert.That(() => New([dense]), Throws.TypeOf<WageException>().With.Message.Contains("dense1, a Dense, is in two places or in two networks"));
        var relu = new Relu();
        Assert.That(() => New([relu, new Dense(10), relu]), Throws.TypeOf<WageException>().With.Message.Contains("a Relu"));
        var inner = new Conv2d(1, 3);
        Assert.That(() => New([new Residual([inner], []), inner, new Dense(10)]), Throws.TypeOf<WageException>().With.Message.Contains("a Conv2d"));
    }

    [Test]
    public void WhatIsMissingIsNamed()
    {
        var (wage, loss, shape, backend) = (new WageOptions().ToScheme(), new SquaredError(), new Shape(1, 2, 2, 1), new ReferenceBackend());
        Assert.That(() => new Network(null!, wage, loss, shape, backend), Named("layers"));
        Assert.That(() => new Network([new Dense(2)], null!, loss, shape, backend), Named("scheme"));
        Assert.That(() => new Network([new Dense(2)], wage, loss, shape, null!), Named("backend"));
        Assert.That(() => new Trainer(null!, TinyRun.Digits, Options), Named("network"));
        Assert.That(() => new Trainer(New([new Dense(10)]), null!, Options), Named("data"));

        static NUnit.Framework.Constraints.IResolveConstraint Named(string argument) =>
            Throws.ArgumentNullException.With.Property("ParamName").EqualTo(argument);
    }

    [TestCase("reference")]
    [TestCase("float32")]
    public void ALabelWithoutAScoreIsRefusedByTheSetsOfBothDomains(string domain)
    {
        var test = TinyRun.Digits.Test;
        var wrong = new ImageSet(test.Pixels, [.. test.Labels[..^1], 10], test.Height, test.Width, test.Channels);
        using ITrainable network = domain == "float32" ? FloatRuns.Network(new HostBackend(1)) : New([new Dense(10)]);
        Assert.That(() => network.Take(wrong), Throws.TypeOf<WageException>().With.Message.Contains(
            $"images: number {test.Count - 1} has the label 10, but the network gives 10 scores, for labels from 0 to 9"));
        using var right = network.Take(test);
        Assert.That(right.Count, Is.EqualTo(test.Count));
    }

    private static Network New(Layer[] layers) =>
        new(layers, new WageOptions().ToScheme(), new SquaredError(), new Shape(TinyRun.Batch, 28, 28, 1), new ReferenceBackend());
}
