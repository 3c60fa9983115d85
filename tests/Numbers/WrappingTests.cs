using System.Numerics;
using Wage.Gpu.SelfTest;
using Wage.Numbers;

namespace Wage.Tests.Numbers;

/// <summary>Every pair of words at the ends of 32 and 64 bits, against wider integers.</summary>
[Parallelizable]
public sealed class WrappingTests
{
    private static readonly ulong[] Words = [.. ArithmeticCases.Words.Select(word => unchecked((ulong)word))];

    [Test]
    public void TheWordsHoldEveryEndAndItsNeighbours()
    {
        foreach (var bits in (int[])[0, 31, 32, 63, 64])
            foreach (var near in (int[])[-1, 0, 1])
                Assert.That(Words, Does.Contain((ulong)(((UInt128.One << bits) + (UInt128)near) & ulong.MaxValue)), $"2^{bits} {near}");
    }

    [Test]
    public void TheHighHalfOfAProductIsThatOf128Bits()
    {
        foreach (var x in Words)
            foreach (var y in Words)
                Assert.That(Wrapping.HighProduct(x, y), Is.EqualTo((ulong)(((UInt128)x * y) >> 64)), $"{x} * {y}");
    }

    [Test]
    public void AProductOf32BitsIsWhole()
    {
        foreach (var x in Words.Select(word => (uint)word))
            foreach (var y in Words.Select(word => (uint)word))
                Assert.That(Wrapping.Product(x, y), Is.EqualTo((ulong)((UInt128)x * y)), $"{x} * {y}");
    }

    [Test]
    public void ASumIsTakenModulo2To32()
    {
        foreach (var x in Words.Select(word => (uint)word))
            foreach (var y in Words.Select(word => (uint)word))
                Assert.That(Wrapping.Add(x, y), Is.EqualTo((uint)(((UInt128)x + y) & uint.MaxValue)), $"{x} + {y}");
    }

    [Test]
    public void MagnitudesReach2To63AndTheSignedOneSaturatesThere()
    {
        foreach (var x in ArithmeticCases.Words)
        {
            var magnitude = BigInteger.Abs(x);
            Assert.That((BigInteger)Wrapping.Magnitude(x), Is.EqualTo(magnitude), $"|{x}|");
            Assert.That((BigInteger)Wrapping.Absolute(x), Is.EqualTo(BigInteger.Min(magnitude, long.MaxValue)), $"|{x}|");
        }
    }
}
