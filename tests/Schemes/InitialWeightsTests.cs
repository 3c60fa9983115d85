using MathNet.Numerics.Distributions;
using Wage.Numbers;
using Wage.Schemes;

namespace Wage.Tests.Schemes;

[Parallelizable]
public sealed class InitialWeightsTests
{
    private const int Count = 60_000;

    [TestCase(25)]
    [TestCase(1152)]
    public void TheProgramStartsWithThreeEquallyLikelyWeights(int fanIn)
    {
        var weights = Initial(new WageOptions(), fanIn);
        var counts = weights.CountBy(w => w).ToDictionary();
        Assert.That(counts.Keys, Is.EquivalentTo(new[] { -64L, 0, 64 }));
        AssertUniform([.. counts.Values]);
    }

    /// <summary>
    /// sqrt(6 / 1152) is less than 3/4, so L' = 3/4 = 96 units of 2^-7:
    /// every integer inside is equally likely, the two ends half as much.
    /// </summary>
    [Test]
    public void ThePaperStartsUniformlyOnTheGrid()
    {
        var counts = Initial(WageOptions.Paper, 1152).CountBy(w => w).ToDictionary();
        Assert.That((counts.Keys.Min(), counts.Keys.Max(), counts.Count), Is.EqualTo((-96L, 96L, 193)));
        AssertUniform([.. Enumerable.Range(-95, 191).Select(w => counts[w]), counts[-96] + counts[96]]);
    }

    [Test]
    public void NoWeightPassesTheLimitOfItsLayer()
    {
        for (var fanIn = 1; fanIn < 200; fanIn += 3)
        {
            var options = WageOptions.Paper with { Bits = new BitWidths(3, 8, 14, 8) };
            var scale = new WageScale(options);
            var limit = Math.Max(Math.Sqrt(6.0 / fanIn), 1.5 / 4);
            Assert.That(scale.InitialLimit(fanIn), Is.EqualTo((long)Math.Floor(limit * (1 << 30))));
            var most = Math.Min(Math.Round(limit * 8192, MidpointRounding.AwayFromZero), 8191);
            Assert.That(Initial(options, fanIn, 500), Has.All.InRange((long)-most, (long)most));
        }
    }

    [Test]
    public void StoredWeightsStayInsideTheirClipAndOnTheirGrid(
        [Values(2, 3, 8)] int w, [Values(9, 16)] int g, [Values] InitialGrid grid, [Values] StoredClip clip)
    {
        var weights = Initial(new WageOptions { Bits = new BitWidths(w, 8, g, 8), InitialWeights = grid, StoredClip = clip }, 2, 2000);
        var limit = clip == StoredClip.WeightGrid ? BitWidths.Limit(w) << (g - w) : BitWidths.Limit(g);
        Assert.That(weights, Has.All.InRange((long)-limit, (long)limit));
        if (grid == InitialGrid.WeightGrid) Assert.That(weights.Select(x => x % (1L << (g - w))), Is.All.Zero);
        else Assert.That(weights.Select(x => x % (1L << (g - w))), Is.Not.All.Zero);
    }

    [Test]
    public void WeightsDependOnTheSeedAndOnNothingElse()
    {
        var weights = Initial(new WageOptions(), 30, 400);
        Assert.That(Initial(new WageOptions(), 30, 400), Is.EqualTo(weights));
        Assert.That(Initial(new WageOptions(), 30, 400, seed: 8), Is.Not.EqualTo(weights));
        Assert.That(Initial(new WageOptions(), 30, 100), Is.EqualTo(weights.Take(100)), "element i is a function of i");
    }

    private static long[] Initial(WageOptions options, int fanIn, int count = Count, ulong seed = 7)
    {
        var weights = new long[count];
        options.ToScheme().Initializer.Initialize(fanIn, new RandomKey(seed, RandomStream.Initialization(0), 0), 0, weights);
        return weights;
    }

    /// <summary>Pearson's chi-square at the level 0.001.</summary>
    private static void AssertUniform(int[] counts)
    {
        var expected = (double)counts.Sum() / counts.Length;
        var chiSquare = counts.Sum(n => (n - expected) * (n - expected) / expected);
        var freedom = counts.Length - 1;
        Assert.That(
            1 - ChiSquared.CDF(freedom, chiSquare), Is.GreaterThan(0.001), $"chi-square {chiSquare} with {freedom} degrees of freedom");
    }
}
