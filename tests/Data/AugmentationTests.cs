using Wage.Data;
using Wage.Numbers;

namespace Wage.Tests.Data;

[Parallelizable]
public sealed class AugmentationTests
{
    private static readonly RandomKey Key = new(2018, RandomStream.Augmentation, 3);

    [Test]
    public void DrawsAreTheStatedBitsOfTheGenerator()
    {
        for (ulong position = 0; position < 1000; position++)
        {
            var u = RandomBits.UInt64(Key, position);
            var dy = (int)((UInt128)(u & 0xFFFFFFFF) * 9 >> 32) - 4;
            var dx = (int)((UInt128)((u >> 32) & 0x7FFFFFFF) * 9 >> 31) - 4;
            Assert.That(Augmentation.Cifar.Draw(Key, position), Is.EqualTo((dy, dx, u >> 63 == 1)));
        }
    }

    [Test]
    public void EveryShiftAndFlipOccursAndNoOther()
    {
        var seen = new HashSet<(int, int, bool)>();
        for (ulong position = 0; position < 5000; position++) seen.Add(Augmentation.Cifar.Draw(Key, position));
        Assert.That(seen, Has.Count.EqualTo(9 * 9 * 2));
        Assert.That(seen.All(d => Math.Abs(d.Item1) <= 4 && Math.Abs(d.Item2) <= 4));
    }

    [Test]
    public void NoneNeverMovesAnImage()
    {
        for (ulong position = 0; position < 1000; position++) Assert.That(Augmentation.None.Draw(Key, position), Is.EqualTo((0, 0, false)));
    }

    [Test]
    public void TheGreatestPadStaysInRange()
    {
        var wide = new Augmentation(64, false);
        for (ulong position = 0; position < 1000; position++)
        {
            var (dy, dx, flip) = wide.Draw(Key, position);
            Assert.That((Math.Abs(dy) <= 64, Math.Abs(dx) <= 64, flip), Is.EqualTo((true, true, false)));
        }
    }

    [TestCase(-1), TestCase(65)]
    public void APadOutOfRangeIsRefused(int pad) =>
        Assert.That(
            Scratch.Refusal(() => _ = new Augmentation(pad, true)),
            Is.EqualTo($"augmentation.pad: is {pad}, but must be from 0 to 64 pixels."));
}
