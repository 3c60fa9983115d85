using System.Buffers.Binary;
using System.Text;

namespace Wage.Files;

/// <summary>
/// Writes zip archives whose entries are not packed and have the first time that an entry can have, so that the same content gives the same bytes:
/// for each entry a header of 30 bytes, its name and its content; then the directory, 46 bytes and the name for each; then its end, 22 bytes.
/// Below 4 GiB and 65535 entries.
/// </summary>
internal sealed class StoredZip(Stream stream)
{
    private const int EntryBytes = 26;
    private const int FirstDate = (1 << 5) | 1;
    private readonly MemoryStream directory = new();
    private uint offset;
    private int entries;

    /// <summary>Writes an entry, whose content has two parts.</summary>
    public void Add(string name, ReadOnlySpan<byte> start, ReadOnlySpan<byte> rest)
    {
        var text = Encoding.UTF8.GetBytes(name);
        var length = checked((uint)(start.Length + rest.Length));
        Span<byte> entry = stackalloc byte[EntryBytes];                     // what the header and the directory say alike
        entry.Clear();
        entry[0] = 20;                                                      // version 2.0 reads it
        entry[3] = 8;                                                       // the name is UTF-8
        BinaryPrimitives.WriteUInt16LittleEndian(entry[8..], FirstDate);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[10..], Crc32.Of(rest, Crc32.Of(start)));
        BinaryPrimitives.WriteUInt32LittleEndian(entry[14..], length);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[18..], length);
        BinaryPrimitives.WriteUInt16LittleEndian(entry[22..], checked((ushort)text.Length));
        stream.Write([(byte)'P', (byte)'K', 3, 4, .. entry, .. text]);
        stream.Write(start);
        stream.Write(rest);
        directory.Write([(byte)'P', (byte)'K', 1, 2, 20, 0, .. entry, .. new byte[10], .. BitConverter.GetBytes(offset), .. text]);
        offset = checked(offset + 4 + EntryBytes + (uint)text.Length + length);
        entries++;
    }

    /// <summary>Writes the directory.</summary>
    public void End()
    {
        Span<byte> end = stackalloc byte[18];
        end.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(end[4..], checked((ushort)entries));
        BinaryPrimitives.WriteUInt16LittleEndian(end[6..], checked((ushort)entries));
        BinaryPrimitives.WriteUInt32LittleEndian(end[8..], (uint)directory.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(end[12..], offset);
        stream.Write(directory.ToArray());
        stream.Write([(byte)'P', (byte)'K', 5, 6, .. end]);
    }
}
