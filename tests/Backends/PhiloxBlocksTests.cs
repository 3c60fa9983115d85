using Wage.Backends.Host;
using Wage.Numbers;

namespace Wage.Tests.Backends;

[Parallelizable]
public sealed unsafe class PhiloxBlocksTests
{
    [Test]
    public void EveryLengthHasTheWordsOfTheGenerator([Values(1, 32, 33, 64, 96, 131, 260)] int count, [Values(0U, 5U, (1U << 30) + 1)] uint first)
    {
        var (key, words) = (new RandomKey(0xFEDCBA9876543210, 11, 7), new uint[count + PhiloxBlocks.Words]);
        fixed (uint* to = words) PhiloxBlocks.Fill(key, first, to, count);
        var expected = Enumerable.Range(0, count).Select(i => RandomBits.UInt32(key, (4UL * first) + (ulong)i));
        Assert.That(words[..count], Is.EqualTo(expected));
    }
}
