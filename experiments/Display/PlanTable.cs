using System.Globalization;
using Wage.Models;
using Wage.Quantization;

namespace Wage.Experiments.Display;

/// <summary>The nodes of a model: what is computed, and with what rounding.</summary>
internal static class PlanTable
{
    /// <summary>Writes it.</summary>
    public static void Write(ModelPlan plan, TextWriter output)
    {
        var table = new TextTable("node", "operation", "ends in", "reads", "shape", "type", "bound", "constants").RightAlign(6);
        foreach (var node in plan.Nodes)
        {
            table.Add(
                node.Name, Word(node.Operation.GetType().Name, "Operation"), EndOf(node.Operation),
                node.Inputs.IsEmpty ? "the image" : string.Join(", ", node.Inputs.Select(input => plan.Nodes[input].Name)),
                $"{node.Output.Shape}", $"{node.Output.Type}", Format.Count(node.Output.Bound), string.Join(", ", node.Constants));
        }

        table.Write(output);
    }

    private static string EndOf(PlanOperation operation) => operation switch
    {
        ProductOperation { Stage: null } => "-",
        ProductOperation { Stage: { } stage, Pool: { } pool } => $"{pool.WindowHeight}x{pool.WindowWidth} max pool, {StageOf(stage)}",
        ProductOperation { Stage: { } stage } => StageOf(stage),
        StageOperation { Stage: { } stage } => StageOf(stage),
        AffineSumOperation { Function: var f } => $"Z {Text(f.ZeroPoint)}, codes {Text(f.Low)} to {Text(f.High)}, {Rounding(f.Rounding)}",
        AveragePoolOperation average => $"{average.Rounding}",
        _ => "-",
    };

    private static string StageOf(FusedStage stage) => stage.Value switch
    {
        AffineStage affine => $"Z {Text(affine.ZeroPoint)}, codes {Text(affine.Low)} to {Text(affine.High)}, {Rounding(affine.Rounding)}",
        ShiftStage shift => $"{Text(shift.Dropped)} bits dropped, {shift.Rounding}",
        ActivationStage activation => $"ReLU, {Text(activation.Dropped)} bits dropped, {activation.Rounding}",
        var other => Word(other.GetType().Name, "Stage"),
    };

    private static string Rounding(Numbers.MultiplierRounding rounding) => $"{rounding} rounding".ToLowerInvariant();

    private static string Word(string name, string suffix) => name.EndsWith(suffix, StringComparison.Ordinal) ? name[..^suffix.Length] : name;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
