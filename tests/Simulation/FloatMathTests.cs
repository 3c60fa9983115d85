using System.Security.Cryptography;
using Wage.Simulation;

namespace Wage.Tests.Simulation;

/// <summary>The float domain's functions against the runtime's doubles, and their bits, which must be the same on every machine.</summary>
[Parallelizable]
public sealed class FloatMathTests
{
    [Test]
    public void TheExponentialIsTheNearestFloatOrAsGood() =>
        Check(FloatMath.Exp, Math.Exp, Floats(0x00000001, 0x42B10000).Concat(Floats(0x80000001, 0xC2CE0000)));

    [Test]
    public void TheLogarithmIsTheNearestFloatOrAsGood() => Check(FloatMath.Log, Math.Log, Floats(0x00000001, 0x7F7FFFFF));

    [Test]
    public void TheEndsAreThoseOfTheRealFunctions() => Assert.Multiple(() =>
    {
        Assert.That(FloatMath.Exp(0), Is.EqualTo(1f));
        Assert.That(FloatMath.Exp(float.NegativeInfinity), Is.EqualTo(0f));
        Assert.That(FloatMath.Exp(float.PositiveInfinity), Is.EqualTo(float.PositiveInfinity));
        Assert.That(FloatMath.Exp(float.NaN), Is.NaN);
        Assert.That(FloatMath.Log(1), Is.EqualTo(0f));
        Assert.That(FloatMath.Log(0), Is.EqualTo(float.NegativeInfinity));
        Assert.That(FloatMath.Log(float.PositiveInfinity), Is.EqualTo(float.PositiveInfinity));
        Assert.That(FloatMath.Log(-1), Is.NaN);
        Assert.That(FloatMath.Log(float.NaN), Is.NaN);
    });

    [Test]
    public void TheBitsOfManyValuesAreTheSameOnEveryMachine()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var x in Floats(0x33000000, 0x42800000))
        {
            hash.AppendData(BitConverter.GetBytes(FloatMath.Exp(-x)));
            hash.AppendData(BitConverter.GetBytes(FloatMath.Log(x)));
        }

        Assert.That(Convert.ToHexStringLower(hash.GetHashAndReset())[..16], Is.EqualTo("5940c9a142561611"));
    }

    /// <summary>Within 0.5001 units in the last place; subnormal results by their own unit.</summary>
    private static void Check(Func<float, float> own, Func<double, double> exact, IEnumerable<float> values)
    {
        foreach (var x in values)
        {
            var (y, e) = (own(x), exact(x));
            if (Math.Abs(e) >= float.MaxValue) continue;
            var nearest = Math.Abs((float)e);
            var unit = (double)MathF.BitIncrement(nearest) - nearest;
            if (Math.Abs(y - e) > 0.5001 * unit) Assert.Fail($"f({x:R}) is {y:R}, but {e:R} is exact");
        }
    }

    /// <summary>About 200,000 floats between two bit patterns.</summary>
    private static IEnumerable<float> Floats(uint first, uint last)
    {
        var step = Math.Max(1, ((last - first) / 200_003) | 1);
        for (ulong bits = first; bits <= last; bits += step) yield return BitConverter.UInt32BitsToSingle((uint)bits);
    }
}
