using Wage.Numbers;

namespace Wage.Tests.Numbers;

[Parallelizable]
public sealed class BitWidthsTests
{
    [Test]
    public void EveryCombinationIsTakenOrRefusedByTheRules()
    {
        for (var w = 0; w <= 10; w++)
        {
            foreach (var a in (int[])[1, 2, 5, 8, 9])
            {
                for (var g = 0; g <= 18; g++)
                {
                    foreach (var e in (int[])[1, 2, 8, 16, 17])
                    {
                        var allowed = w is >= 2 and <= 8 && a is >= 2 and <= 8 && g is >= 2 and <= 16 && e is >= 2 and <= 16 && g > w;
                        if (allowed) Assert.That(new BitWidths(w, a, g, e).ToString(), Is.EqualTo($"{w}-{a}-{g}-{e}"));
                        else Assert.That(() => new BitWidths(w, a, g, e), Throws.TypeOf<WageException>());
                    }
                }
            }
        }
    }

    [TestCase(8, 8)]
    [TestCase(8, 7)]
    [TestCase(2, 2)]
    public void StoringNoMoreBitsThanAreUsedIsRefusedWithTheReason(int w, int g)
    {
        var error = Assert.Throws<WageException>(() => _ = new BitWidths(w, 8, g, 8));
        Assert.That(
            error!.Message,
            Does.Contain($"kG: is {g} with kW = {w}").And.Contain("training diverges")
                .And.Contain($"HINT: set kG to at least {w + 1}").And.Not.Contain("\n"));
    }

    [Test]
    public void ARefusedWidthIsNamedWithItsValueAndRange()
    {
        var error = Assert.Throws<WageException>(() => _ = new BitWidths(2, 9, 8, 8));
        Assert.That(error!.Message, Is.EqualTo("kA: is 9, but must be from 2 to 8 bits."));
    }

    [TestCase(2, 1)]
    [TestCase(8, 127)]
    [TestCase(16, 32767)]
    public void TheLimitIsTheGreatestIntegerOfTheBits(int bits, int limit) => Assert.That(BitWidths.Limit(bits), Is.EqualTo(limit));
}
