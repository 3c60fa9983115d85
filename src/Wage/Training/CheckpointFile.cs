using System.Buffers.Binary;
using System.Security.Cryptography;
using Wage.Files;

namespace Wage.Training;

/// <summary>
/// A checkpoint as one file: magic (8 bytes), version and header length (UInt32 little-endian), header (JSON), the tensors in the header's order,
/// SHA-256 of everything before it. Version 1 kept the results of all epochs in its header, version 2 did not say which model it
/// is of and had no states; both are still read.
/// </summary>
internal static class CheckpointFile
{
    private const uint Version = 3;
    private const int StartBytes = 16;
    private const int HashBytes = 32;
    private const int MostHeaderBytes = 1 << 20;
    private const int MostHeaderBytesOfVersion1 = 1 << 24;
    private const long MostBytes = 1L << 30;
    private const int BufferBytes = 1 << 16;

    /// <summary>Not text (a high byte first), and any newline translation breaks it.</summary>
    private static ReadOnlySpan<byte> Magic => [0x89, (byte)'W', (byte)'A', (byte)'G', (byte)'E', 0x0D, 0x0A, 0x1A];

    /// <summary>Writes the file whole or not at all, without a copy of the tensors.</summary>
    /// <param name="path">The file.</param>
    /// <param name="checkpoint">Everything but the tensors' bytes.</param>
    /// <param name="tensors">Puts the bytes of all tensors, in order.</param>
    /// <exception cref="WageException">The file cannot be written; the old one stands.</exception>
    public static void Write(string path, Checkpoint checkpoint, Action<Action<ReadOnlySpan<byte>>> tensors)
    {
        var header = CheckpointHeader.Write(checkpoint);
        var payload = checkpoint.Weights.Concat(checkpoint.States).Sum(tensor => tensor.Size);
        var total = StartBytes + header.Length + payload + HashBytes;
        if (total > MostBytes || header.Length > MostHeaderBytes)
            throw new WageException(
                $"{path}: the checkpoint would have {total} bytes, {header.Length} of them header; " +
                $"at most {MostBytes} and {MostHeaderBytes} can be read back.");
        _ = CheckpointHeader.Read(path, header, payload, Version);                   // what cannot be read again is not written
        AtomicFile.Write(path, stream =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Span<byte> start = stackalloc byte[StartBytes];
            Magic.CopyTo(start);
            BinaryPrimitives.WriteUInt32LittleEndian(start[8..], Version);
            BinaryPrimitives.WriteUInt32LittleEndian(start[12..], (uint)header.Length);
            Put(start);
            Put(header);
            tensors(Put);
            stream.Write(hash.GetHashAndReset());

            void Put(ReadOnlySpan<byte> bytes)
            {
                hash.AppendData(bytes);
                stream.Write(bytes);
            }
        });
    }

    /// <summary>Reads and verifies a file: first its checksum, then its header, and memory for the tensors only when it has their bytes.</summary>
    /// <exception cref="WageException">See <see cref="Checkpoint.Read"/>.</exception>
    public static Checkpoint Read(string path)
    {
        using var file = BoundedFile.Open(path, "checkpoint", MostBytes);
        try
        {
            return Read(path, file);
        }
        catch (IOException error)
        {
            throw new WageException($"{path}: cannot be read ({error.Message.TrimEnd('.')}).", null, error);
        }
    }

    private static Checkpoint Read(string path, FileStream file)
    {
        var total = file.Length;
        Span<byte> start = stackalloc byte[StartBytes];
        if (total < StartBytes + HashBytes || file.ReadAtLeast(start, StartBytes, false) < StartBytes || !start.StartsWith(Magic))
            throw new WageException($"{path}: is not a Wage checkpoint (its first bytes are not the checkpoint's mark).");
        var version = BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        if (version is < 1 or > Version)
            throw new WageException(
                $"{path}: is a checkpoint of version {version}; this program reads versions 1 to {Version}.", "use the program that wrote it.");
        RequireChecksum(path, file, total);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(start[12..]);
        var (most, rest) = (version == 1 ? MostHeaderBytesOfVersion1 : MostHeaderBytes, total - StartBytes - HashBytes);
        if (length > Math.Min(most, rest))
            throw new WageException($"{path}: is damaged: its header claims {length} bytes of a file of {total}.");
        var header = new byte[length];
        file.Position = StartBytes;
        file.ReadExactly(header);
        var checkpoint = CheckpointHeader.Read(path, header, rest - length, version);
        return checkpoint with { Weights = WithBytes(file, checkpoint.Weights), States = WithBytes(file, checkpoint.States) };
    }

    private static void RequireChecksum(string path, FileStream file, long total)
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
            throw new WageException(
                $"{path}: is damaged or cut short: its checksum does not match its {total} bytes.",
                "use another checkpoint of the run, or start it again.");
    }

    private static List<SavedTensor> WithBytes(FileStream file, IReadOnlyList<SavedTensor> tensors) =>
        [.. tensors.Select(tensor => tensor with { Bytes = Bytes(file, tensor.Size) })];

    private static byte[] Bytes(FileStream file, long size)
    {
        var bytes = new byte[size];
        file.ReadExactly(bytes);
        return bytes;
    }
}
