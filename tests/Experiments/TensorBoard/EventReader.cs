using System.Buffers.Binary;
using System.Text;

namespace Wage.Tests.Experiments.TensorBoard;

/// <summary>
/// Reads event files as the formats state them, without a line of the writer's: TFRecord frames with a bitwise CRC-32C, then any Protocol Buffers
/// message as its list of (field number, value).
/// </summary>
internal static class EventReader
{
    public static List<Event> Read(string path)
    {
        var (file, events) = (File.ReadAllBytes(path), new List<Event>());
        for (var at = 0; at < file.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)), Is.EqualTo(Masked(file.AsSpan(at, 8))),
                "the length's checksum");
            var data = file.AsSpan(at + 12, length);
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)), Is.EqualTo(Masked(data)), "the message's checksum");
            events.Add(Event.Of(data));
            at += 16 + length;
        }

        return events;
    }

    /// <summary>Castagnoli's polynomial, reflected, bit by bit.</summary>
    public static uint Crc(ReadOnlySpan<byte> data)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 1 ? (crc >> 1) ^ 0x82F63B78u : crc >> 1;
        }

        return crc ^ 0xFFFFFFFFu;
    }

    private static uint Masked(ReadOnlySpan<byte> data)
    {
        var crc = Crc(data);
        return unchecked(((crc >> 15) | (crc << 17)) + 0xA282EAD8u);
    }

    /// <summary>The fields in order: long for varints, double, float, or the bytes of a text, a message or a packed list.</summary>
    public static List<(int Field, object Value)> Fields(ReadOnlySpan<byte> message)
    {
        List<(int, object)> fields = [];
        while (message.Length > 0)
        {
            var tag = Varint(ref message);
            var (field, wire) = ((int)(tag >> 3), (int)(tag & 7));
            switch (wire)
            {
                case 0:
                    fields.Add((field, (long)Varint(ref message)));
                    break;
                case 1:
                    fields.Add((field, BitConverter.ToDouble(message[..8])));
                    message = message[8..];
                    break;
                case 2:
                    var length = (int)Varint(ref message);
                    fields.Add((field, message[..length].ToArray()));
                    message = message[length..];
                    break;
                case 5:
                    fields.Add((field, BitConverter.ToSingle(message[..4])));
                    message = message[4..];
                    break;
                default: throw new InvalidDataException($"wire type {wire}");
            }
        }

        return fields;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> message)
    {
        var (value, shift) = (0UL, 0);
        while (true)
        {
            var next = message[0];
            message = message[1..];
            value |= (ulong)(next & 127) << shift;
            if (next < 128) return value;
            shift += 7;
        }
    }
}

/// <summary>event.proto's Event: wall_time 1, step 2, file_version 3, summary 5, session_log 7.</summary>
internal sealed record Event(double Time, long Step, string? Version, bool Starts, Dictionary<string, float> Scalars,
    Dictionary<string, Histogram> Histograms)
{
    public static Event Of(ReadOnlySpan<byte> message)
    {
        var read = new Event(0, 0, null, false, [], []);
        foreach (var (field, value) in EventReader.Fields(message))
        {
            read = field switch
            {
                1 => read with { Time = (double)value },
                2 => read with { Step = (long)value },
                3 => read with { Version = Encoding.UTF8.GetString((byte[])value) },
                5 => read.WithSummary((byte[])value),
                7 => read with { Starts = EventReader.Fields((byte[])value).Contains((1, 1L)) },
                _ => throw new InvalidDataException($"event field {field}"),
            };
        }

        return read;
    }

    /// <summary>summary.proto: Summary has values 1; a value has tag 1, simple_value 2, histo 5.</summary>
    private Event WithSummary(byte[] summary)
    {
        foreach (var (_, value) in EventReader.Fields(summary))
        {
            var fields = EventReader.Fields((byte[])value).ToDictionary(field => field.Field, field => field.Value);
            var tag = Encoding.UTF8.GetString((byte[])fields[1]);
            if (fields.TryGetValue(2, out var single)) Scalars.Add(tag, (float)single);
            else Histograms.Add(tag, Histogram.Of((byte[])fields[5]));
        }

        return this;
    }
}

/// <summary>histogram.proto: min 1, max 2, num 3, sum 4, sum_squares 5, packed bucket_limit 6 and bucket 7.</summary>
internal sealed record Histogram(double Min, double Max, double Num, double Sum, double SumSquares, double[] Limits, double[] Counts)
{
    public static Histogram Of(byte[] message)
    {
        var fields = EventReader.Fields(message).ToDictionary(field => field.Field, field => field.Value);
        double[] Packed(int field) => [.. ((byte[])fields[field]).Chunk(8).Select(bytes => BitConverter.ToDouble(bytes))];
        return new Histogram((double)fields[1], (double)fields[2], (double)fields[3], (double)fields[4], (double)fields[5], Packed(6), Packed(7));
    }
}
