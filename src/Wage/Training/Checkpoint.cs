using System.Buffers.Binary;
using System.Security.Cryptography;
using Wage.Files;
using Wage.Tensors;

namespace Wage.Training;

/// <summary>A tensor in a file: its bytes little-endian, row-major.</summary>
public sealed record SavedTensor(string Name, ElementType Type, Shape Shape, byte[] Bytes);

/// <summary>
/// A run at one moment: the stored weights and everything else that the rest of the run depends on. The data order and all
/// random bits are functions of the seed and the position, so the position is their state. One file: magic (8 bytes),
/// version and header length (UInt32 little-endian), header (JSON), the tensors in the header's order, SHA-256 of everything before it.
/// </summary>
/// <param name="Config">The run's configuration, itself runnable.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Epoch">Finished epochs.</param>
/// <param name="StepInEpoch">Finished steps of the current one.</param>
/// <param name="Running">Loss and hits of the current epoch so far.</param>
/// <param name="History">The finished epochs.</param>
/// <param name="Weights">The stored weights of every parameter, in order.</param>
public sealed record Checkpoint(
    string Config, ulong Seed, int Epoch, int StepInEpoch, Score Running, IReadOnlyList<EpochResult> History, IReadOnlyList<SavedTensor> Weights)
{
    private const uint Version = 1;
    private const int HashBytes = 32;
    private const int MostHeaderBytes = 1 << 24;
    private const long MostBytes = 1L << 30;

    /// <summary>Not text (a high byte first), and any newline translation breaks it.</summary>
    private static ReadOnlySpan<byte> Magic => [0x89, (byte)'W', (byte)'A', (byte)'G', (byte)'E', 0x0D, 0x0A, 0x1A];

    /// <summary>Writes the file whole or not at all.</summary>
    /// <exception cref="WageException">The file cannot be written; the old one stands.</exception>
    public void Write(string path)
    {
        var header = CheckpointHeader.Write(this);
        var payload = Weights.Sum(tensor => (long)tensor.Bytes.Length);
        var total = Magic.Length + 8 + header.Length + payload + HashBytes;
        if (total > MostBytes || header.Length > MostHeaderBytes)
            throw new WageException(
                $"{path}: the checkpoint would have {total} bytes, {header.Length} of them header; " +
                $"at most {MostBytes} and {MostHeaderBytes} can be read back.");
        var content = new byte[Magic.Length + 8 + header.Length + payload + HashBytes];
        var rest = content.AsSpan();
        Magic.CopyTo(rest);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[12..], (uint)header.Length);
        header.CopyTo(rest[16..]);
        rest = rest[(16 + header.Length)..];
        foreach (var tensor in Weights)
        {
            tensor.Bytes.CopyTo(rest);
            rest = rest[tensor.Bytes.Length..];
        }

        SHA256.HashData(content.AsSpan(..^HashBytes), rest);
        AtomicFile.Write(path, content);
    }

    /// <summary>Reads and verifies a file.</summary>
    /// <exception cref="WageException">The file is missing, foreign, of another version, truncated or damaged; it is named.</exception>
    public static Checkpoint Read(string path)
    {
        var content = BoundedFile.ReadAll(path, "checkpoint", MostBytes);
        if (content.Length < 16 + HashBytes || !content.AsSpan(0, 8).SequenceEqual(Magic))
            throw new WageException($"{path}: is not a Wage checkpoint (its first bytes are not the checkpoint's mark).");
        var version = BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(8));
        if (version != Version)
            throw new WageException(
                $"{path}: is a checkpoint of version {version}; this program reads version {Version}.",
                "use the program that wrote it.");
        if (!SHA256.HashData(content.AsSpan(..^HashBytes)).AsSpan().SequenceEqual(content.AsSpan(^HashBytes..)))
            throw new WageException(
                $"{path}: is damaged or cut short: its checksum does not match its {content.Length} bytes.",
                "use another checkpoint of the run, or start it again.");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(12));
        if (length > MostHeaderBytes || length > content.Length - 16 - HashBytes)
            throw new WageException($"{path}: is damaged: its header claims {length} bytes of a file of {content.Length}.");
        return CheckpointHeader.Read(path, content.AsSpan(16, (int)length), content.AsSpan((16 + (int)length)..^HashBytes));
    }

    /// <summary>Puts the weights into a network of the same parameters.</summary>
    /// <exception cref="WageException">The parameters differ; the first difference is named.</exception>
    public void LoadWeights(Network network)
    {
        if (network.Parameters.Count != Weights.Count)
            throw new WageException($"checkpoint: has {Weights.Count} weight tensors, the model {network.Parameters.Count}.");
        foreach (var (w, saved) in network.Parameters.Zip(Weights))
        {
            if (saved.Name != w.Name || saved.Type != w.Stored.Type || saved.Shape != w.Stored.Shape)
                throw new WageException(
                    $"checkpoint: {saved.Name} is {saved.Type} {saved.Shape}, but the model has {w.Name} as {w.Stored.Type} {w.Stored.Shape}.");
        }

        foreach (var (w, saved) in network.Parameters.Zip(Weights)) w.Load(saved.Bytes);
    }
}
