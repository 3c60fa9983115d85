using Wage.Numbers;

namespace Wage.Tests.Numbers;

[Parallelizable]
public sealed class SignedCodesTests
{
    [Test]
    public void EveryByteUnpacksToTheValuesThatPackToIt([Values(1, 2, 4)] int bits)
    {
        for (var packed = 0; packed < 256; packed++)
        {
            var values = new sbyte[8 / bits];
            SignedCodes.Unpack([(byte)packed], bits, values);
            Assert.That(SignedCodes.Pack(values, bits), Is.EqualTo(new[] { (byte)packed }));
            Assert.That(SignedCodes.Fewest(values).Bits, Is.LessThanOrEqualTo(bits));
        }
    }

    [TestCase(1, 0, -1, 1)]
    [TestCase(1, 6, -64, 64)]
    [TestCase(2, 0, -1, 0, 1)]
    [TestCase(2, 6, -64, 0, 64)]
    [TestCase(2, 0, 0, 0)]
    [TestCase(2, 0, -2, 1)]
    [TestCase(4, 0, -8, 7)]
    [TestCase(4, 4, -128, 112)]
    [TestCase(8, 0, 9, 2)]
    [TestCase(8, 0, -128, 127)]
    public void TheFewestBitsHoldEveryValue(int bits, int shift, params int[] values)
    {
        sbyte[] all = [.. values.Select(value => (sbyte)value)];
        Assert.That(SignedCodes.Fewest(all), Is.EqualTo((bits, shift)));
        var back = new sbyte[all.Length];
        SignedCodes.Unpack(SignedCodes.Pack(all, bits, shift), bits, back, shift);
        Assert.That(back, Is.EqualTo(all));
    }

    [Test]
    public void ValuesLieFromTheLowestBitsOn()
    {
        Assert.That(SignedCodes.Pack([1, -1, 1, 1, -1, -1, -1, 1, 1], 1), Is.EqualTo(new byte[] { 0b1000_1101, 1 }));
        Assert.That(SignedCodes.Pack([1, -1, 0, -2, 1], 2), Is.EqualTo(new byte[] { 0b10_00_11_01, 1 }));
        Assert.That(SignedCodes.Pack([7, -8, -1], 4), Is.EqualTo(new byte[] { 0x87, 0x0F }));
    }
}
