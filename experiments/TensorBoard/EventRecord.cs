using System.Buffers.Binary;
using System.Numerics;
using Wage.Experiments.Statistics;

namespace Wage.Experiments.TensorBoard;

/// <summary>
/// Records of an event file. Each is an Event message (tensorflow/core/util/event.proto) in TFRecord's frame: its length (UInt64), the length's
/// masked CRC-32C, the message, its masked CRC-32C, all little-endian. Times are Unix seconds.
/// </summary>
internal static class EventRecord
{
    private const int SessionStart = 1;

    /// <summary>The first record of every file.</summary>
    public static byte[] Version(double time) => Frame(new ProtoWriter().Double(1, time).Text(3, "brain.Event:2"));

    /// <summary>A session starts: readers drop what they have of this step and later ones.</summary>
    public static byte[] Start(double time) =>
        Frame(new ProtoWriter().Double(1, time).Varint(2, 0).Message(7, new ProtoWriter().Varint(1, SessionStart)));

    /// <summary>Single numbers at a step.</summary>
    public static byte[] Scalars(double time, long step, IEnumerable<(string Tag, double Value)> values)
    {
        var summary = new ProtoWriter();
        foreach (var (tag, value) in values) summary.Message(1, new ProtoWriter().Text(1, tag).Float(2, (float)value));
        return Frame(new ProtoWriter().Double(1, time).Varint(2, step).Message(5, summary));
    }

    /// <summary>A histogram at a step: the tensor's values, not its integers.</summary>
    public static byte[] Histogram(double time, string tag, ObservedTensor tensor)
    {
        var unit = Math.ScaleB(1, tensor.Exponent - tensor.FractionBits);
        List<double> limits = [], counts = [];
        var (sum, squares) = (0.0, 0.0);
        foreach (var (low, high, elements) in tensor.Bins())
        {
            var (left, right, middle) = ((low - 0.5) * unit, (high + 0.5) * unit, (low + high) / 2 * unit);
            if (limits.Count == 0 || limits[^1] < left) Add(left, 0);
            Add(right, elements);
            (sum, squares) = (sum + (middle * elements), squares + (middle * middle * elements));
        }

        void Add(double limit, double count)
        {
            limits.Add(limit);
            counts.Add(count);
        }

        var histogram = new ProtoWriter().Double(1, tensor.Min * unit).Double(2, tensor.Max * unit).Double(3, tensor.Count).Double(4, sum).Double(5,
            squares)
            .Doubles(6, limits).Doubles(7, counts);
        var value = new ProtoWriter().Text(1, tag).Message(5, histogram);
        return Frame(new ProtoWriter().Double(1, time).Varint(2, tensor.Step).Message(5, new ProtoWriter().Message(1, value)));
    }

    private static byte[] Frame(ProtoWriter message)
    {
        var data = message.Written;
        var record = new byte[data.Length + 16];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), Masked(record.AsSpan(0, 8)));
        data.CopyTo(record.AsSpan(12));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + data.Length), Masked(data));
        return record;
    }

    /// <summary>CRC-32C, rotated by 15 bits and moved by a constant, so that the checksum of data that hold checksums stays good.</summary>
    private static uint Masked(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data) crc = BitOperations.Crc32C(crc, value);
        return BitOperations.RotateRight(~crc, 15) + 0xA282EAD8;
    }
}
