using Wage.Numbers;

namespace Wage.Tests.Quantization;

/// <summary>The formulas of the paper in float64, as they are printed: real numbers in (-1, 1), no shifts and no integers.</summary>
internal static class FloatWage
{
    /// <summary>sigma(k) = 2^(1-k). Eq. 2.</summary>
    public static double Sigma(int bits) => Math.Pow(2, 1 - bits);

    /// <summary>Q(x, k) = clip(sigma round(x / sigma), -1 + sigma, 1 - sigma). Eq. 3.</summary>
    public static double Q(double x, int bits, Rounding rounding)
    {
        var sigma = Sigma(bits);
        return Math.Clamp(sigma * Round(x / sigma, rounding), -1 + sigma, 1 - sigma);
    }

    /// <summary>Shift(x) = 2^round(log2 x). Eq. 6.</summary>
    public static double Shift(double x) => Math.Pow(2, Math.Round(Math.Log2(x)));

    /// <summary>Q_E(e) = Q(e / Shift(max |e|), k_E); nothing to scale gives 0. Eq. 5.</summary>
    public static double[] QuantizeErrors(double[] errors, int bits, Rounding rounding)
    {
        var most = errors.Max(Math.Abs);
        return [.. errors.Select(e => most == 0 ? 0 : Q(e / Shift(most), bits, rounding))];
    }

    /// <summary>g_s = eta g / Shift(max |g|). Eq. 9.</summary>
    public static double[] Scale(double[] gradients, double eta)
    {
        var most = gradients.Max(Math.Abs);
        return [.. gradients.Select(g => most == 0 ? 0 : eta * g / Shift(most))];
    }

    /// <summary>sgn(g_s) (floor |g_s| + [fraction > u]), in units of sigma(k_G), u uniform in [0, 1). Eq. 10-11.</summary>
    public static double Step(double scaled, double uniform)
    {
        var magnitude = Math.Abs(scaled);
        var whole = Math.Floor(magnitude);
        return Math.Sign(scaled) * (whole + (magnitude - whole > uniform ? 1 : 0));
    }

    public static double Round(double x, Rounding rounding) =>
        Math.Round(x, rounding == Rounding.HalfEven ? MidpointRounding.ToEven : MidpointRounding.AwayFromZero);
}
