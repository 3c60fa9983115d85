using Wage.Numbers;
using Wage.Simulation.Calibration;
using Wage.Simulation.Conversion;

namespace Wage.Tests.Simulation.Calibration;

/// <summary>The methods of calibration, on values that are counted by hand.</summary>
[Parallelizable]
public sealed class RangeSearchTests
{
    [Test]
    public void BinsBeginAtZeroAndZerosAreCountedByThemselves()
    {
        var values = new ValueHistogram(-2048, 1024);
        values.Add([0, 0.25f, 1, 1.5f, -0.25f, -1, -2048, 1024]);
        Assert.That(values.Width, Is.EqualTo(1));
        Assert.That((values[0], values[1], values[-1], values[-2], values[-2048], values[1024]), Is.EqualTo((1L, 2L, 2L, 0L, 1L, 1L)));
        Assert.That((values.Count, values.First, values.Last), Is.EqualTo((8L, -2048, 1025)));
        Assert.That((values.Border(-3000), values.Border(7), values.Border(2048)), Is.EqualTo((-2048f, 7f, 1024f)));
    }

    [Test]
    public void APercentileLeavesTheGivenShareOutAtEachEnd()
    {
        var values = new ValueHistogram(-8, 100);
        values.Add([100, 90, .. Enumerable.Repeat(1f, 195), -8, -7, -0.5f]);
        Assert.That(Percentile("100"), Is.EqualTo((-8f, 100f)));
        Assert.That(Percentile("99.5"), Is.EqualTo((Above(-7), Above(90))), "one of 200 at each end");
        Assert.That(Percentile("99"), Is.EqualTo((Above(-0.5), Above(1))), "two");
        Assert.That(Percentile("98.5"), Is.EqualTo((0f, Above(1))), "three: no value below 0 is left, and 0 stays in the range");

        (float Least, float Greatest) Percentile(string share) => RangeSearch.Percentile(values, Ratio.TryParse(share, out var p) ? p : default);
        float Above(double value) => (float)((value < 0 ? Math.Floor(value / values.Width) : Math.Floor(value / values.Width) + 1) * values.Width);
    }

    [TestCase(2), TestCase(4), TestCase(8)]
    public void NoEndOfTheSquaredErrorsRangeMovesToASmallerError(int bits)
    {
        foreach (var isSigned in new[] { false, true })
        {
            var (values, drawn) = Draw(isSigned);
            var (least, greatest) = RangeSearch.SquaredError(values, "t", bits);
            Assert.That(least, isSigned ? Is.LessThan(0) : Is.Zero);
            var error = Error(least, greatest);
            for (var edge = 16; edge <= ValueHistogram.Half; edge += 16)
            {
                Assert.That(Error(least, values.Border(edge)), Is.GreaterThanOrEqualTo(error * (1 - 1e-9)));
                if (isSigned) Assert.That(Error(values.Border(-edge), greatest), Is.GreaterThanOrEqualTo(error * (1 - 1e-9)));
            }

            if (bits == 2) Assert.That(greatest, Is.LessThan(0.6f * values.Greatest), "few codes are spent on many values");

            double Error(float from, float to)
            {
                var grid = AffineGrid.Of("t", from, to, bits);
                return drawn.GroupBy(x => Math.Floor(x / values.Width)).Sum(bin => bin.Key == 0 && bin.All(x => x == 0) ? 0
                    : bin.Count() * Math.Pow(((bin.Key + 0.5) * values.Width) - grid.Value(grid.Code((bin.Key + 0.5) * values.Width)), 2));
            }
        }
    }

    [TestCase(4), TestCase(8)]
    public void EntropyTakesTheClipOfTheLeastDivergence(int bits)
    {
        foreach (var isSigned in new[] { false, true })
        {
            var (values, _) = Draw(isSigned);
            var expected = Enumerable.Range(0, ValueHistogram.Half / 8).Select(step => ValueHistogram.Half - (8 * step))
                .Where(edge => Math.Min(edge, values.Last) - Math.Max(-edge, values.First) >= 1 << bits)
                .MinBy(edge => Math.Round(Divergence(values, Math.Max(-edge, values.First), Math.Min(edge, values.Last), 1 << bits), 9));
            var (least, greatest) = RangeSearch.Entropy(values, bits);
            Assert.That((least, greatest), Is.EqualTo((values.Border(-expected), values.Border(expected))));
            Assert.That(greatest, Is.LessThan(values.Greatest));
        }
    }

    [Test]
    public void ATensorOfZerosHasTheRangeOfZero()
    {
        var values = new ValueHistogram(0, 0);
        values.Add(new float[100]);
        Assert.That(RangeSearch.Percentile(values, new Ratio(99, 1)), Is.EqualTo((0f, 0f)));
        Assert.That(RangeSearch.SquaredError(values, "t", 8), Is.EqualTo((0f, 0f)));
        Assert.That(RangeSearch.Entropy(values, 8), Is.EqualTo((0f, 0f)));
    }

    [Test]
    public void APercentageIsFrom50To100()
    {
        Assert.That(() => new CalibrationOptions(CalibrationMethod.Percentile) { Percentile = new Ratio(101, 1) },
            Throws.TypeOf<WageException>().With.Message.StartsWith("percentile: is 101, but must be from 50 to 100."));
        Assert.That(() => new CalibrationOptions(CalibrationMethod.Percentile) { Percentile = new Ratio(49, 1) }, Throws.TypeOf<WageException>());
    }

    /// <summary>Many small values and few great ones, of both signs or of one.</summary>
    private static (ValueHistogram Values, float[] Drawn) Draw(bool isSigned)
    {
        var drawn = Enumerable.Range(0, 6000).Select(i =>
        {
            var u = (RandomBits.UInt32(new RandomKey(3, 1, 2), (ulong)i) + 1) / 4294967297.0;
            var x = -Math.Log(u) * 0.4;
            return (float)(isSigned ? (i % 3 == 0 ? -x / 2 : x) : i % 5 == 0 ? 0 : x);
        }).ToArray();
        var values = new ValueHistogram(Math.Min(0, drawn.Min()), drawn.Max());
        values.Add(drawn);
        return (values, drawn);
    }

    /// <summary>As Migacz writes it: P with the outliers, Q of the parts, shared out.</summary>
    private static double Divergence(ValueHistogram values, int low, int high, int parts)
    {
        var inside = Enumerable.Range(low, high - low).Select(bin => (double)values[bin]).ToArray();
        var p = (double[])inside.Clone();
        for (var bin = values.First; bin < low; bin++) p[0] += values[bin];
        for (var bin = high; bin < values.Last; bin++) p[^1] += values[bin];
        var q = new double[p.Length];
        for (var part = 0; part < parts; part++)
        {
            int from = (int)((long)part * p.Length / parts), to = (int)((part + 1L) * p.Length / parts);
            var filled = Enumerable.Range(from, to - from).Where(i => inside[i] > 0).ToList();
            foreach (var i in filled) q[i] = inside[from..to].Sum() / filled.Count;
        }

        var (all, kept) = (p.Sum(), q.Sum());
        return Enumerable.Range(0, p.Length).Where(i => p[i] > 0)
            .Sum(i => p[i] / all * Math.Log(p[i] / all / ((q[i] > 0 ? q[i] : 1) / kept)));
    }
}
