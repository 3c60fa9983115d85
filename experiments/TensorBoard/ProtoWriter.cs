using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Wage.Experiments.TensorBoard;

/// <summary>
/// The part of the Protocol Buffers wire format that event files need: varints, doubles, floats and length-delimited fields, each behind its tag
/// (field number &lt;&lt; 3 | wire type).
/// </summary>
internal sealed class ProtoWriter
{
    private readonly ArrayBufferWriter<byte> buffer = new();

    /// <summary>The message so far.</summary>
    public ReadOnlySpan<byte> Written => buffer.WrittenSpan;

    /// <summary>An int64 or an enumeration.</summary>
    public ProtoWriter Varint(int field, long value)
    {
        Tag(field, 0);
        Base128((ulong)value);
        return this;
    }

    public ProtoWriter Double(int field, double value)
    {
        Tag(field, 1);
        Fixed(value);
        return this;
    }

    public ProtoWriter Float(int field, float value)
    {
        Tag(field, 5);
        BinaryPrimitives.WriteSingleLittleEndian(buffer.GetSpan(4), value);
        buffer.Advance(4);
        return this;
    }

    public ProtoWriter Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtoWriter Message(int field, ProtoWriter message) => Bytes(field, message.Written);

    /// <summary>A packed list of doubles.</summary>
    public ProtoWriter Doubles(int field, IReadOnlyCollection<double> values)
    {
        Tag(field, 2);
        Base128((ulong)values.Count * 8);
        foreach (var value in values) Fixed(value);
        return this;
    }

    private ProtoWriter Bytes(int field, ReadOnlySpan<byte> value)
    {
        Tag(field, 2);
        Base128((ulong)value.Length);
        buffer.Write(value);
        return this;
    }

    private void Tag(int field, int wireType) => Base128((ulong)((field << 3) | wireType));

    private void Fixed(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(buffer.GetSpan(8), value);
        buffer.Advance(8);
    }

    /// <summary>Seven bits a byte, the lowest first; the high bit says that more follow.</summary>
    private void Base128(ulong value)
    {
        while (value >= 0x80)
        {
            buffer.Write([(byte)(value | 0x80)]);
            value >>= 7;
        }

        buffer.Write([(byte)value]);
    }
}
