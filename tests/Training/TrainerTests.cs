using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests.Training;

[Parallelizable]
public sealed class TrainerTests
{
    [Test]
    public void TheSameSeedGivesTheSameWeightsAndAnotherSeedOthers()
    {
        Trainer first = TinyRun.Start(), second = TinyRun.Start(), other = TinyRun.Start(seed: 2);
        foreach (var trainer in (Trainer[])[first, second, other]) TinyRun.Steps(trainer, 17);
        Assert.That(second.Network.WeightsSha256(), Is.EqualTo(first.Network.WeightsSha256()));
        Assert.That((second.Last, second.Best), Is.EqualTo((first.Last, first.Best)));
        Assert.That(other.Network.WeightsSha256(), Is.Not.EqualTo(first.Network.WeightsSha256()));
    }

    [Test]
    public void ThreeEpochsReduceTheLossAndTheError()
    {
        var trainer = TinyRun.Start();
        TinyRun.Steps(trainer, trainer.StepsPerEpoch);
        var first = trainer.Last!.Value;
        TinyRun.Steps(trainer, 2 * trainer.StepsPerEpoch);
        var third = trainer.Last!.Value;
        Assert.That(third.Train.LossSum, Is.LessThan(first.Train.LossSum));
        Assert.That(third.Train.Wrong, Is.LessThan(first.Train.Wrong));
        Assert.That((third.Epoch, third.Train.Counted, third.Test.Counted), Is.EqualTo((3, 300L, 60L)));
    }

    [Test]
    public void ARunContinuedFromAnyStepEndsAsTheUninterruptedOne()
    {
        var whole = TinyRun.Start();
        var length = (2 * whole.StepsPerEpoch) + 4;
        var saved = new List<Checkpoint>();
        for (var step = 0; step < length; step++)
        {
            saved.Add(whole.Save("tiny"));
            TinyRun.Steps(whole, 1);
        }

        foreach (var at in (int[])[0, 1, 7, 14, 15, 16, 29, 30, 33])
        {
            var resumed = TinyRun.Start();
            TinyRun.Steps(resumed, 3);
            resumed.Load(saved[at]);
            TinyRun.Steps(resumed, length - at);
            Assert.That(resumed.Network.WeightsSha256(), Is.EqualTo(whole.Network.WeightsSha256()), $"from step {at}");
            Assert.That((resumed.Last, resumed.Best), Is.EqualTo((whole.Last, whole.Best)), $"from step {at}");
            Assert.That(resumed.TrainScore(), Is.EqualTo(whole.TrainScore()), $"from step {at}");
        }
    }

    [Test]
    public void AnEpochCompletedButNotFinishedCanBeSavedAndResumed()
    {
        var whole = TinyRun.Start();
        for (var i = 0; i < whole.StepsPerEpoch; i++) whole.Step();
        var resumed = TinyRun.Start();
        resumed.Load(whole.Save("tiny"));
        Assert.That(resumed.FinishEpoch(), Is.EqualTo(whole.FinishEpoch()));
    }

    [Test]
    public void TheBestEpochIsTheFirstOfTheSmallestTestError()
    {
        var trainer = TinyRun.Start();
        var results = new List<EpochResult>();
        trainer.Run(6, results.Add);
        Assert.That(trainer.Last, Is.EqualTo(results[^1]));
        Assert.That(trainer.Best, Is.EqualTo(results.MinBy(result => result.Test.Wrong)));
        var resumed = TinyRun.Start();
        resumed.Load(trainer.Save("tiny"));
        Assert.That((resumed.Last, resumed.Best), Is.EqualTo((trainer.Last, trainer.Best)));
    }

    [Test]
    public void MoreStepsThanTheRandomBitsHaveNumbersForAreRefused()
    {
        var trainer = TinyRun.Start();
        Assert.That(() => trainer.RequireSteps("training.epochs", (1L << 32) / trainer.StepsPerEpoch), Throws.Nothing);
        AssertRefused(
            () =>
            {
                trainer.RequireSteps("training.epochs", 300_000_000);
                return trainer;
            },
            "training.epochs: is 300000000, but a run of 15 steps an epoch has at most 286331153 epochs");
    }

    [Test]
    public void EvaluationBetweenEpochsChangesNothing()
    {
        Trainer plain = TinyRun.Start(), watched = TinyRun.Start();
        var evaluator = new Evaluator(watched.Network, TinyRun.Digits.Test);
        for (var epoch = 0; epoch < 2; epoch++)
        {
            TinyRun.Steps(plain, plain.StepsPerEpoch);
            TinyRun.Steps(watched, watched.StepsPerEpoch);
            Assert.That(evaluator.Run(), Is.EqualTo(watched.Last!.Value.Test));
        }

        Assert.That(watched.Network.WeightsSha256(), Is.EqualTo(plain.Network.WeightsSha256()));
        Assert.That((watched.Last, watched.Best), Is.EqualTo((plain.Last, plain.Best)));
    }

    [Test]
    public void AnEvaluationOfAnUnevenSetCountsEveryImageOnce()
    {
        var network = TinyRun.Start().Network;
        var all = new Evaluator(network, TinyRun.Digits.Train.Take(47)).Run();
        Assert.That(all.Counted, Is.EqualTo(47));
        var parts = default(Score);
        for (var i = 0; i < 47; i++) parts += new Evaluator(network, One(TinyRun.Digits.Train, i)).Run();
        Assert.That(parts, Is.EqualTo(all));
    }

    [Test]
    public void ACancelledEvaluationChangesNothing()
    {
        Trainer plain = TinyRun.Start(), cancelled = TinyRun.Start();
        foreach (var trainer in (Trainer[])[plain, cancelled])
            for (var i = 0; i < trainer.StepsPerEpoch; i++) trainer.Step();
        Assert.That(() => cancelled.FinishEpoch(new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(cancelled.FinishEpoch(), Is.EqualTo(plain.FinishEpoch()));
    }

    [Test]
    public void AStepBeyondTheEpochAndAnUnfinishedEpochAreRefused()
    {
        var trainer = TinyRun.Start();
        Assert.That(() => trainer.FinishEpoch(), Throws.InvalidOperationException);
        for (var i = 0; i < trainer.StepsPerEpoch; i++) trainer.Step();
        Assert.That(trainer.Step, Throws.InvalidOperationException);
    }

    [Test]
    public void ImagesThatDoNotFitTheModelAreRefusedInOneLine()
    {
        var network = TinyRun.Start().Network;
        var options = new TrainingOptions(1, new LearningRate((0, new Ratio(1, 1))));
        var narrow = new ImageSet(new byte[30 * 4], new byte[30], 2, 2, 1);
        var few = TinyRun.Digits.Train.Take(19);
        var small = new Dataset("small", narrow, narrow, 10);
        var many = new Dataset("many", TinyRun.Digits.Train, TinyRun.Digits.Test, 11);
        AssertRefused(() => new Trainer(network, small, options), "small: images are 2x2x1 but the model takes 28x28x1");
        AssertRefused(() => new Trainer(network, new Dataset("few", few, few, 10), options), "batch: is 20 but few has only 19");
        AssertRefused(() => new Trainer(network, many, options), "many: has 11 classes but the model gives 10");
    }

    [Test]
    public void ARateThatCannotBeProvedSafeIsRefused()
    {
        var large = new ImageSet(new byte[2 << 20], [0, 1], 1024, 1024, 1);
        var options = new WageOptions { Bits = new BitWidths(2, 8, 8, 16) };
        IReadOnlyList<Layer> layers = [new Conv2d(1, 1), new Quantize(), new Dense(2)];
        var shape = new Shape(2, 1024, 1024, 1);
        var network = new Network(layers, options.ToScheme(), new SquaredError(), shape, new ReferenceBackend());
        var data = new Dataset("large", large, large, 2);
        var rate = new LearningRate((0, new Ratio(1, 1_048_573)));
        AssertRefused(
            () => new Trainer(network, data, new TrainingOptions(1, rate)),
            "1/1048573 times conv1's gradients of 43 bits does not fit 64-bit arithmetic");
        var four = new ImageSet(new byte[4 << 20], [0, 1, 0, 1], 1024, 1024, 1);
        var falling = LearningRate.LinearByStep(new Ratio(3, 1 << 18), new Ratio(1, 1 << 18), 1);
        Assert.That(() => Array.ForEach([.. falling.Schedule], entry => network.RequireRate(entry.Eta)), Throws.Nothing, "safe halfway");
        AssertRefused(() => new Trainer(network, new Dataset("four", four, four, 2), new TrainingOptions(1, falling)), "5/524288 times conv1's");
        Assert.That(() => TinyRun.Start(eta: new Ratio(3, 10)), Throws.Nothing);
    }

    [Test]
    public void AStepLearnsAtTheRateOfThatStep()
    {
        var falling = LearningRate.LinearByStep(new Ratio(4, 1), null, 1);
        Trainer first = Start(falling), same = Start(new LearningRate((0, falling.At(0, 0, 15))));
        Assert.That((first.StepsPerEpoch, first.Rate, same.Rate), Is.EqualTo((15, new Ratio(58, 15), new Ratio(58, 15))));
        foreach (var trainer in (Trainer[])[first, same]) trainer.Step();
        Assert.That(first.Network.WeightsSha256(), Is.EqualTo(same.Network.WeightsSha256()));
        foreach (var trainer in (Trainer[])[first, same]) TinyRun.Steps(trainer, 9);
        Assert.That(first.Network.WeightsSha256(), Is.Not.EqualTo(same.Network.WeightsSha256()));

        static Trainer Start(LearningRate rate) => new(TinyRun.Start().Network, TinyRun.Digits, new TrainingOptions(1, rate));
    }

    [Test]
    public void TheModelHashNamesParametersShapesAndValues()
    {
        Network Of(params int[] sizes) =>
            new(Model.Mlp(sizes), new WageOptions().ToScheme(), new SquaredError(), new Shape(1, 2, 2, 1), new ReferenceBackend());
        Assert.That(Of(6, 2).WeightsSha256(), Is.Not.EqualTo(Of(2, 8).WeightsSha256()), "as many zeros, other shapes");
        Assert.That(Of(6, 2).WeightsSha256(), Does.Match("^[0-9a-f]{64}$"));
    }

    private static ImageSet One(ImageSet set, int i)
    {
        var size = set.Height * set.Width * set.Channels;
        return new ImageSet(set.Pixels[(i * size)..((i + 1) * size)], [set.Labels[i]], set.Height, set.Width, set.Channels);
    }

    private static void AssertRefused(Func<object> action, string text) =>
        Assert.That(action, Throws.TypeOf<WageException>().With.Message.Contains(text).And.Message.Not.Contains("\n"));
}
