using FsCheck.Fluent;
using Wage.Simulation;
using Wage.Simulation.Ranges;
using Wage.Tensors;

namespace Wage.Tests.Simulation.Ranges;

/// <summary>The estimators against their equations: Fournarakis and Nagel 2021, section 4.</summary>
[Parallelizable]
public sealed class RangeEstimatorTests
{
    private static readonly FloatTensor Unread = new(new Shape(1));

    [Test]
    public void TheRangesOfTheEstimatorsAreThoseOfTheirEquations()
    {
        // eta = 9/10, G = [-1,2], [-3,1], 0, [-100,200]
        (float, float)[] batches = [(-1, 2), (-3, 1), (0, 0), (-100, 200)];
        Assert.That(Ranges(new CurrentMinMax(), batches), Is.EqualTo(new[] { (-1f, 2f), (-3f, 1f), (0f, 1e-8f), (-100f, 200f) }));
        Near(Ranges(new RunningMinMax(RangeRuns.Momentum), batches), [(-1, 2), (-1.2, 1.9), (-1.08, 1.71), (-10.972, 21.539)]);
        Near(Ranges(new InHindsightMinMax(RangeRuns.Momentum), batches), [(-1, 2), (-1, 2), (-1.2, 1.9), (-1.08, 1.71)]);
        Assert.That(Ranges(new FixedRange(null), batches), Is.All.EqualTo((-1f, 2f)));
        Assert.That(Ranges(new FixedRange(new(1, 4)), batches), Is.All.EqualTo((-.25f, .25f)));
        Assert.That(Ranges(new FixedRange(new(6, 1)), [(0, 1), (-1, 3)]), Is.All.EqualTo((0f, 6f)), "nothing below 0 at first");
        Assert.That(Ranges(new FixedRange(new(6, 1), isSigned: true), [(0, 1), (-1, 3)]), Is.All.EqualTo((-6f, 6f)), "errors");
    }

    [Test]
    public void InHindsightIsRunningAStepLater() => Laws.Hold(
        Gen.Choose(0, 1 << 20).Select(n => (n & 1) == 0 ? n / 4096f : n * 64f).Two().Select(ends => (Least: -ends.Item1, Greatest: ends.Item2))
            .ListOf().Where(batches => batches.Count > 1),
        batches =>
        {
            (float, float)[] given = [.. batches];
            var (running, late) = (Ranges(new RunningMinMax(RangeRuns.Momentum), given), Ranges(new InHindsightMinMax(RangeRuns.Momentum), given));
            Assert.That(late[1..], Is.EqualTo(running[..^1]));
            Assert.That(late[0], Is.EqualTo(running[0]));
        });

    [Test]
    public void AJumpOf100IsHalfReachedAfter7UpdatesAndAFallOf1000IsLeftAfter66()
    {
        Assert.That(Updates(1, 100, range => range >= 50), Is.EqualTo(7));
        Assert.That(Updates(1000, 1, range => range < 2), Is.EqualTo(66));

        static int Updates(float before, float after, Func<float, bool> isThere)
        {
            var (state, estimator) = (new RangeState(RangeRuns.Builder(), "e"), new InHindsightMinMax(RangeRuns.Momentum));
            estimator.Next(state, TensorRange.Of(-before, before), Unread, 0);
            var updates = 0;
            for (; !isThere(state.Range.Greatest); updates++) estimator.Next(state, TensorRange.Of(-after, after), Unread, 1);
            Assert.That(state.Range.Least, Is.EqualTo(-state.Range.Greatest));
            return updates;
        }
    }

    [Test]
    public void ARangeAlwaysContainsZeroAndHasALength()
    {
        Assert.That(TensorRange.Of(3, 5), Is.EqualTo(new TensorRange(0, 5)));
        Assert.That(TensorRange.Of(-3, -2), Is.EqualTo(new TensorRange(-3, 1e-8f)));
        Assert.That(TensorRange.Of(0, 0).Grid("e", 8).Code(0), Is.EqualTo(TensorRange.Of(0, 0).Grid("e", 8).ZeroPoint));
    }

    [Test]
    public void OnlyStaticEstimatorsKnowTheirRangeBeforeTheTensor()
    {
        IRangeEstimator[] all = [new CurrentMinMax(), new RunningMinMax(null), new InHindsightMinMax(null), new FixedRange(null)];
        foreach (var estimator in all)
        {
            var ranges = new List<TensorRange>();
            foreach (var second in new[] { 1f, 5f })
            {
                var state = new RangeState(RangeRuns.Builder(), "e");
                estimator.Next(state, TensorRange.Of(-2, 2), Unread, 0);
                ranges.Add(estimator.Next(state, TensorRange.Of(-second, second), Unread, 1));
            }

            Assert.That(ranges[0] == ranges[1], Is.EqualTo(estimator.IsStatic), estimator.Words);
        }
    }

    private static (float Least, float Greatest)[] Ranges(IRangeEstimator estimator, (float Least, float Greatest)[] batches)
    {
        var state = new RangeState(RangeRuns.Builder(), "e");
        return [.. batches.Select((batch, t) => estimator.Next(state, TensorRange.Of(batch.Least, batch.Greatest), Unread, (uint)t))
            .Select(range => (range.Least, range.Greatest))];
    }

    private static void Near((float Least, float Greatest)[] ranges, (double Least, double Greatest)[] expected)
    {
        for (var t = 0; t < expected.Length; t++)
        {
            Assert.That(ranges[t].Least, Is.EqualTo(expected[t].Least).Within(1e-5), $"step {t}");
            Assert.That(ranges[t].Greatest, Is.EqualTo(expected[t].Greatest).Within(1e-5), $"step {t}");
        }
    }
}
