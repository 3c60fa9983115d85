using Wage.Numbers;

namespace Wage.Tests.Numbers;

[Parallelizable]
public sealed class CodeRangeTests
{
    private static readonly CodeRange Unsigned = new(0, 255), Signed = new(-128, 127);

    [Test]
    public void AReluOfSixIsAClampOfTheCode() => Assert.Multiple(() =>
    {
        Assert.That(Unsigned.Within(Exactly(.12f), 7, 0, 6), Is.EqualTo(new CodeRange(7, 57)));
        Assert.That(Unsigned.Within(new Ratio(6, 255), 0, 0, 6), Is.EqualTo(Unsigned));
        Assert.That(Signed.Within(new Ratio(6, 255), -128, 0, 6), Is.EqualTo(Signed));
        Assert.That(Signed.Within(Exactly(.05f), -100, 0, 6), Is.EqualTo(new CodeRange(-100, 20)));
    });

    [Test]
    public void OtherBoundsAreHalvesAwayFromZero() => Assert.Multiple(() =>
    {
        Assert.That(Signed.Within(new Ratio(2, 5), 3, -1, 1), Is.EqualTo(new CodeRange(0, 6)), "2.5 steps on both sides of 3");
        Assert.That(Signed.Within(new Ratio(2, 5), 3, 0, null), Is.EqualTo(new CodeRange(3, 127)), "a ReLU");
        Assert.That(Signed.Within(new Ratio(1, 1000), 0, -1, 1), Is.EqualTo(Signed), "beyond all codes");
        Assert.That(Signed.Within(new Ratio(2, 5), 3, null, null), Is.EqualTo(Signed));
    });

    private static Ratio Exactly(float scale)
    {
        var bits = BitConverter.SingleToInt32Bits(scale);
        return new((bits & 0x7FFFFF) | 0x800000, 1L << (150 - (bits >> 23)));
    }
}
