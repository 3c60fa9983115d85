using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Wage.Files;

/// <summary>
/// A kind of file that is written whole or not at all and is never trusted: mark (8 bytes), version and header length (UInt32 little-endian), header,
/// payload, SHA-256 of everything before it.
/// </summary>
/// <param name="Kind">"checkpoint", for messages.</param>
/// <param name="Mark">4 letters.</param>
/// <param name="Version">The version that is written; it and all before are read.</param>
/// <param name="Way">What to do with a damaged one.</param>
internal sealed record SealedFile(string Kind, string Mark, uint Version, string Way)
{
    private static readonly (string Mark, string Kind)[] Kinds = [("WAGE", "checkpoint"), ("PLAN", "model"), ("WGTZ", "compressed file")];
    private const int StartBytes = 16;
    private const int HashBytes = 32;
    private const int MostHeaderBytes = 1 << 20;
    private const int BufferBytes = 1 << 16;

    /// <summary>The most bytes of a whole file.</summary>
    public const long MostBytes = 1L << 30;

    /// <summary>The most bytes of a header by its version.</summary>
    public Func<uint, int> MostHeader { get; init; } = static _ => MostHeaderBytes;

    /// <summary>Whether a file begins as this kind does; false where it cannot be read.</summary>
    public bool Begins(string path)
    {
        try
        {
            using var stream = BoundedFile.Open(path, Kind, long.MaxValue);
            Span<byte> start = stackalloc byte[8];
            return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && IsMark(start);
        }
        catch (Exception error) when (error is WageException or IOException)
        {
            return false;
        }
    }

    /// <summary>Writes the file whole or not at all, without a copy of the payload.</summary>
    /// <param name="path">The file.</param>
    /// <param name="header">The header.</param>
    /// <param name="payload">The payload's bytes.</param>
    /// <param name="put">Puts the payload, in parts.</param>
    /// <exception cref="WageException">The file cannot be written, or would be too long to be read; the old one stands.</exception>
    public void Write(string path, byte[] header, long payload, Action<Action<ReadOnlySpan<byte>>> put)
    {
        var total = StartBytes + header.Length + payload + HashBytes;
        if (total > MostBytes || header.Length > MostHeaderBytes)
            throw new WageException(
                $"{path}: the {Kind} would have {total} bytes, {header.Length} of them header; " +
                $"at most {MostBytes} and {MostHeaderBytes} can be read back.");
        AtomicFile.Write(path, stream =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Span<byte> start = stackalloc byte[StartBytes];
            PutMark(start);
            BinaryPrimitives.WriteUInt32LittleEndian(start[8..], Version);
            BinaryPrimitives.WriteUInt32LittleEndian(start[12..], (uint)header.Length);
            Put(start);
            Put(header);
            put(Put);
            stream.Write(hash.GetHashAndReset());

            void Put(ReadOnlySpan<byte> bytes)
            {
                hash.AppendData(bytes);
                stream.Write(bytes);
            }
        });
    }

    /// <summary>Reads and verifies a file: first its checksum, then its header.</summary>
    /// <param name="path">The file.</param>
    /// <param name="read">Reads the header, and what it says of the payload.</param>
    /// <exception cref="WageException">The file is missing, foreign, of another version, truncated or damaged.</exception>
    public T Read<T>(string path, Func<SealedContent, T> read)
    {
        using var file = BoundedFile.Open(path, Kind, MostBytes);
        try
        {
            return read(Open(path, file));
        }
        catch (IOException error)
        {
            throw new WageException($"{path}: cannot be read ({error.Message.TrimEnd('.')}).", null, error);
        }
    }

    private SealedContent Open(string path, FileStream file)
    {
        var total = file.Length;
        Span<byte> start = stackalloc byte[StartBytes];
        if (total < StartBytes + HashBytes || file.ReadAtLeast(start, StartBytes, false) < StartBytes || !IsMark(start))
            throw new WageException(
                KindOf(start) is { } other ? $"{path}: is a Wage {other}, not a {Kind}."
                : $"{path}: is not a Wage {Kind} (its first bytes are not the {Kind}'s mark).");
        var version = BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        if (version < 1 || version > Version)
            throw new WageException(
                $"{path}: is a {Kind} of version {version}; this program reads versions 1 to {Version}.", "use the program that wrote it.");
        RequireChecksum(path, file, total);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(start[12..]);
        var rest = total - StartBytes - HashBytes;
        if (length > Math.Min(MostHeader(version), rest))
            throw new WageException($"{path}: is damaged: its header claims {length} bytes of a file of {total}.");
        var header = new byte[length];
        file.Position = StartBytes;
        file.ReadExactly(header);
        return new SealedContent(version, header, rest - length, file);
    }

    private void RequireChecksum(string path, FileStream file, long total)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferBytes];
        file.Position = 0;
        for (var left = total - HashBytes; left > 0;)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(left, buffer.Length));
            file.ReadExactly(part);
            hash.AppendData(part);
            left -= part.Length;
        }

        var stated = buffer.AsSpan(0, HashBytes);
        file.ReadExactly(stated);
        if (!stated.SequenceEqual(hash.GetHashAndReset()))
            throw new WageException($"{path}: is damaged or cut short: its checksum does not match its {total} bytes.", Way);
    }

    /// <summary>What a file is that begins so; null: none of this program's.</summary>
    private static string? KindOf(ReadOnlySpan<byte> start)
    {
        foreach (var (mark, kind) in Kinds)
            if (start.Length > mark.Length && start[0] == 0x89 && Encoding.ASCII.GetString(start.Slice(1, mark.Length)) == mark) return kind;
        return null;
    }

    /// <summary>Not text (a high byte first), and any newline translation breaks it.</summary>
    private void PutMark(Span<byte> to)
    {
        ReadOnlySpan<byte> end = [0x0D, 0x0A, 0x1A];
        to[0] = 0x89;
        for (var i = 0; i < 4; i++) to[i + 1] = (byte)Mark[i];
        end.CopyTo(to[5..]);
    }

    private bool IsMark(ReadOnlySpan<byte> start)
    {
        Span<byte> mark = stackalloc byte[8];
        PutMark(mark);
        return start.StartsWith(mark);
    }
}

/// <summary>A file whose checksum holds; nothing else is known of it.</summary>
/// <param name="Version">From 1 to the newest.</param>
/// <param name="Header">The header.</param>
/// <param name="Payload">The bytes that follow.</param>
/// <param name="File">Stands at the payload.</param>
internal sealed record SealedContent(uint Version, byte[] Header, long Payload, FileStream File)
{
    /// <summary>The next bytes of the payload, which has them.</summary>
    public byte[] Next(long size)
    {
        var bytes = new byte[size];
        File.ReadExactly(bytes);
        return bytes;
    }
}
