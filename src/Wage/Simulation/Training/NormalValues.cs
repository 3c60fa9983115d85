namespace Wage.Simulation;

/// <summary>
/// Normal values from uniform bits by the inverse of the distribution function (Acklam's rational approximation, relative error below 1.2e-9): each
/// a function of its bits alone, of sums, products, quotients and square roots that every machine rounds alike.
/// </summary>
internal static class NormalValues
{
    private const double Tail = 0.02425;
    private const double Low = Tail * 4294967296.0;

    private static readonly double[] A =
        [-3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02, -3.066479806614716e+01, 2.506628277459239];

    private static readonly double[] B =
        [-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01, -1.328068155288572e+01, 1];

    private static readonly double[] C =
        [-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783];

    private static readonly double[] D = [7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996, 3.754408661907416, 1];

    /// <summary>The value below which a normal value is with probability (bits + 1/2) / 2^32.</summary>
    public static double Of(uint bits)
    {
        var u = bits + 0.5;
        if (u < Low) return InTail(u);
        if (u > 4294967296.0 - Low) return -InTail(4294967296.0 - u);
        var q = (u / 4294967296.0) - 0.5;
        var r = q * q;
        return Polynomial(A, r) * q / Polynomial(B, r);
    }

    private static double InTail(double u)
    {
        var q = Math.Sqrt(-2 * FloatMath.Log((float)(u / 4294967296.0)));
        return Polynomial(C, q) / Polynomial(D, q);
    }

    private static double Polynomial(double[] coefficients, double x)
    {
        var sum = 0.0;
        foreach (var coefficient in coefficients) sum = (sum * x) + coefficient;
        return sum;
    }
}
