using Wage.Quantization;

namespace Wage.Simulation.Stochastic;

/// <summary>What a unit's probability is of, with f = 1 / (e + 10^-7) and e its quantization error: Dong et al. 2017, section 3.3.</summary>
internal enum Probability
{
    /// <summary>1 / m.</summary>
    Constant,

    /// <summary>f / sum f.</summary>
    Linear,

    /// <summary>exp(f) / sum exp(f).</summary>
    Softmax,

    /// <summary>s / sum s, s = 1 / (1 + exp(-f)).</summary>
    Sigmoid,
}

/// <summary>
/// Probabilities as the integers that a <see cref="Roulette"/> draws by: u = max(1, floor(2^40 p)), of binary64 in the units' order.
/// </summary>
internal static class SelectionLaw
{
    private const double Epsilon = 1e-7;
    private const double One = 1L << 40;

    /// <summary>The weights of units with these errors.</summary>
    /// <param name="law">The probability function.</param>
    /// <param name="errors">e of each unit; they are changed.</param>
    /// <param name="weights">u of each unit.</param>
    public static void Weigh(Probability law, Span<double> errors, Span<long> weights)
    {
        foreach (ref var e in errors) e = 1 / (e + Epsilon);
        if (law == Probability.Softmax)
        {
            var greatest = 0.0;
            foreach (var f in errors) greatest = Math.Max(greatest, f);
            foreach (ref var f in errors) f = FloatMath.Exp(f - greatest);
        }
        else if (law != Probability.Linear)
        {
            foreach (ref var f in errors) f = law == Probability.Constant ? 1 : 1 / (1 + FloatMath.Exp(-f));
        }

        Share(errors, weights);
    }

    /// <summary>The authors' program: in proportion to the errors themselves, of the units that it does not quantize.</summary>
    public static void Share(ReadOnlySpan<double> values, Span<long> weights)
    {
        var sum = 0.0;
        foreach (var value in values) sum += value;
        for (var i = 0; i < values.Length; i++) weights[i] = sum > 0 ? Math.Max(1, (long)Math.Floor(One * values[i] / sum)) : 1;
    }
}
