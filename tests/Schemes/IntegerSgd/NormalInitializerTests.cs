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

    private static long[] Drawn(NormalInitializer initializer, int fanIn, int first, int count)
    {
        var weights = new long[count];
        initializer.Initialize(fanIn, Key, first, weights);
        return weights;
    }
}
