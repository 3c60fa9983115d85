using Wage.Numbers;

namespace Wage.Tests.Numbers;

[Parallelizable]
public sealed class QuantizedMultiplierTests
{
    private static readonly double TwoToMinus33 = Math.Pow(2, -33);

    private static IEnumerable<TestCaseData> Golden =>
    [
        new(0.011111111910680305, 1527099593, -6),
        new((double)0.05296124517917633f * 0.024093778803944588f / 0.11484327912330627f, 1527099593, -6),
        new(0.0111111119, 1527099591, -6),
        new(1.0 / 3, 1431655765, -1),
        new(0.75, 1610612736, 0),
        new(1.0, 1 << 30, 1),
        new(1 - TwoToMinus33, 1 << 30, 1),
        new(1.5, 1610612736, 1),
        new(2 * TwoToMinus33, 1 << 30, -31),
        new(TwoToMinus33, 0, 0),
        new(0.0, 0, 0),
        new(double.Epsilon, 0, 0),
        new(Math.Pow(2, 29) * 1.5, 1610612736, 30),
        new(Math.Pow(2, 30), int.MaxValue, 30),
        new(double.MaxValue, int.MaxValue, 30),
        new(.047f * (double).0079f / .12f, 1701036012, -8),
        new(.047f * (double).0123f / .12f, 1324224257, -7),
        new(.047f * (double).0031f / .12f, 1334990391, -9),
    ];

    [TestCaseSource(nameof(Golden))]
    public void ADoubleBecomesItsMultiplierAndShift(double d, int multiplier, int shift) =>
        Assert.That(Of(d), Is.EqualTo(new QuantizedMultiplier(multiplier, shift)));

    [Test]
    public void TheMultiplierIsTheNearest()
    {
        var random = new Random(3);
        for (var n = 0; n < 20_000; n++)
        {
            var d = (0.5 + random.NextDouble()) * Math.Pow(2, random.Next(-30, 29));
            var (multiplier, shift) = Of(d);
            if (multiplier < 1 << 30 || Math.Abs((multiplier * Math.Pow(2, shift - 31)) - d) > Math.Pow(2, shift - 32)) Assert.Fail($"{d:R}");
        }
    }

    [Test]
    public void WhatIsNoScaleIsRefused([Values(-1.0, double.NegativeZero, double.NaN, double.PositiveInfinity)] double d) =>
        Assert.That(() => Of(d), Throws.TypeOf<WageException>().With.Message.Contains("no scale"));

    private static QuantizedMultiplier Of(double d) => QuantizedMultiplier.OfDoubleBits(BitConverter.DoubleToUInt64Bits(d));
}
