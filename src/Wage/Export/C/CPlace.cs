using Wage.Tensors;

namespace Wage.Export.C;

/// <summary>Where something lies in the program's one array of activations, and when.</summary>
/// <param name="Name">The node, as the program calls it: "n1_conv1".</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Shape">What comes out of the node for one image; of a product's scratch memory, one filter's weights.</param>
/// <param name="Offset">Its first byte, a multiple of 4, of Int64 of 8.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="First">The node that writes it.</param>
/// <param name="Last">The last node that reads it.</param>
public sealed record CPlace(string Name, ElementType Type, Shape Shape, long Offset, long Bytes, int First, int Last)
{
    /// <summary>The byte behind it.</summary>
    public long End => Offset + Bytes;

    /// <summary>Whether both are needed at once.</summary>
    internal bool Meets(CPlace other) => First <= other.Last && other.First <= Last;
}
