using System.Numerics;
using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Export.C;

/// <summary>The end of a node as an expression of its sum v; the one place that knows the library's stages.</summary>
/// <param name="helpers">What the program calls.</param>
internal sealed class CStages(CHelpers helpers)
{
    /// <summary>What is stored of v.</summary>
    /// <param name="node">The node's name, for the message.</param>
    /// <param name="stage">Its stage.</param>
    /// <param name="bits">Of v: 32 or 64.</param>
    /// <param name="columns">The multiplier and the shift of the column, where each has its own.</param>
    /// <exception cref="WageException">The stage is somebody's own, or draws random bits.</exception>
    public string Value(string node, IOutputStage stage, int bits, (string Multiplier, string Shift)? columns) => stage switch
    {
        RawStage => "v",
        ReluStage => $"{helpers.Use("relu", bits)}(v)",
        ShiftStage shift => Shifted(node, "v", bits, shift.Dropped, shift.Limit, shift.Rounding),
        ActivationStage activation => Shifted(
            node, $"{helpers.Use("relu", bits)}(v)", bits, activation.Dropped, activation.Limit, activation.Rounding),
        AffineStage affine => Scaled(affine, bits, columns),
        _ => throw new WageException(
            $"{node}: ends in {stage.GetType().Name}, which C is not written of.", "take a stage of the library's: shift, activation, affine."),
    };

    /// <summary>Z + M v, between two codes.</summary>
    public string Scaled(string v, QuantizedMultiplier scale, int zeroPoint, int low, int high, MultiplierRounding rounding) =>
        Scaled(v, CText.Int(scale.Multiplier), CText.Int(scale.Shift), zeroPoint, low, high, rounding);

    /// <summary>M v.</summary>
    public string Scale(string v, QuantizedMultiplier scale, MultiplierRounding rounding) =>
        $"{helpers.UseScale(rounding == MultiplierRounding.Double)}({v}, {CText.Int(scale.Multiplier)}, {CText.Int(scale.Shift)})";

    private string Scaled(AffineStage affine, int bits, (string Multiplier, string Shift)? columns)
    {
        var v = bits == 32 ? "v" : $"(int32_t){helpers.Use("clamp", 64)}(v, INT32_MIN, INT32_MAX)";
        var (multiplier, shift) = columns ?? (CText.Int(affine.Scale.Multiplier), CText.Int(affine.Scale.Shift));
        return Scaled(v, multiplier, shift, affine.ZeroPoint, affine.Low, affine.High, affine.Rounding);
    }

    private string Scaled(string v, string multiplier, string shift, int zeroPoint, int low, int high, MultiplierRounding rounding)
    {
        var (least, most) = (Math.Max(int.MinValue, (long)low - zeroPoint), Math.Min(int.MaxValue, (long)high - zeroPoint));
        var scaled = $"{helpers.UseScale(rounding == MultiplierRounding.Double)}({v}, {multiplier}, {shift})";
        if (least > int.MinValue || most < int.MaxValue) scaled = $"{helpers.Use("clamp", 32)}({scaled}, {CText.Int(least)}, {CText.Int(most)})";
        return zeroPoint == 0 ? scaled : zeroPoint > 0 ? $"{scaled} + {zeroPoint}" : $"{scaled} - {-(long)zeroPoint}";
    }

    /// <summary>saturate(round(v / 2^dropped), limit).</summary>
    private string Shifted(string node, string v, int bits, int dropped, int limit, Rounding rounding)
    {
        var name = rounding switch
        {
            Rounding.HalfEven => "even",
            Rounding.HalfAway => "away",
            Rounding.TowardZero => "zero",
            Rounding.PseudoStochastic => "pseudo",
            _ => throw new WageException($"{node}: rounds by {rounding}, but a model draws no random bits.", "take a rounding to the nearest."),
        };
        var limitBits = 32 - BitOperations.LeadingZeroCount((uint)limit);
        var left = dropped < 0 ? Math.Min(-dropped, Math.Min(62, 63 - limitBits)) : 0;
        var wide = bits == 64 || dropped > 31 || left + limitBits > 30 || rounding == Rounding.PseudoStochastic ? 64 : 32;
        if (dropped == 0) return Limited(v);
        if (dropped > 0) return Limited($"{helpers.Use(name, wide)}({v}, {dropped})");
        return Limited($"{Limited(v)} * (INT{wide}_C(1) << {left})");

        string Limited(string value) => $"{helpers.Use("clamp", wide)}({value}, {CText.Int(-(long)limit)}, {limit})";
    }
}
