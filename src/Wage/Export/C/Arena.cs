using Wage.Models;
using Wage.Tensors;

namespace Wage.Export.C;

/// <summary>
/// The memory of one image, planned: every output has a place in one array from the node that writes it to the last that reads it. Others take the
/// place before and after, but no two of different types that are wider than bytes: to a compiler those never share memory. An element-wise node may
/// write where it reads, bytes for wider elements too, for it goes forward. The longest are placed first, or the earliest, whichever takes less.
/// </summary>
internal sealed class Arena
{
    private readonly ModelPlan plan;
    private readonly int[] owner;
    private readonly int[] last;
    private readonly CPlace?[] output;
    private readonly CPlace?[] scratch;

    /// <summary>Places what the nodes of a plan write.</summary>
    /// <param name="plan">The model.</param>
    /// <param name="scratch">The bytes that each node needs while it runs; 0: none.</param>
    public Arena(ModelPlan plan, IReadOnlyList<int> scratch)
    {
        (this.plan, owner) = (plan, PlanMemory.Owners(plan.Nodes));
        last = PlanMemory.LastReaders(plan.Nodes, owner);
        List<Wanted> wanted = [];
        for (var i = 0; i < plan.Nodes.Length; i++)
        {
            var (node, end) = (plan.Nodes[i], Math.Min(last[i], plan.Nodes.Length));
            if (owner[i] == i) wanted.Add(new(i, node.Name, node.Output.Type, node.Output.Shape, end, IsScratch: false));
            if (scratch[i] > 0) wanted.Add(new(i, $"{node.Name}, weights", ElementType.Int8, new Shape(scratch[i]), i, IsScratch: true));
        }

        var ways = new[] { Place(wanted.OrderByDescending(one => one.Bytes)), Place(wanted) };
        var best = ways.MinBy(way => way.Values.Max(place => place.End))!;
        (output, this.scratch) = (new CPlace?[owner.Length], new CPlace?[owner.Length]);
        foreach (var (one, place) in best) (one.IsScratch ? this.scratch : output)[one.Node] = place;
        Places = [.. best.Values.OrderBy(place => place.First).ThenBy(place => place.Offset)];
        Bytes = (best.Values.Max(place => place.End) + 7) / 8 * 8;
    }

    /// <summary>Every place, in the order in which they are written.</summary>
    public IReadOnlyList<CPlace> Places { get; }

    /// <summary>The length of the array.</summary>
    public long Bytes { get; }

    /// <summary>Where a node's output lies; a view's is that of what it views.</summary>
    public CPlace Output(int node) => output[owner[node]]!;

    /// <summary>Where a node's scratch memory lies.</summary>
    public CPlace Scratch(int node) => scratch[node]!;

    private Dictionary<Wanted, CPlace> Place(IEnumerable<Wanted> order)
    {
        Dictionary<Wanted, CPlace> placed = [];
        foreach (var one in order)
        {
            var place = new CPlace(
                one.IsScratch ? one.Name : CText.Name(one.Node, one.Name), one.Type, one.Shape, 0, one.Bytes, one.Node, one.Last);
            var others = placed.Where(other => other.Value.Meets(place) || Differ(one.Type, other.Key.Type)).ToArray();
            var align = Math.Max(4, one.Type.Size());
            var offset = others.SelectMany(other => new[] { other.Value.Offset, (other.Value.End + align - 1) / align * align }).Append(0)
                .Where(at => at % align == 0 && others.All(other => IsFree(one, at, other.Key, other.Value))).Min();
            placed.Add(one, place with { Offset = offset });
        }

        return placed;
    }

    /// <summary>Whether C says that what is written as the one is not read as the other.</summary>
    private static bool Differ(ElementType one, ElementType other) => one != other && one != ElementType.Int8 && other != ElementType.Int8;

    private bool IsFree(Wanted one, long at, Wanted other, CPlace place) =>
        at >= place.End || at + one.Bytes <= place.Offset || (at == place.Offset && (Overwrites(one, other) || Overwrites(other, one)));

    /// <summary>Whether a node may write over what it reads, element for element.</summary>
    private bool Overwrites(Wanted writer, Wanted read)
    {
        if (writer.IsScratch || read.IsScratch || last[read.Node] != writer.Node) return false;
        var node = plan.Nodes[writer.Node];
        return node.Operation is StageOperation or ReluOperation or LookupOperation or SumOperation or AffineSumOperation
            && node.Inputs.Any(input => owner[input] == read.Node) && writer.Shape.Length == read.Shape.Length
            && (writer.Type == read.Type || writer.Type == ElementType.Int8);
    }

    private sealed record Wanted(int Node, string Name, ElementType Type, Shape Shape, int Last, bool IsScratch)
    {
        public long Bytes => (long)Shape.Length * Type.Size();
    }
}
