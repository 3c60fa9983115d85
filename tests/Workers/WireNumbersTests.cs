using System.Numerics;
using Wage.Numbers;
using Wage.Workers;

namespace Wage.Tests.Workers;

/// <summary>Integers in as few bytes as are asked for: vectors and what is left of them, of all lengths, at the ends of what fits.</summary>
[Parallelizable]
public sealed class WireNumbersTests
{
    [Test]
    public void IntegersOf32BitsTravelInTheirLowBytes([Range(1, 4)] int bytes) => Travel<int>(bytes);

    [Test]
    public void IntegersOf64BitsTravelInTheirLowBytes([Range(1, 8)] int bytes) => Travel<long>(bytes);

    [Test]
    public void IntegersOf16BitsTravelInTheirLowBytes([Range(1, 2)] int bytes) => Travel<short>(bytes);

    private static void Travel<T>(int bytes)
        where T : unmanaged, IBinaryInteger<T>
    {
        var (most, key) = (long.MaxValue >> (64 - (8 * bytes)), new RandomKey(5, 0, 0));
        for (var length = 0; length < 40; length++)
        {
            var numbers = new T[length];
            for (var i = 0; i < length; i++)
            {
                var random = (long)RandomBits.UInt64(key, (ulong)i) >> (64 - (8 * bytes));
                numbers[i] = T.CreateTruncating(i % 3 == 0 ? most : i % 3 == 1 ? -most - 1 : random);
            }

            var wire = new byte[length * bytes];
            WireNumbers.Pack<T>(numbers, bytes, wire);
            for (var i = 0; i < length; i++)
                Assert.That(wire.AsSpan(i * bytes, bytes).SequenceEqual(BitConverter.GetBytes(long.CreateChecked(numbers[i])).AsSpan(0, bytes)));
            var (came, sums) = (new T[length], Enumerable.Range(0, length).Select(i => T.CreateTruncating(-i)).ToArray());
            WireNumbers.Unpack<T>(wire, bytes, came, adds: false);
            Assert.That(came, Is.EqualTo(numbers));
            WireNumbers.Unpack<T>(wire, bytes, sums, adds: true);
            Assert.That(sums, Is.EqualTo(numbers.Select((number, i) => T.CreateTruncating(long.CreateTruncating(number) - i))));
        }
    }
}
