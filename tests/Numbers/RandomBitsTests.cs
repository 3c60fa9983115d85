using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Tests.Numbers;

[Parallelizable]
public sealed class RandomBitsTests
{
    private static readonly RandomKey Key = new(0x0123456789ABCDEF, 0x00020003, 77);

    /// <summary>The known answers of philox4x32-10 published with Random123.</summary>
    [TestCase(0u, 0u, 0u, 0u, 0u, 0u, 0x6627E8D5u, 0xE169C58Du, 0xBC57AC4Cu, 0x9B00DBD8u)]
    [TestCase(~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408F276Du, 0x41C83B0Eu, 0xA20BC7C6u, 0x6D5451FDu)]
    [TestCase(0x243F6A88u, 0x85A308D3u, 0x13198A2Eu, 0x03707344u, 0xA4093822u, 0x299F31D0u, 0xD16CFE09u, 0x94FDCCEBu, 0x5001E420u, 0x24126EA1u)]
    public void PhiloxGivesItsPublishedVectors(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint x0, uint x1, uint x2, uint x3) =>
        Assert.That(RandomBits.Philox(c0, c1, c2, c3, k0, k1), Is.EqualTo((x0, x1, x2, x3)));

    [TestCase(0ul)]
    [TestCase(5ul)]
    [TestCase(0x1_0000_0007ul)]
    public void ABlockIsCountedByItsIndexItsStepAndItsStream(ulong block) => Assert.That(
        RandomBits.Block(Key, block),
        Is.EqualTo(RandomBits.Philox((uint)block, (uint)(block >> 32), 77, 0x00020003, 0x89ABCDEF, 0x01234567)));

    [Test]
    public void FourElementsOf32BitsAndTwoOf64ShareABlock()
    {
        for (var block = 0ul; block < 100; block++)
        {
            var (x0, x1, x2, x3) = RandomBits.Block(Key, block);
            uint[] words = [x0, x1, x2, x3];
            for (var i = 0ul; i < 4; i++) Assert.That(RandomBits.UInt32(Key, (block * 4) + i), Is.EqualTo(words[i]));
            Assert.That(RandomBits.UInt64(Key, block * 2), Is.EqualTo(((ulong)x1 << 32) | x0));
            Assert.That(RandomBits.UInt64(Key, (block * 2) + 1), Is.EqualTo(((ulong)x3 << 32) | x2));
        }
    }

    [Test]
    public void EveryPartOfTheKeyMatters()
    {
        RandomKey[] keys =
        [
            Key, Key with { Seed = Key.Seed + 1 }, Key with { Seed = Key.Seed ^ (1ul << 63) },
            Key with { Stream = 1 }, Key with { Step = 78 },
        ];
        Assert.That(keys.Select(key => RandomBits.UInt64(key, 9)), Is.Unique);
    }

    [Test]
    public void StreamsOfDifferentPurposesNeverMeet()
    {
        int[] indices = [0, 1, 65535];
        uint[] streams =
        [
            RandomStream.Order, RandomStream.Augmentation, .. indices.Select(RandomStream.Initialization), .. indices.Select(RandomStream.Gradient),
            .. indices.Select(RandomStream.Synthetic), .. indices.Select(RandomStream.Update),
            .. Enum.GetValues<TensorRole>().SelectMany(role => indices.Select(index => RandomStream.Rounding(role, index))),
        ];
        Assert.That(streams, Is.Unique);
    }

    [TestCase(-1)]
    [TestCase(65536)]
    public void AStreamIndexBeyond16BitsIsRefused(int index) =>
        Assert.That(() => RandomStream.Gradient(index), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [TestCase(1)]
    [TestCase(7)]
    [TestCase(1000)]
    [TestCase(int.MaxValue)]
    public void BelowIsTheHighPartOfTheProductWithTheBound(int bound)
    {
        for (var i = 0ul; i < 1000; i++)
            Assert.That(RandomBits.Below(Key, i, bound), Is.EqualTo((int)(((UInt128)RandomBits.UInt64(Key, i) * (uint)bound) >> 64)));
    }
}
