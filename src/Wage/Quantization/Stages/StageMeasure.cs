using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Quantization;

/// <summary>What <see cref="StageTensors.Statistic"/> says of some elements; parts join in any order.</summary>
internal struct StageMeasure
{
    /// <summary>max |v|.</summary>
    public long Maximum;

    /// <summary>Elements with |v| beyond the most that does not saturate.</summary>
    public long Saturated;

    /// <summary>Elements that are not 0, but whose output is.</summary>
    public long Underflowed;

    /// <summary>The greatest |v| that does not saturate: limit 2^exponent, rounded down.</summary>
    public static long Most(int limit, int exponent) =>
        exponent >= 0 ? FixedPoint.ShiftLeft(limit, exponent) : limit >> Math.Min(checked(-exponent), 31);

    /// <summary>One more element.</summary>
    public void Add(long v, long output, long most)
    {
        var magnitude = Wrapping.Absolute(v);
        Maximum = Math.Max(Maximum, magnitude);
        if (magnitude > most) Saturated = checked(Saturated + 1);
        if (v != 0 && output == 0) Underflowed = checked(Underflowed + 1);
    }

    /// <summary>Other elements.</summary>
    public void Add(in StageMeasure other) => (Maximum, Saturated, Underflowed) =
        (Math.Max(Maximum, other.Maximum), Saturated + other.Saturated, Underflowed + other.Underflowed);

    /// <summary>Writes it where it is asked for.</summary>
    public readonly void Write(HostTensor? statistic)
    {
        if (statistic is { Length: 1 }) statistic[0] = Maximum;
        else if (statistic is not null) (statistic[0], statistic[1], statistic[2]) = (Maximum, Saturated, Underflowed);
    }
}
