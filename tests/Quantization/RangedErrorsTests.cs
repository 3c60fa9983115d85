using Wage.Layers;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.SelfTest;
using Wage.Tensors;
using Wage.Tests.Gpu;

namespace Wage.Tests.Quantization;

/// <summary>Q_E by ranges of other steps: what it does when errors are nothing, jump and fall, on every backend.</summary>
[Parallelizable]
internal sealed class RangedErrorsTests
{
    private const int Elements = 1000;

    private static readonly MovingMaximum Usual = MovingMaximum.ForMomentum(new Ratio(9, 10));

    private static IEnumerable<Func<Lent>> Backends() =>
        [() => Lent.Of("reference", 1), () => Lent.Of("cpu", 2), Host, Lent.Device];

    private static Lent Host() => Lent.Of("cpu", 1);

    /// <summary>One step's errors as this run of steps quantizes them.</summary>
    private sealed record Seen(long[] Errors, long Exponent, long Range, long Maximum, long Saturated, long Underflowed);

    [Test]
    public void TheFirstTensorIsQuantizedByItsOwnMaximumAndZerosAreSkipped([ValueSource(nameof(Backends))] Func<Lent> open)
    {
        var seen = Run(open, RangeEstimator.InHindsight, 0, 0, 1000, 0, 1000);
        Assert.That(seen.Select(one => one.Range), Is.EqualTo(new long[] { 0, 0, 256_000, 256_000, 256_000 }));
        Assert.That(seen.Select(one => one.Exponent), Is.EqualTo(new long[] { 0, 0, 3, 3, 3 }), "of an average of 1000: 2^10 / 2^7");
        Assert.That(seen[2].Errors, Is.EqualTo(seen[4].Errors).And.EqualTo(Run(open, RangeEstimator.Current, 1000)[0].Errors));
        Assert.That(seen.Select(one => one.Errors.All(e => e == 0)), Is.EqualTo(new[] { true, true, false, true, false }));
    }

    [Test]
    public void AJumpSaturatesIsCountedAndTheRangeCatchesUp([ValueSource(nameof(Backends))] Func<Lent> open)
    {
        var seen = Run(open, RangeEstimator.InHindsight, [1000, 1000, .. Enumerable.Repeat(100_000L, 50)]);
        var jump = seen[2];
        Assert.That((jump.Exponent, jump.Maximum), Is.EqualTo((3L, 100_000L)), "the maximum is that of what came, unclipped");
        Assert.That(jump.Saturated, Is.EqualTo(jump.Errors.Count(e => Math.Abs(e) == 127)).And.GreaterThan(Elements * 9 / 10));
        var caughtUp = seen.FindIndex(2, one => 2 * one.Range >= 100_000 << 8);
        Assert.That(caughtUp, Is.EqualTo(2 + 6), "its seventh maximum takes the range over half of the jump");
        Assert.That(seen[^1].Saturated, Is.LessThan(Elements / 10));
        Assert.That(seen[^1].Exponent, Is.EqualTo(Run(open, RangeEstimator.Current, 100_000)[0].Exponent));
    }

    [Test]
    public void AFallUnderflowsIsCountedAndTheRangeComesDown([ValueSource(nameof(Backends))] Func<Lent> open)
    {
        var seen = Run(open, RangeEstimator.InHindsight, [1_000_000, .. Enumerable.Repeat(1000L, 150)]);
        Assert.That(seen[1].Underflowed, Is.GreaterThan(Elements * 9 / 10));
        Assert.That(seen[1].Underflowed, Is.EqualTo(seen[1].Errors.Count(e => e == 0)), "none of these errors was 0 before");
        Assert.That(seen.FindIndex(1, one => one.Range < (2 * 1000) << 8), Is.EqualTo(66));
        Assert.That((seen[^1].Saturated, seen[^1].Underflowed), Is.EqualTo((0L, 4L)), "1 to 4 of 1000 are 0 in 8 bits anyway");
        Assert.That(seen[^1].Errors, Is.EqualTo(Run(open, RangeEstimator.Current, 1000)[0].Errors));
    }

    [Test]
    public void EveryBackendSeesTheSame()
    {
        long[] maxima = [0, 77, 1000, 3, 0, 100_000, 100_000, 5, 1, 1 << 24, 9999];
        foreach (var estimator in Enum.GetValues<RangeEstimator>())
        {
            var all = Backends().Select(open => Run(open, estimator, maxima).Select(Text).ToList()).ToList();
            foreach (var other in all[1..]) Assert.That(other, Is.EqualTo(all[0]), $"{estimator}");
        }

        static string Text(Seen one) => $"{one with { Errors = [] }} {string.Join(' ', one.Errors)}";
    }

    /// <summary>Running updates first: what it quantizes by in step t is what hindsight quantizes by in step t + 1.</summary>
    [Test]
    public void InHindsightIsOneStepBehindARunningRange()
    {
        long[] maxima = [1000, 5000, 300, 0, 99, 70_000, 12];
        var running = Run(Host, RangeEstimator.Running, maxima).ConvertAll(one => one.Range);
        var hindsight = Run(Host, RangeEstimator.InHindsight, [.. maxima, 1]);
        Assert.That(hindsight.Skip(1).Select(one => one.Exponent), Is.EqualTo(running.Select(range => FixedPoint.NearestLog2(range) - 8 - 7)));
    }

    [Test]
    public void AFixedRangeStaysAndHasNoState()
    {
        var seen = Run(Host, RangeEstimator.Fixed, 10, 1 << 20, 0);
        Assert.That(seen.Select(one => one.Exponent), Is.All.EqualTo(12 - 7));
        Assert.That(seen.Select(one => one.Range), Is.All.EqualTo(1 << (12 + 8)));
    }

    [Test]
    public void AMovedWindowIsOfTheStepsOwnMaximum() => Assert.That(
        () => new WageOptions { ErrorWindow = 4, ErrorRange = RangeEstimator.InHindsight }.ToScheme(),
        Throws.TypeOf<WageException>().With.Message.EqualTo(
            "errorWindow: is 4, but a moved window is of the step's own maximum. HINT: set errorWindow to 1, or ranges.E to current."));

    /// <summary>Errors of these maxima, one tensor a step; element 0 has the maximum.</summary>
    private static List<Seen> Run(Func<Lent> open, RangeEstimator estimator, params long[] maxima)
    {
        using var lent = open();
        var backend = lent.Backend;
        var context = new BuildContext(backend, new WageOptions().ToScheme(), AccumulatorWidth.Auto);
        var site = new TensorSite(TensorRole.Errors, "a", 0, new Shape(Elements), 0);
        IQuantizer kind = estimator == RangeEstimator.Current
            ? new ShiftErrors(8, Rounding.HalfEven) : new RangedErrors(8, Rounding.HalfEven, new RangeRule(estimator, Usual, 12));
        var quantizer = kind.For(site, context);
        var (output, exponent) = (backend.Allocate(ElementType.Int8, site.Shape), backend.Allocate(ElementType.Int64, new Shape(1)));
        return [.. maxima.Select((maximum, step) =>
        {
            var s = new StepContext(Phase.Training, 1, (uint)step, new Ratio(1, 1));
            var errors = Enumerable.Range(0, Elements).Select(i => (i % 2 == 0 ? maximum : -maximum) * (Elements - i) / Elements);
            var x = backend.With(ElementType.Int32, [.. errors]);
            quantizer.Measure(x, null, 0, s);
            var range = quantizer.Complete(new StageTensors(output), s).Range!;
            quantizer.Apply(x, new StageTensors(output) { Exponent = exponent }, s);
            quantizer.Advance(s);
            var counts = quantizer.Statistic is { } statistic ? backend.Values(statistic) : [0, 0, 0];
            return new Seen(backend.Values(output), backend.Values(exponent)[0], backend.Values(range)[0], counts[0], counts[1], counts[2]);
        })];
    }
}
