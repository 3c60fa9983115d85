using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Wage.Numbers;
using Wage.Simulation.Conversion;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Simulation.Compression;

/// <summary>
/// A tensor in codes: for each range its least and greatest value (float32), then the codes of all elements, packed. What codes would not make
/// smaller is kept as it is, and so are integers and short vectors of floats: biases, batch norm's scales and averages.
/// </summary>
public sealed class CompressedTensor
{
    private const int RangeBytes = 2 * sizeof(float);
    private const int ShortVector = 1 << 14;
    private readonly byte[] content;

    /// <summary>A tensor of a file, whose content is as long as the others ask for.</summary>
    /// <exception cref="WageException">A range is none.</exception>
    internal CompressedTensor(string name, ElementType type, Shape shape, int bits, int ranges, byte[] content)
    {
        (Name, Type, Shape, Bits, this.content) = (name, type, shape, bits, content);
        Ranges = [.. Enumerable.Range(0, ranges).Select(i => Range(content.AsSpan(i * RangeBytes)))];
        foreach (var range in Ranges) LinearRange.Require(OneLine.Quote(name), range.Least, range.Greatest);
    }

    /// <summary>"conv1".</summary>
    public string Name { get; }

    /// <summary>What its elements are, and become again.</summary>
    public ElementType Type { get; }

    /// <summary>Its extents.</summary>
    public Shape Shape { get; }

    /// <summary>Bits of a code, from 2 to 8; 0: it is kept as it is.</summary>
    public int Bits { get; }

    /// <summary>One, or one for each slice of the first extent; none where it is kept as it is.</summary>
    public IReadOnlyList<LinearRange> Ranges { get; }

    /// <summary>The bytes that it takes, ranges included.</summary>
    public int Size => content.Length;

    /// <summary>Ranges and codes, or the elements.</summary>
    internal ReadOnlySpan<byte> Content => content;

    /// <summary>The tensor in codes, where they make it smaller.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="bits">k, from 2 to 8.</param>
    /// <param name="granularity">What shares a range.</param>
    /// <exception cref="WageException">A value is not finite.</exception>
    public static CompressedTensor Of(SavedTensor tensor, int bits, Granularity granularity)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        RequireBits(bits);
        var (name, shape) = (tensor.Name, tensor.Shape);
        var ranges = granularity == Granularity.Channel && shape.Rank > 1 ? shape[0] : 1;
        var isShort = shape.Rank < 2 && shape.Length < ShortVector;
        if (tensor.Type != ElementType.Float32 || isShort || ContentBytes(tensor.Type, shape, bits, ranges) >= tensor.Size)
            return new CompressedTensor(name, tensor.Type, shape, 0, 0, tensor.Bytes);
        var content = new byte[ContentBytes(tensor.Type, shape, bits, ranges)];
        var (codes, slice) = (new byte[shape.Length], shape.Length / ranges);
        for (var i = 0; i < ranges; i++)
        {
            var values = MemoryMarshal.Cast<byte, float>(tensor.Bytes).Slice(i * slice, slice);
            var range = LinearRange.Of(OneLine.Quote(name), values, bits);
            BinaryPrimitives.WriteSingleLittleEndian(content.AsSpan(i * RangeBytes), range.Least);
            BinaryPrimitives.WriteSingleLittleEndian(content.AsSpan((i * RangeBytes) + sizeof(float)), range.Greatest);
            range.Quantize(values, codes.AsSpan(i * slice, slice));
        }

        BitPacking.Pack(codes, bits, content.AsSpan(ranges * RangeBytes));
        return new CompressedTensor(name, tensor.Type, shape, bits, ranges, content);
    }

    /// <summary>
    /// The tensor again: each value at most half a step, (greatest - least) / (2^k - 1) / 2, from what it was, then rounded to float32.
    /// </summary>
    public SavedTensor Restore()
    {
        if (Bits == 0) return new SavedTensor(Name, Type, Shape, content);
        var (codes, bytes, slice) = (new byte[Shape.Length], new byte[Shape.Length * sizeof(float)], Shape.Length / Ranges.Count);
        BitPacking.Unpack(content.AsSpan(Ranges.Count * RangeBytes), Bits, codes);
        var values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
        for (var i = 0; i < Ranges.Count; i++) Ranges[i].Dequantize(codes.AsSpan(i * slice, slice), values.Slice(i * slice, slice));
        return new SavedTensor(Name, Type, Shape, bytes);
    }

    /// <summary>The error of this tensor against what it was made of; null of integers.</summary>
    public CodingError? ErrorOf(SavedTensor original)
    {
        ArgumentNullException.ThrowIfNull(original);
        return Type != ElementType.Float32 ? null
            : CodingError.Of(MemoryMarshal.Cast<byte, float>(original.Bytes), MemoryMarshal.Cast<byte, float>(Restore().Bytes));
    }

    /// <summary>The bytes of such a tensor's content.</summary>
    internal static long ContentBytes(ElementType type, Shape shape, int bits, int ranges) => bits == 0
        ? (long)shape.Length * type.Size() : ((long)ranges * RangeBytes) + BitPacking.Bytes(shape.Length, bits);

    internal static void RequireBits(int bits)
    {
        if (bits is < AffineGrid.LeastBits or > AffineGrid.MostBits)
            throw new WageException($"codes of {bits} bits: there are those of {AffineGrid.LeastBits} to {AffineGrid.MostBits}.");
    }

    private LinearRange Range(ReadOnlySpan<byte> at) =>
        new(BinaryPrimitives.ReadSingleLittleEndian(at), BinaryPrimitives.ReadSingleLittleEndian(at[sizeof(float)..]), Bits);
}
