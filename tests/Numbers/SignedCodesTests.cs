using Wage.Numbers;

namespace Wage.Tests.Numbers;

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
            Assert.That(SignedCodes.FewestBits(values), Is.LessThanOrEqualTo(bits));
        }
    }

    [TestCase(1, -1, 1)]
    [TestCase(2, -1, 0, 1)]
    [TestCase(2, -2)]
    [TestCase(4, 2)]
    [TestCase(4, -8, 7)]
    [TestCase(8, 8)]
    [TestCase(8, -9)]
    [TestCase(8, -128, 127)]
    public void TheFewestBitsHoldEveryValue(int bits, params int[] values) =>
        Assert.That(SignedCodes.FewestBits([.. values.Select(value => (sbyte)value)]), Is.EqualTo(bits));

    [Test]
    public void ValuesLieFromTheLowestBitsOn()
    {
        Assert.That(SignedCodes.Pack([1, -1, 1, 1, -1, -1, -1, 1, 1], 1), Is.EqualTo(new byte[] { 0b1000_1101, 1 }));
        Assert.That(SignedCodes.Pack([1, -1, 0, -2, 1], 2), Is.EqualTo(new byte[] { 0b10_00_11_01, 1 }));
        Assert.That(SignedCodes.Pack([7, -8, -1], 4), Is.EqualTo(new byte[] { 0x87, 0x0F }));
    }
}
