using Wage.Numbers;

namespace Wage.Tests.Numbers;

[Parallelizable]
public sealed class BitPackingTests
{
    [Test]
    public void CodesLieFromTheLowestBitOn()
    {
        var packed = new byte[2];
        BitPacking.Pack([1, 2, 7, 5], 3, packed);
        Assert.That(packed, Is.EqualTo(new byte[] { 0b11_010_001, 0b0000_101_1 }));
    }

    [Test]
    public void EveryCodeOfEveryWidthComesBackFromEveryPlace([Range(1, 8)] int bits)
    {
        for (var length = 0; length < 20; length++)
        {
            for (var code = 0; code < 1 << bits; code++)
            {
                byte[] codes = [.. Enumerable.Range(0, length).Select(i => (byte)((code + (i * 37)) & ((1 << bits) - 1)))];
                var (packed, back) = (new byte[BitPacking.Bytes(length, bits)], new byte[length]);
                BitPacking.Pack(codes, bits, packed);
                BitPacking.Unpack(packed, bits, back);
                Assert.That(back, Is.EqualTo(codes));
            }
        }
    }
}
