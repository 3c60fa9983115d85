using Wage.Tensors;

namespace Wage.Models;

/// <summary>
/// Which nodes of a plan share memory: a node's output is needed until its last reader has run, and then another takes its place. Lengths are of one
/// image. The image itself is kept apart, for it lies where it was loaded.
/// </summary>
internal sealed class PlanMemory
{
    /// <summary>The place of what is no buffer: the image, and views of it.</summary>
    public const int Image = -1;

    private readonly List<(ElementType Type, int Length)> buffers = [];
    private readonly List<int> free = [];

    /// <summary>Finds a place for every output and all scratch memory.</summary>
    public PlanMemory(IReadOnlyList<PlanNode> nodes)
    {
        (Output, Scratch) = (new int[nodes.Count], new int[nodes.Count][]);
        var owner = Owners(nodes);
        var last = LastReaders(nodes, owner);
        (Output[0], Scratch[0]) = (Image, []);
        for (var i = 1; i < nodes.Count; i++)
        {
            var (operation, spec) = (nodes[i].Operation, nodes[i].Output);
            Scratch[i] = [.. operation.Scratch.Select(one => Take(one.Type, one.Shape.Length))];
            if (owner[i] != i) Output[i] = Output[owner[i]];
            else Output[i] = Overwritten(nodes, owner, last, i) ?? Take(spec.Type, spec.Shape.Length);
            free.AddRange(Scratch[i]);
            foreach (var ended in nodes[i].Inputs.Append(i).Select(node => owner[node]).Distinct())
                if (last[ended] == i && Output[ended] != Image && (ended == i || Output[ended] != Output[i])) free.Add(Output[ended]);
        }
    }

    /// <summary>Type and elements an image of each buffer.</summary>
    public IReadOnlyList<(ElementType Type, int Length)> Buffers => buffers;

    /// <summary>The buffer of each node's output.</summary>
    public int[] Output { get; }

    /// <summary>The buffers of each node's scratch memory.</summary>
    public int[][] Scratch { get; }

    /// <summary>The node whose memory each node's output is: itself, but for views.</summary>
    internal static int[] Owners(IReadOnlyList<PlanNode> nodes)
    {
        var owner = new int[nodes.Count];
        for (var i = 0; i < owner.Length; i++) owner[i] = nodes[i].Operation.Reuse == PlanReuse.View ? owner[nodes[i].Inputs[0]] : i;
        return owner;
    }

    /// <summary>The last node that reads each one's memory, itself where there is none; nobody overwrites the scores.</summary>
    internal static int[] LastReaders(IReadOnlyList<PlanNode> nodes, int[] owner)
    {
        var last = Enumerable.Range(0, nodes.Count).ToArray();
        for (var i = 0; i < last.Length; i++)
        {
            last[owner[i]] = i;
            foreach (var input in nodes[i].Inputs) last[owner[input]] = i;
        }

        last[owner[^1]] = int.MaxValue;
        return last;
    }

    /// <summary>The buffer of the first input where the output may take its place.</summary>
    private int? Overwritten(IReadOnlyList<PlanNode> nodes, int[] owner, int[] last, int i)
    {
        if (nodes[i].Operation.Reuse != PlanReuse.Overwrite) return null;
        var input = owner[nodes[i].Inputs[0]];
        var (from, to) = (nodes[input].Output, nodes[i].Output);
        var fits = last[input] == i && Output[input] != Image && from.Type == to.Type && from.Shape.Length == to.Shape.Length;
        return fits ? Output[input] : null;
    }

    /// <summary>A free buffer, the smallest that is long enough or else the longest, which grows; or a new one.</summary>
    private int Take(ElementType type, int length)
    {
        var fitting = free.Where(buffer => buffers[buffer].Type == type).OrderBy(buffer => buffers[buffer].Length).ToArray();
        if (fitting.Length == 0)
        {
            buffers.Add((type, length));
            return buffers.Count - 1;
        }

        var taken = fitting.FirstOrDefault(buffer => buffers[buffer].Length >= length, fitting[^1]);
        free.Remove(taken);
        buffers[taken] = (type, Math.Max(length, buffers[taken].Length));
        return taken;
    }
}
