using System.Runtime.InteropServices;
using Wage.Backends;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Models;

/// <summary>
/// A tensor in the plan's own memory: little-endian, row-major. Weights of few bits lie packed, as <see cref="IBackend.Unpack"/> has it: binary ones
/// in 1 bit, ternary ones in 2, those from -8 to 7 in 4, each times one power of two.
/// </summary>
public sealed class PlanTensor
{
    private readonly byte[] stored;

    /// <summary>A copy of these elements.</summary>
    /// <param name="name">"conv1".</param>
    /// <param name="type">The type of the elements.</param>
    /// <param name="shape">The extents.</param>
    /// <param name="bytes">The elements, little-endian, row-major.</param>
    public PlanTensor(string name, ElementType type, Shape shape, ReadOnlySpan<byte> bytes)
    {
        (Name, Type, Shape, Bits) = (name, type, shape, 8 * type.Size());
        if (type == ElementType.Int8) (Bits, PackedShift) = SignedCodes.Fewest(MemoryMarshal.Cast<byte, sbyte>(bytes));
        stored = IsPacked ? SignedCodes.Pack(MemoryMarshal.Cast<byte, sbyte>(bytes), Bits, PackedShift) : bytes.ToArray();
    }

    /// <summary>"conv1".</summary>
    public string Name { get; }

    /// <summary>The type of the elements.</summary>
    public ElementType Type { get; }

    /// <summary>The extents.</summary>
    public Shape Shape { get; }

    /// <summary>Of an element as it is stored: 1, 2, 4 or 8 of Int8, else those of the type.</summary>
    public int Bits { get; }

    /// <summary>Packed elements are multiplied by 2 to this power.</summary>
    public int PackedShift { get; }

    /// <summary>Whether elements are stored in less than a byte.</summary>
    public bool IsPacked => Bits < 8;

    /// <summary>What is stored.</summary>
    public ReadOnlySpan<byte> Stored => stored;

    /// <summary>The elements, in memory of their own.</summary>
    public byte[] Unpack() => IsPacked ? Unpack(stored, Bits, PackedShift, Shape) : [.. stored];

    /// <summary>The elements of an Int8 tensor, weights, in memory of their own.</summary>
    /// <exception cref="InvalidOperationException">The elements are of another type.</exception>
    public sbyte[] UnpackInt8() => Type == ElementType.Int8
        ? [.. MemoryMarshal.Cast<byte, sbyte>(Unpack())] : throw new InvalidOperationException($"{Name} holds {Type}");

    /// <summary>The elements of an Int32 tensor: what differs between a stage's columns.</summary>
    /// <exception cref="InvalidOperationException">The elements are of another type.</exception>
    public ReadOnlySpan<int> Int32 => Type == ElementType.Int32
        ? MemoryMarshal.Cast<byte, int>(stored) : throw new InvalidOperationException($"{Name} holds {Type}");

    /// <summary>The bytes of so many elements as they are stored.</summary>
    internal static long StoredBytes(Shape shape, int bits) => BitPacking.Bytes(shape.Length, bits);

    /// <summary>The elements of packed ones.</summary>
    internal static byte[] Unpack(ReadOnlySpan<byte> stored, int bits, int shift, Shape shape)
    {
        var elements = new byte[shape.Length];
        SignedCodes.Unpack(stored, bits, MemoryMarshal.Cast<byte, sbyte>(elements.AsSpan()), shift);
        return elements;
    }

    /// <summary>A copy of a backend's tensor.</summary>
    internal static PlanTensor Copy(string name, IBackend backend, Tensor tensor)
    {
        PlanTensor? copy = null;
        backend.Lend(tensor, bytes => copy = new PlanTensor(name, tensor.Type, tensor.Shape, bytes));
        return copy!;
    }
}
