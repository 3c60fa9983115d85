using Wage.Simulation.Conversion;

namespace Wage.Simulation.Ranges;

/// <summary>The values between which a tensor is quantized.</summary>
/// <param name="Least">At most 0.</param>
/// <param name="Greatest">Above 0.</param>
internal readonly record struct TensorRange(float Least, float Greatest)
{
    /// <summary>The least greatest value of a range, so that a tensor of zeros has one.</summary>
    public const float LeastReach = 1e-8f;

    /// <summary>That of a tensor's least and greatest value: min(min, 0), max(max, 1e-8).</summary>
    public static TensorRange Of(float least, float greatest) => new(Math.Min(least, 0), Math.Max(greatest, LeastReach));

    /// <summary>The grid of 2^k codes between the ends, nudged so that 0 is one of its values.</summary>
    public AffineGrid Grid(string tensor, int bits) => AffineGrid.Of(tensor, Least, Greatest, bits);

    /// <summary>(1 - eta) this + eta before.</summary>
    public TensorRange Average(TensorRange before, double eta) => new(Average(Least, before.Least, eta), Average(Greatest, before.Greatest, eta));

    private static float Average(float now, float before, double eta) => (float)(((1 - eta) * now) + (eta * before));
}
