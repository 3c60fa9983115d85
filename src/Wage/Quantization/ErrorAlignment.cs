using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>
/// Where two branches of a network meet on the way back, each error has its own unit, a power of two known only at run time. The sum is made in the
/// finer of the two units, or, when they are more than guard bits apart, in the unit guard bits below the coarser.
/// </summary>
public readonly struct ErrorAlignment : IPairFunction
{
    private readonly int shiftX;
    private readonly int shiftY;

    /// <summary>x has unit 2^exponentX, y has unit 2^exponentY. Requires guard in [1, 62] and |x|, |y| below 2^(62 - guard).</summary>
    public ErrorAlignment(long exponentX, long exponentY, int guard)
    {
        Exponent = Math.Max(Math.Min(exponentX, exponentY), checked(Math.Max(exponentX, exponentY) - guard));
        shiftX = (int)Math.Min(checked(Exponent - exponentX), 62);
        shiftY = (int)Math.Min(checked(Exponent - exponentY), 62);
    }

    /// <summary>log2 of the sum's unit.</summary>
    public long Exponent { get; }

    /// <summary>Bits of x below the sum's unit; negative: zeros that it gets.</summary>
    internal int ShiftX => shiftX;

    /// <summary>Those of y.</summary>
    internal int ShiftY => shiftY;

    /// <summary>x + y in the unit 2^Exponent; bits below it are rounded half to even.</summary>
    public long Of(long x, long y) =>
        FixedPoint.AddSaturated(Moved(x, shiftX), Moved(y, shiftY));

    /// <summary>What <see cref="FixedPoint.Round"/> gives, half to even, without a rule to be made for each element.</summary>
    private static long Moved(long x, int right)
    {
        if (right <= 0) return FixedPoint.ShiftLeft(x, checked(-right));
        var (floor, dropped, half) = (x >> right, x & checked((1L << right) - 1), 1L << checked(right - 1));
        return dropped > half || (dropped == half && (floor & 1) != 0) ? checked(floor + 1) : floor;
    }
}
