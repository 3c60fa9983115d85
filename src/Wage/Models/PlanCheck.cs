using System.Numerics;
using Wage.Layers;
using Wage.Tensors;

namespace Wage.Models;

/// <summary>What the nodes of a plan are asked for.</summary>
internal static class PlanCheck
{
    /// <summary>It reads so many nodes.</summary>
    public static void Inputs(string node, IReadOnlyList<SignalSpec> inputs, int count)
    {
        if (inputs.Count == count) return;
        throw new ArgumentException($"{node}: reads {inputs.Count} nodes, but the operation needs {count}", nameof(inputs));
    }

    /// <summary>A tensor has so many elements for an image.</summary>
    public static void Length(string node, string what, Shape shape, long length)
    {
        if (shape.Length != length) throw new ArgumentException($"{node}: its {what} is {shape}, but the operation needs {length} elements", what);
    }

    /// <summary>A tensor is of this type.</summary>
    public static void Type(string node, string what, ElementType type, ElementType needed)
    {
        if (type != needed) throw new ArgumentException($"{node}: its {what} is {type}, but the operation needs {needed}", what);
    }

    /// <summary>A stage's constants are there, and its columns are so many.</summary>
    public static void Columns(string node, StageReads reads, IReadOnlyList<Tensor> constants, int first, int columns)
    {
        if (constants.Count != first + BitOperations.PopCount((uint)reads))
            throw new ArgumentException($"{node}: has {constants.Count} constants, but its stage reads {reads}", nameof(constants));
        if (reads.HasFlag(StageReads.Multipliers) != reads.HasFlag(StageReads.Shifts))
            throw new ArgumentException($"{node}: its stage reads {reads}, but multipliers come with shifts", nameof(reads));
        for (var i = first; i < constants.Count; i++)
        {
            var isRange = i == first && reads.HasFlag(StageReads.Range);
            Type(node, "constants", constants[i].Type, isRange ? ElementType.Int64 : ElementType.Int32);
            Length(node, "constants", constants[i].Shape, isRange ? 1 : columns);
        }
    }
}
