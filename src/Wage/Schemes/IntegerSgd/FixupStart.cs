using System.Numerics;
using Wage.Numbers;

namespace Wage.Schemes;

/// <summary>
/// How Fixup begins the weights of a product (Zhang, Dauphin, Ma 2019): in a residual's branch of m products, of L such residuals, narrower by
/// L^(-1/(2m - 2)); those of its last product and of the scores as zeros.
/// </summary>
/// <param name="Residuals">L.</param>
/// <param name="Products">m.</param>
/// <param name="IsZero">All are 0.</param>
internal readonly record struct FixupStart(int Residuals, int Products, bool IsZero)
{
    /// <summary>As without Fixup.</summary>
    public static FixupStart None { get; } = new(1, 2, false);

    /// <summary>Zeros.</summary>
    public static FixupStart Zeros { get; } = None with { IsZero = true };

    /// <summary>floor(sqrt(variance / below) L^(-1/(2m - 2))).</summary>
    public BigInteger Deviation(BigInteger variance, BigInteger below)
    {
        var k = Math.Max(Products - 1, 1);
        return IntegerMath.Root(BigInteger.Pow(variance, k) / (BigInteger.Pow(below, k) * Residuals), 2 * k);
    }
}
