using Wage.Backends;
using Wage.Data;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests.Training;

/// <summary>Workers that share a batch end with the weights of one that has it whole: sums are exact, and maxima are everybody's.</summary>
[Parallelizable]
public sealed class WorkersTests
{
    private const int Batch = 20;
    private const int Steps = 4;

    private static readonly WageOptions Stochastic = new()
    {
        WeightRounding = Rounding.Stochastic,
        ActivationRounding = Rounding.Stochastic,
        ErrorRounding = Rounding.Stochastic,
    };

    [Test]
    public void TwoAndFourWorkersTrainTheWeightsOfOne([Values] bool crossEntropy, [Values] bool convolutions)
    {
        var whole = Trained(1, crossEntropy, convolutions);
        Assert.That(Trained(2, crossEntropy, convolutions), Is.EqualTo(whole));
        Assert.That(Trained(4, crossEntropy, convolutions), Is.EqualTo(whole));
    }

    /// <summary>Random bits belong to the elements of the whole batch, whoever has them.</summary>
    [Test]
    public void StochasticActivationsAndErrorsAreThoseOfTheWholeBatch()
    {
        var whole = Trained(1, false, true, options: Stochastic);
        Assert.That(whole, Is.Not.EqualTo(Trained(1, false, true)));
        Assert.That(Trained(2, false, true, options: Stochastic), Is.EqualTo(whole));
        Assert.That(Trained(4, false, true, options: Stochastic), Is.EqualTo(whole));
    }

    [TestCase(RangeEstimator.Running), TestCase(RangeEstimator.InHindsight)]
    public void MovingRangesAreThoseOfTheWholeBatch(RangeEstimator estimator)
    {
        var options = new WageOptions { ErrorRange = estimator, GradientRange = estimator };
        var whole = Trained(1, false, true, options: options);
        Assert.That(whole, Is.Not.EqualTo(Trained(1, false, true)));
        Assert.That(Trained(2, false, true, options: options), Is.EqualTo(whole));
        Assert.That(Trained(4, false, true, options: options), Is.EqualTo(whole));
    }

    [Test]
    public void WorkersThatDoNotMeetTrainOthers()
    {
        var whole = Trained(1, crossEntropy: false, convolutions: true);
        Assert.That(Trained(2, false, true, sums: false), Is.Not.EqualTo(whole), "gradients of half a batch");
        var differs = Enumerable.Range(1, 8).Any(seed =>
            Trained(4, false, true, maxima: false, seed: (ulong)seed) != Trained(1, false, true, seed: (ulong)seed));
        Assert.That(differs, "maxima of a quarter of the batch");
    }

    [Test]
    public void TheGradientsBoundIsThatOfTheWholeBatch()
    {
        static long Bound(int batch, int workers) => New(new ReferenceBackend(), batch, false, false, workers).Parameters[0].GradientBound;
        Assert.That(Bound(5, 4), Is.EqualTo(Bound(20, 1)));
    }

    private static string Trained(int workers, bool crossEntropy, bool convolutions, bool sums = true, bool maxima = true, ulong seed = 1,
        WageOptions? options = null)
    {
        var meeting = new Meeting(workers);
        var hashes = new string[workers];
        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, rank =>
        {
            var network = New(new ReferenceBackend(), Batch / workers, crossEntropy, convolutions, workers, options);
            network.Initialize(seed);
            var (source, first) = (network.Take(TinyRun.Digits.Train), rank * Batch / workers);
            for (var step = 0; step < Steps; step++)
            {
                source.Load((step * Batch) + first, new Augmentation(2, false), new RandomKey(1, RandomStream.Augmentation, 0));
                network.Step(new StepContext(Phase.Training, 1, (uint)step, new Ratio(4, 1), new Worker(meeting, rank, sums, maxima), first));
            }

            hashes[rank] = network.WeightsSha256();
        });
        Assert.That(sums && maxima ? hashes.Distinct().Count() : 1, Is.EqualTo(1), "every worker has the same weights");
        return hashes[0];
    }

    private static Network New(IBackend backend, int batch, bool crossEntropy, bool convolutions, int workers, WageOptions? options = null) => new(
        convolutions ? TinyRun.NarrowLeNet() : Model.Mlp(16, 10), (options ?? new WageOptions()).ToScheme(),
        crossEntropy ? new SoftmaxCrossEntropy() : new SquaredError(), new Shape(batch, 28, 28, 1), backend, workers: workers);

    /// <summary>Where the workers of a process lay their tensors side by side.</summary>
    private sealed class Meeting(int workers)
    {
        private readonly Barrier barrier = new(workers);
        private readonly long[][] values = new long[workers][];

        public long[] Join(int rank, long[] own, Func<long, long, long> join)
        {
            values[rank] = own;
            barrier.SignalAndWait();
            var joined = values.Aggregate((left, right) => [.. left.Zip(right, join)]);
            barrier.SignalAndWait();
            return joined;
        }
    }

    private sealed class Worker(Meeting meeting, int rank, bool sums, bool maxima) : ICollective
    {
        public void Sum(Tensor tensor) => Join(tensor, sums, (x, y) => x + y);

        public void Max(Tensor tensor) => Join(tensor, maxima, Math.Max);

        private void Join(Tensor tensor, bool meets, Func<long, long, long> join)
        {
            var joined = meeting.Join(rank, Values.Of(tensor), join);
            if (meets) Values.Fill(tensor, joined);
        }
    }
}
