using System.Security.Cryptography;
using Wage.Data;

namespace Wage.Tests.Data;

[Parallelizable]
public sealed class SyntheticDigitsTests
{
    [Test]
    public void ASeedGivesTheseVeryPixels()
    {
        var data = SyntheticDigits.Create(2018, 100, 20);
        Assert.That(Hash(data.Train.Pixels), Is.EqualTo("b0fe33a9b319a285457a499fcfd660c56f4a06e999e8bd52c189cc790b792eeb"));
        Assert.That(Hash(data.Test.Pixels), Is.EqualTo("1162b8525ef406ac592b0c026668eeb47e7ba1a7d94489644828a8a273ce5fea"));
        Assert.That(Hash(data.Train.Labels), Is.EqualTo("1e1fe68c3cc4054953446a242265f1c196a824ecb70433e33a74b00012041779"));
    }

    [Test]
    public void ASmallerSetIsTheBeginningOfALargerOne()
    {
        var (small, large) = (SyntheticDigits.Create(7, 25, 12), SyntheticDigits.Create(7, 60, 40));
        Assert.That(large.Train.Take(25).Pixels, Is.EqualTo(small.Train.Pixels));
        Assert.That(large.Test.Take(12).Labels, Is.EqualTo(small.Test.Labels));
    }

    [Test]
    public void SeedsAndSplitsGiveDifferentImages()
    {
        var data = SyntheticDigits.Create(1, 10, 10);
        Assert.That(data.Train.Pixels, Is.Not.EqualTo(data.Test.Pixels));
        Assert.That(data.Train.Pixels, Is.Not.EqualTo(SyntheticDigits.Create(2, 10, 10).Train.Pixels));
    }

    [Test]
    public void EveryTenImagesHoldEachClassOnceInVaryingOrder()
    {
        var labels = SyntheticDigits.Create(3, 1000, 10).Train.Labels;
        var tens = labels.Chunk(10).ToArray();
        foreach (var ten in tens) Assert.That(ten.Order(), Is.EqualTo(new byte[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 }));
        Assert.That(tens.Select(ten => string.Join(',', ten)).Distinct().Count(), Is.GreaterThan(95));
    }

    [Test]
    public void StrokesAreLightOnABackgroundThatIsMostlyBlack()
    {
        var pixels = SyntheticDigits.Create(2018, 1000, 10).Train.Pixels;
        Assert.That(pixels.Count(p => p == 0), Is.GreaterThan(pixels.Length / 2));
        Assert.That(pixels.Chunk(784).All(image => image.Max() >= 128), Is.True);
    }

    [TestCase(0, 10), TestCase(10, -1), TestCase(1_000_001, 1)]
    public void ANumberOfImagesOutOfRangeIsRefused(int train, int test) =>
        Assert.That(Scratch.Refusal(() => SyntheticDigits.Create(1, train, test)), Does.Contain("must be from 1 to 1000000"));

    [Test]
    public void OnlyTheImagesThatAreTakenAreMade()
    {
        var (few, more) = (DatasetCatalog.LoadFirst("digits", null, 5, 3), DatasetCatalog.LoadFirst("digits", null, 25, 1));
        Assert.That((few.Train.Count, few.Test.Count, more.Train.Count, more.Test.Count), Is.EqualTo((5, 3, 25, 1)));
        Assert.That(few.Train.Pixels, Is.EqualTo(more.Train.Take(5).Pixels));
        Assert.That(few.Train.Labels, Is.EqualTo(more.Train.Take(5).Labels));
        Assert.That(few.Test.Take(1).Pixels, Is.EqualTo(more.Test.Pixels));
        Assert.That(few.Test.Take(1).Labels, Is.EqualTo(more.Test.Labels));
    }

    /// <summary>Softmax regression in float64 on the whole data set, whose steps get smaller: what a linear model can do here.</summary>
    [Test]
    public void ALinearModelStaysUnder95PercentButFarAboveChance()
    {
        var data = DatasetCatalog.Load("digits", null);
        var weights = new double[10][];
        for (var k = 0; k < 10; k++) weights[k] = new double[785];
        var inputs = Enumerable.Range(0, data.Train.Count).Select(i => Inputs(data.Train, i)).ToArray();
        var rate = 0.05;
        for (var epoch = 0; epoch < 8; epoch++, rate *= 0.7)
        {
            foreach (var i in EpochOrder.Create(1, epoch, data.Train.Count, shuffle: true))
                Fit(weights, inputs[i], data.Train.Labels[i], rate);
        }

        var right = Enumerable.Range(0, data.Test.Count).Count(i => Best(Scores(weights, Inputs(data.Test, i))) == data.Test.Labels[i]);
        TestContext.Out.WriteLine($"linear: {right} of {data.Test.Count} right");
        Assert.That(right * 100, Is.InRange(80 * data.Test.Count, 95 * data.Test.Count));
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>The pixels that are not black, with their positions, and a constant.</summary>
    private static (int At, double Value)[] Inputs(ImageSet set, int image)
    {
        var inputs = new List<(int, double)>(300) { (784, 1) };
        for (var p = 0; p < 784; p++)
        {
            if (set.Pixels[(image * 784) + p] is var pixel and > 0) inputs.Add((p, pixel / 255.0));
        }

        return [.. inputs];
    }

    private static double[] Scores(double[][] weights, (int At, double Value)[] inputs)
    {
        var scores = new double[10];
        for (var k = 0; k < 10; k++)
        {
            var row = weights[k];
            foreach (var (at, value) in inputs) scores[k] += row[at] * value;
        }

        return scores;
    }

    private static void Fit(double[][] weights, (int At, double Value)[] inputs, int label, double rate)
    {
        var scores = Scores(weights, inputs);
        var most = scores.Max();
        var powers = scores.Select(s => Math.Exp(s - most)).ToArray();
        var sum = powers.Sum();
        for (var k = 0; k < 10; k++)
        {
            var step = rate * ((powers[k] / sum) - (k == label ? 1 : 0));
            var row = weights[k];
            foreach (var (at, value) in inputs) row[at] -= step * value;
        }
    }

    private static int Best(double[] scores) => Array.IndexOf(scores, scores.Max());
}
