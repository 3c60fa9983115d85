using System.Globalization;
using System.Text;
using Wage.Layers;
using Wage.Models;
using Wage.Quantization;

namespace Wage.Export.C;

/// <summary>A node while it becomes a function.</summary>
/// <param name="Plan">The model.</param>
/// <param name="Index">Its number.</param>
/// <param name="Helpers">What the program calls.</param>
/// <param name="Text">Where the function goes.</param>
internal sealed record CNode(ModelPlan Plan, int Index, CHelpers Helpers, StringBuilder Text)
{
    /// <summary>The node.</summary>
    public PlanNode Node => Plan.Nodes[Index];

    /// <summary>Its name in C.</summary>
    public string Name => CText.Name(Index, Node.Name);

    /// <summary>What comes out.</summary>
    public SignalSpec Output => Node.Output;

    /// <summary>The type that comes out.</summary>
    public string Type => CText.Type(Output.Type);

    /// <summary>What it reads.</summary>
    public SignalSpec Input(int input) => Plan.Nodes[Node.Inputs[input]].Output;

    /// <summary>A constant by its number.</summary>
    public PlanTensor Constant(int number) => Plan[Node.Constants[number]];

    /// <summary>How an array of it is called: "n1_conv1_start".</summary>
    public string ConstantName(string part) => $"{Name}_{part}";

    /// <summary>A line of the function.</summary>
    public void Line(int depth, string line) => Text.Append(' ', 4 * depth).Append(line).Append('\n');

    /// <summary>A for loop's head over so many, which opens a block.</summary>
    public void Loop(int depth, string i, long count) =>
        Line(depth, string.Create(CultureInfo.InvariantCulture, $"for ({i} = 0; {i} < {count}; {i}++) {{"));

    /// <summary>The array of a stage's constants for each column, and how a loop over columns reads it; null: it has none.</summary>
    /// <param name="reads">What the stage reads.</param>
    /// <param name="one">Which of it.</param>
    /// <param name="first">The number of its first constant.</param>
    /// <param name="column">The loop's variable.</param>
    public string? Column(StageReads reads, StageReads one, int first, string column)
    {
        if ((reads & one) == 0) return null;
        foreach (var before in (StageReads[])[StageReads.Range, StageReads.Start, StageReads.Multipliers, StageReads.Shifts])
        {
            if (before == one) break;
            if ((reads & before) != 0) first++;
        }

        var name = ConstantName(one switch { StageReads.Start => "start", StageReads.Multipliers => "multipliers", _ => "shifts" });
        CText.Array(Text, "int32_t", name, Constant(first).Int32);
        return $"{name}[{column}]";
    }

    /// <summary>What the stage stores of v, in the type of the output; its constants are written before the function is begun.</summary>
    public string Stored(IOutputStage? stage, StageReads reads, int first, int bits, string column)
    {
        if (stage is null) return "v";
        var isScaled = stage is AffineStage;
        var multiplier = isScaled ? Column(reads, StageReads.Multipliers, first, column) : null;
        var shift = isScaled ? Column(reads, StageReads.Shifts, first, column) : null;
        var value = new CStages(Helpers).Value(Node.Name, stage, bits, multiplier is null ? null : (multiplier, shift!));
        return $"({Type})({value})";
    }
}
