using System.Buffers.Binary;
using System.IO.Compression;
using Wage.Files;

namespace Wage.Data;

/// <summary>
/// What a gzip file holds (RFC 1952): its members one behind the other, as `cat a.gz b.gz` makes them, and zeros behind the last, as tapes do. Every
/// member must be whole: its length and checksum are compared.
/// </summary>
internal sealed class GzipContent(FileStream file) : ForwardStream
{
    /// <summary>What a <see cref="DeflateStream"/> takes at a time, twice: where it stopped lies less than this before the file's position.</summary>
    private const int ReadAhead = 1 << 14;

    private const int TrailerBytes = 8;
    private const int MostMembers = 1 << 16;
    private DeflateStream? member;
    private long start;
    private uint checksum;
    private uint length;
    private int members;
    private bool hasEnded;
    private long? zeros;

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The stream is damaged or cut.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (!hasEnded && !buffer.IsEmpty)
        {
            member ??= Begin();
            var read = member.Read(buffer);
            if (read > 0)
            {
                checksum = Crc32.Of(buffer[..read], checksum);
                length = unchecked(length + (uint)read);
                return read;
            }

            End();
        }

        return 0;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) member?.Dispose();
        base.Dispose(disposing);
    }

    private DeflateStream Begin()
    {
        Require(++members <= MostMembers);
        Span<byte> header = stackalloc byte[10];
        Require(file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) == header.Length);
        Require(header[0] == 0x1F && header[1] == 0x8B && header[2] == 8 && header[3] < 0x20);
        var flags = header[3];
        if ((flags & 4) != 0)
        {
            var extra = Next() | (Next() << 8);
            Require(file.Position + extra <= file.Length);
            file.Position += extra;
        }

        if ((flags & 8) != 0) SkipText();
        if ((flags & 16) != 0) SkipText();
        if ((flags & 2) != 0) _ = Next() | Next();
        (start, checksum, length) = (file.Position, 0, 0);
        return new DeflateStream(file, CompressionMode.Decompress, leaveOpen: true);
    }

    /// <summary>
    /// Finds where the member ends. The decoder does not say what it left of what it read, and it does not miss a trailer that is cut off; so the
    /// trailer, checksum and length (low byte first), is looked for where it can stand.
    /// </summary>
    private void End()
    {
        member!.Dispose();
        member = null;
        var from = Math.Max(start, file.Position - ReadAhead);
        file.Position = from;
        var bytes = new byte[Math.Min(file.Length - from, ReadAhead + TrailerBytes)];
        file.ReadExactly(bytes);
        Span<byte> trailer = stackalloc byte[TrailerBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, checksum);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[4..], length);
        for (var at = 0; ; at++)
        {
            var next = bytes.AsSpan(at).IndexOf(trailer);
            Require(next >= 0);
            at += next;
            if (!IsEndOrMember(from + at + TrailerBytes)) continue;
            file.Position = from + at + TrailerBytes;
            return;
        }
    }

    /// <summary>
    /// Behind a member comes nothing, or zeros to the end, or a member. What looks like a trailer without that is none: eight zeros, the trailer of a
    /// member that holds nothing, stand a byte too early too.
    /// </summary>
    private bool IsEndOrMember(long place)
    {
        zeros ??= Zeros();
        hasEnded = place >= zeros;
        if (hasEnded) return true;
        file.Position = place;
        return file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
    }

    /// <summary>Where the zeros at the end of the file begin; its length where there are none.</summary>
    private long Zeros()
    {
        var buffer = new byte[1 << 12];
        for (var end = file.Length; end > 0;)
        {
            var piece = buffer.AsSpan(0, (int)Math.Min(end, buffer.Length));
            file.Position = end - piece.Length;
            file.ReadExactly(piece);
            if (piece.LastIndexOfAnyExcept((byte)0) is var last and >= 0) return end - piece.Length + last + 1;
            end -= piece.Length;
        }

        return 0;
    }

    private void SkipText()
    {
        while (Next() != 0)
        {
        }
    }

    private int Next()
    {
        var value = file.ReadByte();
        Require(value >= 0);
        return value;
    }

    private static void Require(bool isRight)
    {
        if (!isRight) throw new InvalidDataException("the gzip stream is damaged");
    }
}
