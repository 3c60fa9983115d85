using System.Buffers.Binary;
using System.IO.Compression;

namespace Wage.Files;

/// <summary>
/// Opens zip archives that anybody may have made. <see cref="ZipArchive"/> makes an object of every entry that the directory at the end lists,
/// whatever number is declared, before it tells how many there are; so they are counted first.
/// </summary>
internal static class ZipDirectory
{
    private const int EndBytes = 22;
    private const int EntryBytes = 46;
    private const int LongestComment = ushort.MaxValue;

    private static ReadOnlySpan<byte> EndMark => [(byte)'P', (byte)'K', 5, 6];

    private static ReadOnlySpan<byte> EntryMark => [(byte)'P', (byte)'K', 1, 2];

    /// <summary>The archive in a file, which stays open with it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">For messages.</param>
    /// <param name="most">The most entries.</param>
    /// <exception cref="WageException">More entries are declared or there, or their number stands in a zip64 record.</exception>
    /// <exception cref="InvalidDataException">It is no archive.</exception>
    public static ZipArchive Open(FileStream file, string path, int most)
    {
        var tail = new byte[(int)Math.Min(file.Length, EndBytes + LongestComment)];
        file.Position = file.Length - tail.Length;
        file.ReadExactly(tail);
        var at = tail.Length < EndBytes ? -1 : tail.AsSpan(0, tail.Length - EndBytes + EndMark.Length).LastIndexOf(EndMark);
        if (at < 0) throw new InvalidDataException("it has no zip directory");
        ReadOnlySpan<byte> end = tail.AsSpan(at);
        var (disk, count) = (BinaryPrimitives.ReadUInt16LittleEndian(end[4..]), BinaryPrimitives.ReadUInt16LittleEndian(end[10..]));
        var start = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
        if (disk == ushort.MaxValue || count == ushort.MaxValue || start == uint.MaxValue)
            throw new WageException($"{path}: is a zip64 archive, of 65535 entries or more or of 4 GiB or more, which is not read.");
        if (count > most || HasMore(file, start, most))
            throw new WageException($"{path}: has more than {most} arrays, which is the most that is read.");
        file.Position = 0;
        return new ZipArchive(file, ZipArchiveMode.Read);
    }

    /// <summary>Walks over the entries from the start of the directory, as the archive does.</summary>
    private static bool HasMore(FileStream file, long start, int most)
    {
        Span<byte> entry = stackalloc byte[EntryBytes];
        for (var entries = 0; start + EntryBytes <= file.Length; entries++)
        {
            file.Position = start;
            file.ReadExactly(entry);
            if (!entry.StartsWith(EntryMark)) return false;
            if (entries == most) return true;
            start += EntryBytes + BinaryPrimitives.ReadUInt16LittleEndian(entry[28..]) + BinaryPrimitives.ReadUInt16LittleEndian(entry[30..])
                + BinaryPrimitives.ReadUInt16LittleEndian(entry[32..]);
        }

        return false;
    }
}
