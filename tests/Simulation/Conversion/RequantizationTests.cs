using Wage.Numbers;
using Wage.Quantization;
using Wage.Simulation.Conversion;
using Wage.Tests.Data;

namespace Wage.Tests.Simulation.Conversion;

/// <summary>The integers that scales become, against golden ones.</summary>
[Parallelizable]
public sealed class RequantizationTests
{
    private static readonly float[] Weights = [.0079f, .0123f, .0031f];

    [Test]
    public void TheMultipliersOfAProductAreTheGoldenOnes()
    {
        Assert.That(
            Weights.Select(scale => Requantization.OfProduct(.047f, scale, .12f)),
            Is.EqualTo(new QuantizedMultiplier[] { new(1701036012, -8), new(1324224257, -7), new(1334990391, -9) }));
        Assert.That(
            Requantization.OfProduct(0.05296124517917633f, 0.024093778803944588f, 0.11484327912330627f),
            Is.EqualTo(new QuantizedMultiplier(1527099593, -6)));
    }

    [Test]
    public void TheMultipliersOfASumAreTheGoldenOnes()
    {
        AffineGrid Grid(float scale, int unsignedZeroPoint) => new(scale, unsignedZeroPoint - 128, new(-128, 127));
        var sum = Requantization.OfSum(Grid(.1f, 10), Grid(.037f, 128), Grid(.15f, 64), new(-128, 127), MultiplierRounding.Single);
        Assert.That(sum, Is.EqualTo(new AffineSum(
            new(new(1073741824, 0), -118), new(new(1589137896, -2), 0), new(1431655730, -19), -64, -128, 127, MultiplierRounding.Single)));
        var twice = sum with { Rounding = MultiplierRounding.Double };
        Assert.That((sum.Of(17 - 128, 103 - 128), twice.Of(17 - 128, 103 - 128)), Is.EqualTo((63L - 128, 62L - 128)));
    }

    [Test]
    public void ScoresGetTheUnitOfTheGreatestScale() => Assert.That(
        Requantization.OfScores([.25f, 1, .5f]), Is.EqualTo(new QuantizedMultiplier[] { new(1 << 30, -1), new(1 << 30, 1), new(1 << 30, 0) }));

    [Test]
    public void BiasesAreCodesOfTheAccumulatorsUnitAndThoseThatDoNotFitAreCounted()
    {
        var (codes, clamped) = Requantization.OfBias([1.25f, -1.25f, 1e9f, -3], .5f, [1, 1, .25f, .125f], 1000);
        Assert.That((codes, clamped), Is.EqualTo((new[] { 3, -3, 1000, -48 }, 1)), "halves away from zero");
        Assert.That(Requantization.OfBias([2, 3], 1, [.5f], int.MaxValue).Codes, Is.EqualTo(new[] { 4, 6 }), "one scale for all");
    }

    [Test]
    public void WeightsHaveAGridTogetherOrOneAFilter()
    {
        float[] w = [.5f, -1, .25f, .125f, 0, -.03125f];
        var (one, each) = (WeightCodes.Symmetric("conv1", w, 2, 8, false), WeightCodes.Symmetric("conv1", w, 2, 8, true));
        Assert.That(one.Scales, Is.EqualTo(new[] { (float)(1 / 127.0) }));
        Assert.That(one.Codes, Is.EqualTo(new sbyte[] { 64, -127, 32, 16, 0, -4 }));
        Assert.That(each.Scales, Is.EqualTo(new[] { (float)(1 / 127.0), (float)(.125 / 127) }));
        Assert.That(each.Codes, Is.EqualTo(new sbyte[] { 64, -127, 32, 127, 0, -32 }));
        var asymmetric = WeightCodes.Asymmetric("conv1", w, 2, 8, true);
        Assert.That(asymmetric.Grids.Select(grid => grid.Codes.Low), Is.All.EqualTo(-127));
        Assert.That(asymmetric.Codes[1], Is.EqualTo(-127));
        Assert.That(Scratch.Refusal(() => WeightCodes.Symmetric("conv1", [1, float.NaN], 1, 8, true)), Does.StartWith("conv1: "));
    }
}
