using System.Numerics;
using Wage.Backends;
using Wage.Layers;
using Wage.Tensors;

namespace Wage.Models;

/// <summary>What the nodes of a plan are asked for.</summary>
internal static class PlanCheck
{
    /// <summary>A node reads so many others and, unless its stage says how many, so many constants.</summary>
    public static void Reads(string node, IReadOnlyList<SignalSpec> inputs, int nodes, IReadOnlyList<Tensor>? constants = null, int tensors = 0)
    {
        if (inputs.Count != nodes)
            throw new ArgumentException($"{node}: reads {inputs.Count} nodes, but the operation takes {nodes}", nameof(inputs));
        if (constants is not null && constants.Count != tensors)
            throw new ArgumentException($"{node}: has {constants.Count} constants, but the operation reads {tensors}", nameof(constants));
    }

    /// <summary>The same elements come out, or some of them.</summary>
    public static void Same(string node, in SignalSpec input, in SignalSpec output)
    {
        Length(node, "input", input.Shape, output.Shape.Length);
        Type(node, "input", input.Type, output.Type);
        Bound(node, input.Bound, output);
    }

    /// <summary>What comes out is said to reach at least what it can reach: bounds of later products are proved from it.</summary>
    public static void Bound(string node, Int128 reached, in SignalSpec output)
    {
        if (output.Bound < reached || output.Bound > (Int128)output.Type.Maximum() + 1)
            throw new ArgumentException(
                $"{node}: its output is said to reach {output.Bound}, but it can reach {reached}, and {output.Type} holds {output.Type.Maximum()}",
                nameof(output));
    }

    /// <summary>A pool's windows lie within its image.</summary>
    public static void Windows(string node, PoolGeometry windows, in SignalSpec input, in SignalSpec output)
    {
        Extents(node, windows);
        var g = windows with { Batch = 1 };
        Length(node, "input", input.Shape, g.InputLength);
        Length(node, "output", output.Shape, g.OutputLength);
        Type(node, "input", input.Type, output.Type);
        Bound(node, input.Bound, output);
    }

    /// <summary>A pool has windows, and they lie within its image.</summary>
    public static void Extents(string node, in PoolGeometry g)
    {
        if (Math.Min(Math.Min(g.Height, g.Width), g.Channels) < 1 || Math.Min(Math.Min(g.WindowHeight, g.WindowWidth), g.Stride) < 1
            || g.WindowHeight > g.Height || g.WindowWidth > g.Width)
            throw new ArgumentException(
                $"{node}: windows of {g.WindowHeight}x{g.WindowWidth} every {g.Stride} do not lie within {g.Height}x{g.Width}x{g.Channels}",
                nameof(g));
    }

    /// <summary>The positions of a window's maxima fit a byte.</summary>
    public static void Positions(string node, in PoolGeometry g)
    {
        if ((long)g.WindowHeight * g.WindowWidth > byte.MaxValue)
            throw new ArgumentException($"{node}: windows of {g.WindowHeight}x{g.WindowWidth} have more than {byte.MaxValue} places", nameof(g));
    }

    /// <summary>A product's kernel lies within its image with what is around it, and its groups divide the channels.</summary>
    public static void Extents(string node, in ConvGeometry g)
    {
        var p = g.Padding;
        var least = Math.Min(Math.Min(Math.Min(g.Height, g.Width), Math.Min(g.Channels, g.Filters)), Math.Min(g.Stride, g.Groups));
        if (Math.Min(least, Math.Min(g.KernelHeight, g.KernelWidth)) < 1 || Math.Min(Math.Min(p.Top, p.Bottom), Math.Min(p.Left, p.Right)) < 0
            || g.KernelHeight > (long)g.Height + p.Top + p.Bottom || g.KernelWidth > (long)g.Width + p.Left + p.Right
            || g.Channels % g.Groups != 0 || g.Filters % g.Groups != 0)
            throw new ArgumentException(
                $"{node}: {g.Filters} filters of {g.KernelHeight}x{g.KernelWidth} every {g.Stride} in {g.Groups} groups do not fit an image of " +
                $"{g.Height}x{g.Width}x{g.Channels}", nameof(g));
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
