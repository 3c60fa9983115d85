using System.Numerics;
using Wage.Tensors;

namespace Wage.Numbers;

/// <summary>
/// The bins of histograms of integers, symmetric around 0, named -Most to Most; negative integers fall into negative bins. Magnitudes below
/// 2^(precision + 1) have a bin each; from there on every octave [2^e, 2^(e+1)) has 2^precision bins of equal width.
/// </summary>
/// <param name="Precision">log2 of the bins of an octave, from 0 to 8.</param>
/// <param name="Most">The bin of the greatest magnitude.</param>
public readonly record struct LogarithmicBins(int Precision, int Most)
{
    /// <summary>The bins of a tensor: int8 with a bin for every value, the others with four bins an octave.</summary>
    public static LogarithmicBins For(ElementType type) => Of(type, type == ElementType.Int8 ? 6 : 2);

    /// <summary>The bins of this precision that hold every value of a signed type.</summary>
    public static LogarithmicBins Of(ElementType type, int precision) => new(precision, Magnitude((ulong)type.Maximum() + 1, precision));

    /// <summary>-Most to Most.</summary>
    public int Count => (2 * Most) + 1;

    /// <summary>The bin of <paramref name="value"/>; the bins of value and -value are opposite.</summary>
    public static int Bin(long value, int precision)
    {
        var bin = Magnitude(Wrapping.Magnitude(value), precision);
        return value < 0 ? checked(-bin) : bin;
    }

    /// <summary>The least and the greatest magnitude in a bin.</summary>
    public static (ulong Least, ulong Greatest) Bounds(int bin, int precision)
    {
        var i = Math.Abs(bin);
        if (i < 2 << precision) return ((ulong)i, (ulong)i);
        var octave = (i >> precision) - 1;
        var quotient = (ulong)(i - (octave << precision));
        return (quotient << octave, ((quotient + 1) << octave) - 1);
    }

    /// <summary>m itself below 2^(p+1), else (o &lt;&lt; p) + (m >> o) with o = floor(log2 m) - p, so that m >> o is in [2^p, 2^(p+1)).</summary>
    private static int Magnitude(ulong m, int precision)
    {
        if (m < 2UL << precision) return (int)m;
        var octave = checked(63 - BitOperations.LeadingZeroCount(m) - precision);
        return checked((octave << precision) + (int)(m >> octave));
    }
}
