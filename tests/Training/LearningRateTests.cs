using Wage.Numbers;
using Wage.Training;

namespace Wage.Tests.Training;

[Parallelizable]
public sealed class LearningRateTests
{
    [Test]
    public void EachEntryHoldsFromItsEpochOn()
    {
        var rate = new LearningRate((0, new Ratio(8, 1)), (200, new Ratio(1, 1)), (250, new Ratio(1, 8)));
        Assert.That(
            new[] { 0, 199, 200, 249, 250, 10_000 }.Select(rate.At),
            Is.EqualTo(new Ratio[] { new(8, 1), new(8, 1), new(1, 1), new(1, 1), new(1, 8), new(1, 8) }));
    }

    [Test]
    public void AScheduleMustStartAtTheFirstEpochAndRise()
    {
        Assert.That(() => new LearningRate(), Throws.TypeOf<WageException>().With.Message.Contains("epoch 0"));
        Assert.That(() => new LearningRate((1, new Ratio(1, 1))), Throws.TypeOf<WageException>().With.Message.Contains("epoch 0"));
        Assert.That(
            () => new LearningRate((0, new Ratio(1, 1)), (5, new Ratio(1, 1)), (5, new Ratio(1, 2))),
            Throws.TypeOf<WageException>().With.Message.Contains("epoch 5 follows epoch 5"));
    }

    [TestCase(16385, 1)]
    [TestCase(1, 1048577)]
    public void ARateBeyondItsRangeIsRefused(long p, long q) => Assert.That(
        () => new LearningRate((0, new Ratio(p, q))),
        Throws.TypeOf<WageException>().With.Message.Contains($"is {new Ratio(p, q)} from epoch 0"));

    [Test]
    public void ARatioThatWasNeverSetIsRefused() => Assert.That(() => new LearningRate((0, default)), Throws.TypeOf<WageException>());

    [Test]
    public void ALinearDecayIsExactWhereAnEntryCanSayIt()
    {
        var rate = LearningRate.Linear(new Ratio(4, 1), new Ratio(1, 2), 8);
        Assert.That(Enumerable.Range(0, 10).Select(rate.At), Is.EqualTo(new Ratio[]
        {
            new(4, 1), new(7, 2), new(3, 1), new(5, 2), new(2, 1), new(3, 2), new(1, 1), new(1, 2), new(1, 2), new(1, 2),
        }));
    }

    [Test]
    public void ACosineDecayHasTheSameBitsEverywhere()
    {
        var rate = LearningRate.Cosine(new Ratio(8, 1), new Ratio(1, 8), 12, warmUp: 2);
        Assert.That(string.Join(" ", Enumerable.Range(0, 13).Select(rate.At)), Is.EqualTo(
            "8/3 16/3 8 1987/256 453/64 193/32 1215/256 865/256 67/32 2143/2048 2969/8192 1/8 1/8"));
    }

    [Test]
    public void ACosineIsTheNearestOfTwelveBits()
    {
        (Ratio, Ratio, int)[] cases =
            [(new(8, 1), new(1, 8), 300), (new(1, 10), new(1, 1000), 77), (new(1, 64), new(3, 1), 5), (new(16384, 1), new(1, 1 << 20), 40)];
        foreach (var (from, to, epochs) in cases)
        {
            var rate = LearningRate.Cosine(from, to, epochs);
            var (a, b) = (Value(from), Value(to));
            for (var e = 0; e < epochs; e++)
            {
                var exact = b + ((a - b) * (1 + Math.Cos(Math.PI * e / (epochs - 1))) / 2);
                var most = Math.Max(exact * Math.ScaleB(1, -12), Math.ScaleB(1, -21));
                Assert.That(Math.Abs(Value(rate.At(e)) - exact), Is.LessThanOrEqualTo(most + 1e-12), $"{from} {to} {e}");
            }

            Assert.That((rate.At(0), rate.At(epochs - 1), rate.At(epochs)), Is.EqualTo((from, to, to)));
        }
    }

    [Test]
    public void AHalfWaveOfTheCosineIsOffByLessThanADoubleTells()
    {
        for (var n = 1; n < 40; n++)
        {
            for (var k = 0; k <= n; k++)
            {
                var exact = (1 - Math.Cos(Math.PI * k / n)) / 2;
                Assert.That((double)CosineRamp.At(k, n) / Math.ScaleB(1, CosineRamp.FractionBits), Is.EqualTo(exact).Within(1e-15), $"{k} of {n}");
                var sum = CosineRamp.At(k, n) + CosineRamp.At(n - k, n) - (System.Numerics.BigInteger.One << CosineRamp.FractionBits);
                Assert.That(System.Numerics.BigInteger.Abs(sum), Is.LessThan(System.Numerics.BigInteger.One << 8), $"{k} of {n}");
            }
        }
    }

    [Test]
    public void AWarmUpRisesInEqualStepsToTheScheduleItself()
    {
        var rate = new LearningRate((0, new Ratio(8, 1)), (2, new Ratio(4, 1)), (6, new Ratio(1, 8))).WithWarmUp(3);
        Assert.That(string.Join(" ", Enumerable.Range(0, 8).Select(rate.At)), Is.EqualTo("2 4 3 4 4 4 1/8 1/8"));
        Assert.That(rate.WithWarmUp(0), Is.SameAs(rate));
        Assert.That(() => rate.WithWarmUp(-1), Throws.TypeOf<WageException>());
        Assert.That(() => LearningRate.Cosine(new Ratio(1, 1), new Ratio(1, 2), 0), Throws.TypeOf<WageException>());
        Assert.That(LearningRate.Linear(new Ratio(1, 1), new Ratio(1, 2), 1).At(0), Is.EqualTo(new Ratio(1, 1)));
    }

    [Test]
    public void ARateByStepIsALineUpAndALineDownThroughTheMiddlesOfTheSteps()
    {
        var rate = LearningRate.LinearByStep(new Ratio(1, 10), null, 2, new Ratio(1, 4));
        Ratio[] expected =
            [new(1, 40), new(3, 40), new(11, 120), new(9, 120), new(7, 120), new(5, 120), new(3, 120), new(1, 120)];
        Assert.That(Enumerable.Range(0, 8).Select(t => rate.At(t / 4, t % 4, 4)), Is.EqualTo(expected));
        Assert.That(rate.Rates(4), Is.EqualTo(expected), "what the network has to prove safe");
        Assert.That((rate.At(0), rate.At(1), rate.IsByStep), Is.EqualTo((new Ratio(1, 10), new Ratio(1, 30), true)), "in the middle of an epoch");
        Assert.That((rate.At(1, 4, 4), rate.At(2, 0, 4), rate.At(9, 3, 4)), Is.EqualTo((expected[7], expected[7], expected[7])), "after its end");
        var even = LearningRate.LinearByStep(new Ratio(4, 1), new Ratio(1, 2), 7);
        Assert.That(Enumerable.Range(0, 7).Select(t => even.At(t, 0, 1)), Is.EqualTo(new Ratio[]
        {
            new(15, 4), new(13, 4), new(11, 4), new(9, 4), new(7, 4), new(5, 4), new(3, 4),
        }));
    }

    [Test]
    public void ARateByStepIsTheNearestThatAnEntryMayHaveOnEveryStep()
    {
        var (linear, cosine) = (LearningRate.LinearByStep(new Ratio(1, 10), null, 4, new Ratio(1, 20)),
            LearningRate.CosineByStep(new Ratio(1, 10), new Ratio(1, 1000), 4, new Ratio(1, 20)));
        for (var t = 0; t < 4 * 390; t += 7)
        {
            var x = (t + 0.5) / (4 * 390);
            var s = (x - 0.05) / 0.95;
            double[] exact = s < 0 ? [2 * x, 2 * x] : [0.1 * (1 - s), 0.001 + (0.099 * (1 + Math.Cos(Math.PI * s)) / 2)];
            Assert.That(Value(linear.At(t / 390, t % 390, 390)), Is.EqualTo(exact[0]).Within(1e-15), $"exact, {t}");
            Assert.That(Value(cosine.At(t / 390, t % 390, 390)), Is.EqualTo(exact[1]).Within(Math.Max(exact[1] / 4096, Math.ScaleB(1, -21))), $"{t}");
        }
    }

    [Test]
    public void EveryStageGoesThroughTheStepsOfARate()
    {
        var rate = LearningRate.LinearByStep(new Ratio(1, 1), null, 2).Repeated(2, 3);
        Assert.That(Enumerable.Range(0, 9).Select(epoch => rate.At(epoch, 1, 2)), Is.EqualTo(new Ratio[]
        {
            new(5, 8), new(1, 8), new(5, 8), new(1, 8), new(5, 8), new(1, 8), new(1, 8), new(1, 8), new(1, 8),
        }));
    }

    [Test]
    public void ARateByStepThatNoRunCanHaveIsRefused()
    {
        Assert.That(() => LearningRate.LinearByStep(new Ratio(1, 10), null, 4, new Ratio(1, 1)),
            Throws.TypeOf<WageException>().With.Message.Contains("must leave some"));
        Assert.That(() => LearningRate.LinearByStep(new Ratio(1, 10), null, 0), Throws.TypeOf<WageException>());
        Assert.That(() => LearningRate.CosineByStep(new Ratio(20_000, 1), null, 1), Throws.TypeOf<WageException>());
        Assert.That(() => LearningRate.LinearByStep(new Ratio(1, 10), new Ratio(1, 1 << 21), 1), Throws.TypeOf<WageException>());
        var most = LearningRate.LinearByStep(new Ratio(1, 10), null, 4);
        Assert.That(() => most.Rates(LearningRate.MostSteps / 4), Throws.Nothing);
        Assert.That(() => most.Rates((LearningRate.MostSteps / 4) + 1), Throws.TypeOf<WageException>().With.Message.Contains("every step"));
    }

    private static double Value(Ratio ratio) => (double)ratio.Numerator / ratio.Denominator;
}
