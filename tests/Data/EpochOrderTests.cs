using FsCheck;
using FsCheck.Fluent;
using MathNet.Numerics.Distributions;
using Wage.Data;

namespace Wage.Tests.Data;

[Parallelizable]
public sealed class EpochOrderTests
{
    [Test]
    public void AnOrderIsAPermutationAndDependsOnSeedAndEpochAlone() =>
        Prop.ForAll<ulong, byte, ushort>((seed, epoch, size) =>
        {
            var count = size % 1000;
            var order = EpochOrder.Create(seed, epoch, count, shuffle: true);
            return order.Order().SequenceEqual(Enumerable.Range(0, count))
                && order.SequenceEqual(EpochOrder.Create(seed, epoch, count, shuffle: true))
                && (count < 100 || !order.SequenceEqual(EpochOrder.Create(seed, epoch + 1, count, shuffle: true)))
                && (count < 100 || !order.SequenceEqual(EpochOrder.Create(seed + 1, epoch, count, shuffle: true)));
        }).Check(Config.QuickThrowOnFailure.WithReplay(2018, 1));

    [Test]
    public void WithoutShufflingTheOrderIsTheFiles() =>
        Assert.That(EpochOrder.Create(1, 5, 4, shuffle: false), Is.EqualTo(new[] { 0, 1, 2, 3 }));

    [Test]
    public void NoImageAndOneImageHaveAnOrder()
    {
        Assert.That(EpochOrder.Create(1, 0, 0, shuffle: true), Is.Empty);
        Assert.That(EpochOrder.Create(1, 0, 1, shuffle: true), Is.EqualTo(new[] { 0 }));
    }

    /// <summary>Chi-square with count - 1 degrees of freedom at the level 0.001; the seed is fixed, so the result is too.</summary>
    [TestCase(0), TestCase(7), TestCase(19)]
    public void EveryImageComesEquallyOftenToAPosition(int position)
    {
        const int count = 20, epochs = 20_000;
        var seen = new int[count];
        for (var epoch = 0; epoch < epochs; epoch++) seen[EpochOrder.Create(2018, epoch, count, shuffle: true)[position]]++;
        Assert.That(ChiSquare(seen, epochs / count), Is.LessThan(ChiSquared.InvCDF(count - 1, 0.999)));
    }

    [Test]
    public void TheChiSquareTestCatchesABiasOfATenth()
    {
        int[] biased = [1100, .. Enumerable.Repeat(1000, 18), 900];
        Assert.That(ChiSquare(biased, 1000), Is.LessThan(ChiSquared.InvCDF(19, 0.999)), "one count in twenty may be off by a tenth");
        int[] half = [.. Enumerable.Repeat(1100, 10), .. Enumerable.Repeat(900, 10)];
        Assert.That(ChiSquare(half, 1000), Is.GreaterThan(ChiSquared.InvCDF(19, 0.999)));
    }

    private static double ChiSquare(int[] seen, int expected) => seen.Sum(n => (double)(n - expected) * (n - expected) / expected);
}
