using System.Numerics;
using Wage.Numbers;
using Wage.Schemes;

namespace Wage.Tests.Schemes;

[Parallelizable]
internal sealed class NormalInitializerTests
{
    private static readonly RandomKey Key = new(3, RandomStream.Initialization(2), 0);

    [Test]
    public void AWeightIsTheSumOfTwelveUniformNumbersTimesTheDeviation()
    {
        var weights = Drawn(NormalInitializer.Scores, 64, 0, 5);
        for (var i = 0; i < weights.Length; i++)
        {
            var sum = Enumerable.Range(0, 12).Sum(j => (long)(ushort)(RandomBits.UInt64(Key, (ulong)((3 * i) + (j / 4))) >> (16 * (j % 4))));
            Assert.That(weights[i], Is.EqualTo((long)Math.Floor(((sum - 393_210) * Math.ScaleB(1, 21 - 16)) + 0.5)), $"{i}: sd is 1/8");
        }
    }

    [Test]
    public void APartOfTheWeightsIsDrawnAsAllOfThemAre()
    {
        var whole = Drawn(NormalInitializer.Rectified, 27, 0, 40);
        Assert.That(Drawn(NormalInitializer.Rectified, 27, 13, 9), Is.EqualTo(whole[13..22]));
        Assert.That(Drawn(NormalInitializer.Rectified, 27, 13, 9), Is.Not.EqualTo(whole[..9]));
    }

    [TestCase(9)]
    [TestCase(27)]
    [TestCase(576)]
    public void TheyHaveTheMeanAndTheVarianceOfHeEtAl(int fanIn)
    {
        var weights = Array.ConvertAll(Drawn(NormalInitializer.Rectified, fanIn, 0, 20_000), w => Math.ScaleB(w, -NormalInitializer.FractionBits));
        var (mean, deviation) = (weights.Average(), Math.Sqrt(2.0 / fanIn));
        Assert.That(mean / deviation, Is.EqualTo(0).Within(0.03));
        Assert.That(Math.Sqrt(weights.Average(w => w * w)) / deviation, Is.EqualTo(1).Within(0.02));
        Assert.That(weights.Count(w => Math.Abs(w) < deviation) / 20_000.0, Is.EqualTo(0.68).Within(0.015), "a normal distribution's share");
    }

    /// <summary>Fixup: L^(-1/(2m - 2)), the root exact; L = 4 and m = 2 is a half, L = 81 and m = 3 a third.</summary>
    [TestCase(1, 2, 1.0)]
    [TestCase(4, 2, 0.5)]
    [TestCase(9, 2, 1 / 3.0)]
    [TestCase(81, 3, 1 / 3.0)]
    [TestCase(3, 1, 0.57735026919)]
    public void FixupBeginsNarrower(int residuals, int products, double factor)
    {
        var deviation = new FixupStart(residuals, products, false).Deviation((BigInteger)2 << 48, 8);
        Assert.That((long)deviation, Is.EqualTo((long)Math.Floor((factor * (1 << 23)) + 1e-6)));
        Assert.That(Drawn(NormalInitializer.Of(new FixupStart(4, 2, false)), 2, 0, 9), Is.EqualTo(Drawn(NormalInitializer.Rectified, 8, 0, 9)));
        Assert.That(Drawn(NormalInitializer.Of(FixupStart.Zeros), 8, 0, 9), Is.All.Zero);
    }

    [Test]
    public void ARootIsTheGreatestWholeNumberBelowIt([Values(1, 2, 3, 6)] int degree)
    {
        foreach (var x in (BigInteger[])[0, 1, 2, 63, 64, 65, BigInteger.Pow(1000, degree) - 1, BigInteger.Pow(1000, degree), BigInteger.One << 200])
        {
            var root = IntegerMath.Root(x, degree);
            Assert.That(BigInteger.Pow(root, degree) <= x && x < BigInteger.Pow(root + 1, degree), $"{x}");
        }
    }

    private static long[] Drawn(NormalInitializer initializer, int fanIn, int first, int count)
    {
        var weights = new long[count];
        initializer.Initialize(fanIn, Key, first, weights);
        return weights;
    }
}
