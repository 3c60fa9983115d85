using Wage.Backends;
using Wage.Diagnostics;
using Wage.Experiments.Runs;
using Wage.Gpu;
using Wage.Models;
using Wage.Tests.Training;
using Wage.Training;

namespace Wage.Tests.Models;

/// <summary>A model answers many threads at once, and takes no more memory than it needs.</summary>
[Parallelizable]
public sealed class IntegerModelTests
{
    private const int Callers = 8;

    [Test]
    public void EightThreadsThatPredictWithOneNetworkGetTheClassesOfOne([Values] bool oneEvaluator, [Values(1, 2)] int threads)
    {
        using var backend = new HostBackend(threads);
        var trainer = PlannedNetworks.Train("lenet", backend);
        var sets = Enumerable.Range(0, Callers).Select(i => TinyRun.Digits.Train.Take(250 + i)).ToArray();
        var expected = sets.Select(set => new Evaluator(trainer.Network, set).Predict()).ToArray();
        var shared = new Evaluator(trainer.Network, sets[0]);
        for (var round = 0; round < 3; round++)
        {
            var given = AtOnce(i => (oneEvaluator ? shared : new Evaluator(trainer.Network, sets[i])).Predict());
            Assert.That(given, Is.EqualTo(oneEvaluator ? Enumerable.Repeat(expected[0], Callers) : expected));
        }
    }

    [Test]
    public void EightThreadsThatScoreWithOneNetworkGetTheScoreOfOne()
    {
        using var backend = new HostBackend(1);
        var trainer = PlannedNetworks.Train("mlp", backend);
        trainer.TrainScore();
        var evaluator = new Evaluator(trainer.Network, TinyRun.Digits.Train);
        var expected = evaluator.Run();
        Assert.That(AtOnce(_ => evaluator.Run()), Is.All.EqualTo(expected));
    }

    [Test]
    public void AModelAnswersThreadsWhileItsNetworkTrainsOnTheSameBackend([Values(1, 2)] int threads)
    {
        using var backend = new HostBackend(threads);
        var (trainer, alone) = (PlannedNetworks.Train("lenet", backend), PlannedNetworks.Train("lenet", new HostBackend(1)));
        using var model = new IntegerModel(((Network)trainer.Network).ToPlan(), backend, batch: 16);
        var pixels = TinyRun.Digits.Train.Pixels;
        var length = model.Plan.Image.Length;
        var expected = model.Scores(pixels, 300);
        var given = AtOnce(i =>
        {
            if (i == 0)
            {
                TinyRun.Steps(trainer, 40);
                return true;
            }

            return Enumerable.Range(0, 30).All(k =>
            {
                var (first, count) = (((k * 37) + (i * 11)) % 250, 1 + ((k + i) % 33));
                var scores = model.Scores(pixels.AsSpan(first * length, count * length), count);
                return scores.AsSpan().SequenceEqual(expected.AsSpan(first * 10, count * 10));
            });
        });
        Assert.That(given, Is.All.True);
        TinyRun.Steps(alone, 40);
        Assert.That(trainer.Network.WeightsSha256(), Is.EqualTo(alone.Network.WeightsSha256()), "training took no notice");
    }

    [Test]
    public void ModelsOfOnePlanAnswerSideBySideOnBackendsOfTheirOwn()
    {
        var trainer = PlannedNetworks.Train("resnet", new HostBackend(1));
        var (plan, set) = (((Network)trainer.Network).ToPlan(), PlannedNetworks.Data(trainer, 12));
        var expected = PlannedNetworks.Scores(trainer, 12);
        Assert.That(
            AtOnce(_ =>
            {
                using var backend = new HostBackend(1);
                using var model = new IntegerModel(plan, backend, batch: 5);
                return model.Scores(set.Pixels, 12);
            }),
            Is.All.EqualTo(expected));
    }

    [Test]
    public void AnEvaluationTakesNoMemory([ValueSource(typeof(PlannedNetworks), nameof(PlannedNetworks.Names))] string name, [Values] bool fuse)
    {
        using var timed = new TimedBackend(new HostBackend(2));
        var trainer = PlannedNetworks.Train(name, timed, fuse, steps: 1);
        trainer.TrainScore();
        var evaluator = new Evaluator(trainer.Network, PlannedNetworks.Data(trainer, 30));
        timed.Reset();
        evaluator.Run();
        evaluator.Predict();
        var allocated = timed.Totals.Where(row => row.Operation.Name == nameof(IBackend.Allocate)).Sum(row => row.Bytes);
        Assert.That(allocated, Is.Zero);
    }

    [Test]
    public void AModelGivesTheMemoryOfADeviceBack([Values("lenet", "resnet")] string name)
    {
        var trainer = PlannedNetworks.Train(name, new HostBackend(1));
        var (plan, set) = (((Network)trainer.Network).ToPlan(), PlannedNetworks.Data(trainer, 9));
        using var backend = (IlgpuBackend)Devices.Create("ilgpu-cpu", 1);
        using (var first = new IntegerModel(plan, backend)) first.Predict(set.Pixels, 9);
        var scratch = backend.Allocated;
        var model = new IntegerModel(plan, backend);
        foreach (var count in (int[])[1, 9, 4]) model.Predict(set.Pixels.AsSpan(0, count * plan.Image.Length), count);
        Assert.That(backend.Allocated, Is.GreaterThan(scratch));
        model.Dispose();
        model.Dispose();
        Assert.That(backend.Allocated, Is.EqualTo(scratch), "all but what the backend keeps");
        Assert.That(() => model.Predict(set.Pixels, 9), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void WhatDoesNotFitIsRefusedWithItsNumbers()
    {
        using var backend = new HostBackend(1);
        var plan = ((Network)TinyRun.Start().Network).ToPlan();
        using var model = new IntegerModel(plan, backend);
        Assert.That(model.Predict([], 0), Is.Empty);
        Assert.That(() => model.Predict(new byte[784], 2), Refused("pixels: 784 for 2 images, but an image has 784."));
        Assert.That(() => model.Scores(new byte[784], -1), Refused("pixels: 784 for -1 images, but an image has 784."));
        Assert.That(() => model.Predict(new byte[784], 1, new int[2]), Refused("classes: 2 for 1 images, but an image has 1."));
        Assert.That(() => model.Scores(new byte[784], 1, new long[9]), Refused("scores: 9 for 1 images, but an image has 10."));
        Assert.That(() => new IntegerModel(plan, backend, batch: 0), Refused("batch: is 0, but must be from 1 to 2739137"));

        static NUnit.Framework.Constraints.IResolveConstraint Refused(string start) =>
            Throws.TypeOf<WageException>().With.Message.StartsWith(start);
    }

    /// <summary>What this many threads get that begin together.</summary>
    private static T[] AtOnce<T>(Func<int, T> call)
    {
        var given = new T[Callers];
        using var start = new Barrier(Callers);
        var failures = new List<Exception>();
        var threads = Enumerable.Range(0, Callers).Select(i => new Thread(() =>
        {
            try
            {
                start.SignalAndWait();
                given[i] = call(i);
            }
            catch (Exception error)
            {
                lock (failures) failures.Add(error);
            }
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        Assert.That(failures, Is.Empty);
        return given;
    }
}
