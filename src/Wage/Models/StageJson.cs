using System.Text.Json;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Training;

namespace Wage.Models;

/// <summary>A stage in a file's header: the library's, by names, with their roundings.</summary>
internal static class StageJson
{
    private static readonly string[] Affine = ["multiplier", "shift", "zeroPoint", "low", "high"];
    private static readonly string[] Shift = ["dropped", "limit"];

    /// <exception cref="WageException">It is not the library's, or is made for training.</exception>
    public static void Write(Utf8JsonWriter json, string node, FusedStage stage)
    {
        switch (stage.Value)
        {
            case RawStage:
                json.WriteString("stage", "raw");
                break;
            case ReluStage:
                json.WriteString("stage", "relu");
                break;
            case ShiftStage shift:
                json.WriteString("stage", "shift");
                JsonFields.Write(json, "shift", Shift, shift.Dropped, shift.Limit);
                json.WriteString("rounding", shift.Rounding.ToString());
                break;
            case ActivationStage activation:
                json.WriteString("stage", "activation");
                JsonFields.Write(json, "shift", Shift, activation.Dropped, activation.Limit);
                json.WriteString("rounding", activation.Rounding.ToString());
                break;
            case AffineStage affine:
                json.WriteString("stage", "affine");
                JsonFields.Write(
                    json, "affine", Affine, affine.Scale.Multiplier, affine.Scale.Shift, affine.ZeroPoint, affine.Low, affine.High);
                json.WriteString("rounding", affine.Rounding.ToString());
                break;
            default:
                throw new WageException($"{node}: ends in {stage.Value.GetType().Name}, which no file of a model holds.");
        }
    }

    /// <exception cref="FormatException">There is no such stage, or a number of it is impossible.</exception>
    public static FusedStage Read(JsonElement node)
    {
        switch (CheckpointHeader.Text(node, "stage"))
        {
            case "raw": return FusedStage.Of(default(RawStage));
            case "relu": return FusedStage.Of(default(ReluStage));
            case "shift":
                var (dropped, limit) = ShiftOf(node);
                return FusedStage.Of(new ShiftStage(dropped, limit, Ties(node)));
            case "activation":
                (dropped, limit) = ShiftOf(node);
                return FusedStage.Of(new ActivationStage(dropped, limit, Ties(node), long.MaxValue));
            case "affine":
                var n = JsonFields.Read(node, "affine", Affine);
                var scale = new QuantizedMultiplier(n[0], n[1]);
                JsonFields.Require("affine", scale.IsValid && n[3] <= n[4], n);
                return FusedStage.Of(new AffineStage(scale, n[2], n[3], n[4], JsonFields.Named<MultiplierRounding>(node, "rounding")));
            case var other: throw new FormatException($"there is no stage {CheckpointHeader.Quoted(other)}");
        }
    }

    /// <summary>A rounding that draws no random bits.</summary>
    public static Rounding Ties(JsonElement node)
    {
        var rounding = JsonFields.Named<Rounding>(node, "rounding");
        JsonFields.Require("rounding", rounding != Rounding.Stochastic, rounding);
        return rounding;
    }

    private static (int Dropped, int Limit) ShiftOf(JsonElement node)
    {
        var n = JsonFields.Read(node, "shift", Shift);
        JsonFields.Require("shift", n[0] is >= -62 and <= 62 && n[1] >= 0, n);
        return (n[0], n[1]);
    }
}
