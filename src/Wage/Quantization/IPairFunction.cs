using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>
/// A function of two numbers, for <see cref="Backends.IBackend.Combine{F}"/>: an unmanaged struct whose fields are its parameters (no truth values),
/// from any assembly. Kernels run it too: it is public, does not throw, allocates nothing, and nothing in it wraps.
/// </summary>
public interface IPairFunction
{
    /// <summary>The result, which must fit its tensor.</summary>
    long Of(long x, long y);
}

/// <summary>x 2^shiftX + y 2^shiftY.</summary>
/// <param name="ShiftX">At least 0.</param>
/// <param name="ShiftY">At least 0.</param>
public readonly record struct AlignedSum(int ShiftX, int ShiftY) : IPairFunction
{
    /// <inheritdoc/>
    public long Of(long x, long y) => FixedPoint.AddSaturated(FixedPoint.ShiftLeft(x, ShiftX), FixedPoint.ShiftLeft(y, ShiftY));
}

/// <summary>y where x is from low to high, else 0: the derivative of a clip or of a ReLU, with the same tensor as y and z.</summary>
/// <param name="Low">The least x that passes.</param>
/// <param name="High">The greatest.</param>
public readonly record struct ClearOutside(long Low, long High) : IPairFunction
{
    /// <inheritdoc/>
    public long Of(long x, long y) => x < Low || x > High ? 0 : y;
}

/// <summary>How x became y: bit 0 where they differ, bit 1 where they have opposite signs, 0 being neither.</summary>
public readonly record struct WeightChange : IPairFunction
{
    /// <inheritdoc/>
    public long Of(long x, long y) => x == y ? 0 : (x < 0 && y > 0) || (x > 0 && y < 0) ? 3 : 1;
}
