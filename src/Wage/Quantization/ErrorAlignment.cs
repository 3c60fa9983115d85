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

    /// <summary>x + y in the unit 2^Exponent; bits below it are rounded half to even.</summary>
    public long Of(long x, long y) =>
        FixedPoint.AddSaturated(FixedPoint.Round(x, shiftX, Rounding.HalfEven), FixedPoint.Round(y, shiftY, Rounding.HalfEven));
}
