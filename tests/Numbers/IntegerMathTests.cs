using System.Numerics;
using Wage.Numbers;

namespace Wage.Tests.Numbers;

[Parallelizable]
public sealed class IntegerMathTests
{
    [Test]
    public void TheRootIsTheGreatestIntegerWhoseSquareFits()
    {
        for (var x = 0; x < 20_000; x++) Check(x);
        for (var bits = 14; bits < 300; bits += 13)
        {
            var root = (BigInteger.One << bits) + 12345;
            Check(root * root);
            Check((root * root) - 1);
            Check((root * root) + 1);
        }
    }

    [Test]
    public void TheLogarithmOfARootIsTheNearestAndATieIsEven()
    {
        for (var p = 1; p <= 300; p++)
        {
            for (var q = 1; q <= 300; q += 7)
            {
                var k = IntegerMath.RoundedLog2OfRoot(p, q);
                var (low, high) = (Compare(p, q, (2 * k) - 1), Compare(p, q, (2 * k) + 1));
                Assert.That(k % 2 == 0 ? low >= 0 && high <= 0 : low > 0 && high < 0, Is.True, $"{p}/{q}: {k}");
            }
        }
    }

    [TestCase(2, 1, 0)]
    [TestCase(1, 2, 0)]
    [TestCase(8, 1, 2)]
    [TestCase(1, 8, -2)]
    [TestCase(32, 1, 2)]
    [TestCase(1, 1, 0)]
    public void KnownLogarithmsOfRoots(int p, int q, int k) => Assert.That(IntegerMath.RoundedLog2OfRoot(p, q), Is.EqualTo(k));

    private static void Check(BigInteger x)
    {
        var root = IntegerMath.SquareRoot(x);
        Assert.That(root * root <= x && (root + 1) * (root + 1) > x, Is.True, $"{x}: {root}");
    }

    /// <summary>The sign of p / q - 2^exponent, by cross multiplication with 2^1000.</summary>
    private static int Compare(BigInteger p, BigInteger q, int exponent) => (p << 1000).CompareTo(q << (1000 + exponent));
}
