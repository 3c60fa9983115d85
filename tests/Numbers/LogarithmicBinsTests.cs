using Wage.Numbers;
using Wage.SelfTest;
using Wage.Tensors;

namespace Wage.Tests.Numbers;

[Parallelizable]
public sealed class LogarithmicBinsTests
{
    private static readonly ElementType[] Signed = [ElementType.Int8, ElementType.Int16, ElementType.Int32, ElementType.Int64];

    [Test]
    public void EveryValueLiesWithinTheBoundsOfItsBin([Range(0, 8)] int precision)
    {
        foreach (var value in Values())
        {
            var bin = LogarithmicBins.Bin(value, precision);
            var (least, greatest) = LogarithmicBins.Bounds(bin, precision);
            var magnitude = value < 0 ? 0 - (ulong)value : (ulong)value;
            var isInside = magnitude >= least && magnitude <= greatest && Math.Sign(bin) == Math.Sign(value);
            Assert.That(isInside, $"{value} in bin {bin}: {least} to {greatest}");
        }
    }

    [Test]
    public void BinsFollowEachOtherWithoutGapOrOverlapAndDivideEveryOctaveAlike([Values(0, 2, 6)] int precision)
    {
        var next = 0UL;
        for (var bin = 0; bin <= LogarithmicBins.Of(ElementType.Int32, precision).Most; bin++)
        {
            var (least, greatest) = LogarithmicBins.Bounds(bin, precision);
            Assert.That(least, Is.EqualTo(next));
            next = greatest + 1;
        }

        for (var octave = precision; octave < 31; octave++)
        {
            var bins = LogarithmicBins.Bin((2L << octave) - 1, precision) - LogarithmicBins.Bin(1L << octave, precision) + 1;
            Assert.That(bins, Is.EqualTo(1 << precision));
        }
    }

    [Test]
    public void TheBinsOfATypeHoldItsEnds([ValueSource(nameof(Signed))] ElementType type)
    {
        var bins = LogarithmicBins.For(type);
        Assert.That(LogarithmicBins.Bin(-type.Maximum() - 1, bins.Precision), Is.EqualTo(-bins.Most));
        Assert.That(LogarithmicBins.Bin(type.Maximum(), bins.Precision), Is.LessThan(bins.Most).And.GreaterThanOrEqualTo(bins.Most - 1));
    }

    [Test]
    public void ABytesBinIsItsValue() =>
        Assert.That(Enumerable.Range(-128, 256).Select(v => LogarithmicBins.Bin(v, 6)), Is.EqualTo(Enumerable.Range(-128, 256)));

    private static IEnumerable<long> Values() =>
    [
        .. Enumerable.Range(-70_000, 140_001).Select(v => (long)v), long.MinValue, long.MinValue + 1, long.MaxValue,
        .. Enumerable.Range(17, 46).SelectMany(e => (long[])[1L << e, (1L << e) - 1, -(1L << e), -(1L << e) - 1]),
        .. new Draw(1).Many(1000, -(1L << 61), 1L << 61),
    ];
}
