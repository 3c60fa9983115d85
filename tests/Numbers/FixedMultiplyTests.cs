using Wage.Backends.Host;
using Wage.Numbers;

namespace Wage.Tests.Numbers;

/// <summary>gemmlowp's primitives: golden numbers, and every kind of lanes against 128 bits.</summary>
[Parallelizable]
public sealed class FixedMultiplyTests
{
    private const int Least = int.MinValue, Most = int.MaxValue;

    private static readonly int[] Ends =
    [
        .. new[] { 0, 1, 2, 3, 5, 7, 11, 12, 13, 100, 101, 255, 585, 7984, 65535, 12_345_678 }.SelectMany(x => new[] { x, -x }),
        .. Enumerable.Range(4, 27).SelectMany(bit => new[] { (1 << bit) - 1, 1 << bit, (1 << bit) + 1 }).SelectMany(x => new[] { x, -x }),
        Most, Most - 1, Least, Least + 1, 1_431_655_765, -1_431_655_765,
    ];

    private static readonly int[] Multipliers =
        [0, 1 << 30, (1 << 30) + 1, 1_527_099_593, 1_583_594_044, 1_717_986_918, 1_610_612_736, 2_000_000_011, Most - 1, Most];

    [TestCase(1 << 30, 1, 1)]
    [TestCase(-(1 << 30), 1, 0)]
    [TestCase(1 << 30, 3, 2)]
    [TestCase(-(1 << 30), 3, -1)]
    [TestCase(Least, Most, -2147483647)]
    [TestCase(Most, Most, 2147483646)]
    [TestCase(Least, Least, Most)]
    [TestCase(1000003, -1234567891, -574892)]
    public void TheDoubledHighProductIsGemmlowps(int x, int y, int expected) => Assert.Multiple(() =>
    {
        Assert.That(FixedMultiply.DoublingHigh(new Lane64(x), new Lane64(y)).Value, Is.EqualTo(expected));
        Assert.That(FixedMultiply.DoublingHigh(new Lane32(x), new Lane32(y)).Value, Is.EqualTo(expected));
        Assert.That(FixedMultiply.DoublingHigh(Int32x8.Of(x), Int32x8.Of(y)).Value[3], Is.EqualTo(expected));
    });

    [TestCase(11, 3, 1)]
    [TestCase(-13, 3, -2)]
    [TestCase(-1, 1, -1)]
    [TestCase(-7, 0, -7)]
    [TestCase(Least, 31, -1)]
    [TestCase(Most, 31, 1)]
    [TestCase(-(1 << 30), 31, -1)]
    [TestCase((1 << 30) - 1, 31, 0)]
    [TestCase(12, 3, 2)]
    [TestCase(-12, 3, -2)]
    public void TheRoundingDivisionIsGemmlowps(int x, int n, int expected) => Assert.Multiple(() =>
    {
        Assert.That(FixedMultiply.DivideByPowerOfTwo(new Lane64(x), new Lane64(n)).Value, Is.EqualTo(expected));
        Assert.That(FixedMultiply.DivideByPowerOfTwo(new Lane32(x), new Lane32(n)).Value, Is.EqualTo(expected));
        Assert.That(FixedMultiply.DivideByPowerOfTwo(Int32x8.Of(x), Int32x8.Of(n)).Value[6], Is.EqualTo(expected));
    });

    [TestCase(7984, 1583594044, -9, 12, 11)]
    [TestCase(585, 1527099593, -6, 7, 7)]
    [TestCase(-7984, 1583594044, -9, -12, -11)]
    [TestCase(-2, 1 << 30, -1, -1, 0)]
    [TestCase(-6, 1 << 30, -1, -2, -1)]
    [TestCase(-101, 1 << 30, 0, -50, -50)]
    [TestCase(101, 1 << 30, 0, 51, 51)]
    [TestCase(12345, 1717986918, 3, 79008, 79008)]
    [TestCase(Most, Most, -31, 1, 1)]
    public void TheScaledValueIsTensorFlowLites(int x, int multiplier, int shift, int twice, int once)
    {
        var scale = new QuantizedMultiplier(multiplier, shift);
        Assert.That((scale.Scale(x, MultiplierRounding.Double), scale.Scale(x, MultiplierRounding.Single)), Is.EqualTo((twice, once)));
    }

    [Test]
    public void EveryKindOfLanesScalesAsTheDefinitionSays([Values] MultiplierRounding rounding)
    {
        for (var shift = -31; shift <= 30; shift++)
        {
            foreach (var multiplier in Multipliers)
            {
                foreach (var x in Ends.Concat(Ties(shift, multiplier)))
                {
                    var expected = Exact(x, multiplier, shift, rounding);
                    Check<Lane64>(v => v.Value);
                    Check<Lane32>(v => v.Value);
                    Check<Int32x8>(v => v.Value[2]);
                    if (Int32x16.IsSupported) Check<Int32x16>(v => v.Value[11]);

                    void Check<T>(Func<T, long> read)
                        where T : struct, ILanes<T>
                    {
                        var actual = read(FixedMultiply.Scale(T.Of(x), T.Of(multiplier), T.Of(shift), rounding));
                        if (actual != expected) Assert.Fail($"{typeof(T).Name}: {x} {multiplier} {shift} {rounding}: {actual}, not {expected}");
                        if (shift >= 0) return;
                        actual = read(FixedMultiply.ScaleDown(T.Of(x), T.Of(multiplier), T.Of(shift), rounding));
                        if (actual != expected) Assert.Fail($"{typeof(T).Name}, down: {x} {multiplier} {shift} {rounding}: {actual}, not {expected}");
                    }
                }
            }
        }
    }

    [Test]
    public void EachLaneHasItsOwnMultiplierAndShift([Values] MultiplierRounding rounding)
    {
        var random = new Random(7);
        for (var n = 0; n < 20_000; n++)
        {
            var (x, m, s) = (Eight(() => random.Next(Least, Most)), Eight(() => random.Next(1 << 30, Most)), Eight(() => random.Next(-31, 31)));
            var actual = FixedMultiply.Scale(new Int32x8(x), new Int32x8(m), new Int32x8(s), rounding).Value;
            for (var lane = 0; lane < 8; lane++)
            {
                if (actual[lane] != Exact(x[lane], m[lane], s[lane], rounding))
                    Assert.Fail($"lane {lane}: {x[lane]} {m[lane]} {s[lane]} {rounding}: {actual[lane]}");
            }
        }

        static System.Runtime.Intrinsics.Vector256<int> Eight(Func<int> draw) =>
            System.Runtime.Intrinsics.Vector256.Create([draw(), draw(), draw(), draw(), draw(), draw(), draw(), draw()]);
    }

    [Test]
    public void ThePortableHighProductIsTheInstructions()
    {
        foreach (var add in (int[])[0, 1 << 30, Most])
        {
            foreach (var x in Ends)
            {
                foreach (var y in Multipliers.Append(-1).Append(-Most))
                {
                    var (a, b, c) = (Int32x8.Of(x), Int32x8.Of(y), Int32x8.Of(add));
                    var expected = (int)((((long)x * y) + add) >> 31);
                    var both = (Int32x8.MultiplyHigh(a, b, c).Value[5], Int32x8.PortableMultiplyHigh(a.Value, b.Value, c.Value)[4]);
                    if (both != (expected, expected)) Assert.Fail($"{x} {y} {add}: {both}, not {expected}");
                }
            }
        }
    }

    /// <summary>The two roundings differ by one at most, which is what a model file's name of the mode decides.</summary>
    [Test]
    public void TheTwoRoundingsDifferByAtMostOne()
    {
        var random = new Random(8);
        var differ = 0;
        for (var n = 0; n < 200_000; n++)
        {
            var scale = new QuantizedMultiplier(random.Next(1 << 30, Most), random.Next(-20, 1));
            var x = random.Next(Least, Most) >> random.Next(0, 20);
            var difference = Math.Abs(scale.Scale(x, MultiplierRounding.Double) - scale.Scale(x, MultiplierRounding.Single));
            Assert.That(difference, Is.LessThanOrEqualTo(1));
            differ += difference;
        }

        Assert.That(differ, Is.GreaterThan(0));
    }

    /// <summary>By division of whole numbers; x saturates first where its left shift leaves 32 bits.</summary>
    private static int Exact(int x, int multiplier, int shift, MultiplierRounding rounding)
    {
        var (left, right) = (Math.Max(shift, 0), Math.Max(-shift, 0));
        Int128 held = Math.Max(Math.Min(x, Most / (1 << left)), (int)((long)Least / (1L << left)));
        if (rounding == MultiplierRounding.Single) return (int)Floor((held * multiplier) + Power(30 - shift), Power(31 - shift));
        var high = Floor((held * Power(left) * multiplier) + Power(30), Power(31));
        if (right == 0) return (int)high;
        var magnitude = (Int128.Abs(high) + Power(right - 1)) / Power(right);
        return (int)(high < 0 ? -magnitude : magnitude);
    }

    private static Int128 Power(int n) => Int128.One << n;

    private static Int128 Floor(Int128 x, Int128 y) => x >= 0 ? x / y : -((-x + y - 1) / y);

    /// <summary>Values whose scaled value is about half a step from a whole number.</summary>
    private static IEnumerable<int> Ties(int shift, int multiplier)
    {
        if (multiplier == 0) yield break;
        for (var n = -3; n <= 3; n++)
        {
            var x = ((2 * n) + 1) * Power(31) / 2 / multiplier;
            x = shift < 0 ? x << -shift : x >> shift;
            for (var d = -1; d <= 1; d++)
                if (x + d >= Least && x + d <= Most) yield return (int)(x + d);
        }
    }
}
