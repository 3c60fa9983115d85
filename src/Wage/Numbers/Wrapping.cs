namespace Wage.Numbers;

/// <summary>
/// Arithmetic modulo a power of two and at the ends of a type, written so that nothing wraps. To a kernel compiler integers have no sign: a plain
/// sum or product becomes a signed one, and past 2^31 or 2^63 OpenCL C leaves that undefined, of unsigned operands too. A checked one keeps its
/// sign, and devices, which cannot throw, drop the check. So code that kernels reach adds, subtracts and multiplies checked, but for the sums here
/// that stay far below 2^63, and what must wrap is here.
/// </summary>
public static class Wrapping
{
    /// <summary>x y, below 2^64.</summary>
    public static ulong Product(uint x, uint y) => checked((ulong)x * y);

    /// <summary>floor(x y / 2^64) from four 32-bit products: what Math.BigMul gives, in instructions that every kernel has.</summary>
    public static ulong HighProduct(ulong x, ulong y)
    {
        var (lowX, highX, lowY, highY) = ((uint)x, (uint)(x >> 32), (uint)y, (uint)(y >> 32));
        var (lowHigh, highLow) = (Product(lowX, highY), Product(highX, lowY));
        var middle = (Product(lowX, lowY) >> 32) + (lowHigh & uint.MaxValue) + (highLow & uint.MaxValue);
        var carried = (lowHigh >> 32) + (highLow >> 32) + (middle >> 32);
        return checked(Product(highX, highY) + carried);
    }

    /// <summary>(x + y) mod 2^32.</summary>
    public static uint Add(uint x, uint y) => (uint)((ulong)x + y);

    /// <summary>|x|, to 2^63.</summary>
    public static ulong Magnitude(long x) => x < 0 ? checked(unchecked((ulong)~x) + 1) : (ulong)x;

    /// <summary>|x|, saturated: 2^63 - 1 of -2^63.</summary>
    public static long Absolute(long x) => x < 0 ? checked(-Math.Max(x, -long.MaxValue)) : x;
}
