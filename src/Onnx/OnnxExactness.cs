using System.Globalization;
using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Onnx;

/// <summary>
/// How far operators of floats can be from the plan's integers, u = 2^-24 being the rounding of a float32. Sums of whole numbers that reach 2^24 at
/// most, times powers of two, are exact. Otherwise r, what is rounded, is off by e = (terms + 8) u A M at most, of magnitudes that sum to A and a
/// scale of M: each product is off by 4 u, each addition by u, bias and quotient by 3 u. The plan rounds r to within 1/2, gemmlowp's double rounding
/// to within 3/4, a quantizer r + e to within 1/2: the codes differ by the whole of 1 + e, or of 5/4 + e.
/// </summary>
internal sealed record OnnxExactness
{
    private const string Scaled = "a scale that is no power of two";
    private const int MantissaBits = 24, FewMore = 8, Fraction = 16;
    private readonly IReadOnlyList<long> reached;
    private readonly QuantizedMultiplier[] multipliers = [];
    private readonly int dropped, terms;

    /// <summary>That of sums with a stage, or without.</summary>
    /// <param name="stage">The stage, or null.</param>
    /// <param name="reached">The sum of magnitudes, with what is added first, of each column or of all.</param>
    /// <param name="terms">Terms of a sum.</param>
    public OnnxExactness(OnnxStage? stage, IReadOnlyList<long> reached, int terms)
    {
        (this.reached, this.terms, dropped) = (reached, terms, stage is null ? 0 : OnnxStage.DroppedOf(stage.Stage) ?? 0);
        if (stage is not null) multipliers = [.. stage.Scales];
        Scales = multipliers.Length == 0
            ? [OnnxScale.PowerOfTwo(-dropped)]
            : [.. multipliers.Select(scale => scale.Multiplier == 0 ? OnnxScale.One : OnnxScale.Of(scale))];
    }

    /// <summary>That of values that a stage alone ends.</summary>
    public OnnxExactness(OnnxStage stage, Int128 bound, int terms)
        : this(stage, [(long)Int128.Min(long.MaxValue, bound + (stage.Start.Count == 0 ? 0 : stage.Start.Max(b => Math.Abs((long)b))))], terms)
    {
    }

    /// <summary>What a stage multiplies by: one, or one for each column.</summary>
    public IReadOnlyList<OnnxScale> Scales { get; }

    /// <summary>Every term and what is added is a multiple of 2 to this power.</summary>
    public int Shift { get; init; }

    /// <summary>Whether what comes in has a scale that is no power of two.</summary>
    public bool IsScaled { get; init; }

    /// <summary>That of a sum of two.</summary>
    public static OnnxExactness Of(long bound) => new(null, [bound], 0);

    /// <summary>
    /// That of codes which meet in a sum: two roundings of the plan before the last, of 3/4 of M3 each, and floats' of terms of 255 ratio.
    /// </summary>
    public static OnnxDifference Of(string node, in AffineSum sum, IReadOnlyList<OnnxScale> ratios)
    {
        const int MostLog2 = 30, Codes = 9;
        var parts = ((Int128)sum.Scale.Multiplier << Math.Max(0, sum.Scale.Shift + Fraction - 30)) >> Math.Max(0, 30 - Fraction - sum.Scale.Shift);
        var floats = (Int128)FewMore << (Math.Clamp(ratios.Max(ratio => ratio.Log2), 0, MostLog2) + 1 + Codes + 1 + Fraction - MantissaBits);
        return new OnnxDifference(node, (long)(((Int128)5 << (Fraction - 2)) + parts + floats >> Fraction), Scaled);
    }

    /// <summary>By how much the node differs; null: it is exact.</summary>
    /// <param name="node">Its name.</param>
    /// <param name="stage">How it ends.</param>
    /// <param name="unit">The output's scale.</param>
    public OnnxDifference? Of(string node, IOutputStage? stage, OnnxScale unit)
    {
        var isWhole = multipliers.Length == 0 && unit.IsPowerOfTwo && !IsScaled;
        var isNearest = stage is not (ShiftStage { Rounding: not Rounding.HalfEven } or ActivationStage { Rounding: not Rounding.HalfEven });
        var most = reached.Max();
        if (isWhole && most >> Shift <= 1L << MantissaBits && isNearest) return null;
        var why = multipliers.Length > 0 || IsScaled ? Scaled
            : !isWhole || isNearest ? string.Create(CultureInfo.InvariantCulture, $"sums that reach {most >> Shift}, beyond 2^{MantissaBits}")
            : "ties that go away from zero";
        var isTwice = stage is AffineStage { Rounding: MultiplierRounding.Double };
        var half = stage is null or RawStage or ReluStage ? 1L << (Fraction - 1) : (1L << Fraction) + (isTwice ? 1L << (Fraction - 2) : 0);
        return new OnnxDifference(node, (long)Int128.Max(1, (Error() + half) >> Fraction), why);
    }

    /// <summary>e, rounded up, in units of 2^-16.</summary>
    private Int128 Error()
    {
        Int128 most = 0;
        for (var c = 0; c < Math.Max(reached.Count, multipliers.Length); c++)
        {
            var (magnitude, bits) = ((Int128)reached[c % reached.Count] * (terms + FewMore), MantissaBits - Fraction + dropped);
            if (multipliers.Length > 0)
            {
                var scale = multipliers[c % multipliers.Length];
                (magnitude, bits) = (magnitude * scale.Multiplier, bits + 31 - scale.Shift);
            }

            most = Int128.Max(most, bits >= 0 ? (magnitude >> Math.Min(bits, 120)) + 1 : magnitude << Math.Min(-bits, 30));
        }

        return most;
    }
}
