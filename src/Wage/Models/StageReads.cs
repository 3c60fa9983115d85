using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Models;

/// <summary>What the stage of a node reads besides its input: constants of the node, in this order, behind the weights of a product.</summary>
[Flags]
public enum StageReads
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><see cref="StageTensors.Range"/>.</summary>
    Range = 1,

    /// <summary><see cref="StageTensors.Start"/>: a bias, less what zero points add.</summary>
    Start = 2,

    /// <summary><see cref="StageTensors.Multipliers"/>.</summary>
    Multipliers = 4,

    /// <summary><see cref="StageTensors.Shifts"/>.</summary>
    Shifts = 8,
}

/// <summary>A stage's tensors as a node's constants, and back.</summary>
internal static class StageConstantsOfPlans
{
    /// <summary>What a stage with these tensors reads.</summary>
    public static StageReads Reads(this in StageTensors t) =>
        (t.Range is null ? 0 : StageReads.Range) | (t.Start is null ? 0 : StageReads.Start)
        | (t.Multipliers is null ? 0 : StageReads.Multipliers) | (t.Shifts is null ? 0 : StageReads.Shifts);

    /// <summary>The same as constants of a node of this name: "conv1.start".</summary>
    public static (string Name, Tensor Values)[] Constants(this in StageTensors t, string node)
    {
        (string Part, Tensor? Values)[] all = [("range", t.Range), ("start", t.Start), ("multipliers", t.Multipliers), ("shifts", t.Shifts)];
        return [.. all.Where(one => one.Values is not null).Select(one => ($"{node}.{one.Part}", one.Values!))];
    }

    /// <summary>The tensors of a stage with those of a node's constants, the first of which has this number.</summary>
    public static StageTensors With(this StageReads reads, in StageTensors t, IReadOnlyList<Tensor> constants, int first) => t with
    {
        Range = Next(reads, StageReads.Range, constants, ref first),
        Start = Next(reads, StageReads.Start, constants, ref first),
        Multipliers = Next(reads, StageReads.Multipliers, constants, ref first),
        Shifts = Next(reads, StageReads.Shifts, constants, ref first),
    };

    private static Tensor? Next(StageReads reads, StageReads one, IReadOnlyList<Tensor> constants, ref int next) =>
        (reads & one) == 0 ? null : constants[next++];
}
