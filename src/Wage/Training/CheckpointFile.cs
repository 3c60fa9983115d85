using Wage.Files;

namespace Wage.Training;

/// <summary>
/// A checkpoint as one file: its header as JSON, then the tensors in the header's order. Version 1 kept the results of all epochs in its header,
/// version 2 did not say which model it is of and had no states; both are still read.
/// </summary>
internal static class CheckpointFile
{
    private const int MostHeaderBytesOfVersion1 = 1 << 24;

    private static readonly SealedFile Form = new("checkpoint", "WAGE", 3, "use another checkpoint of the run, or start it again.")
    {
        MostHeader = static version => version == 1 ? MostHeaderBytesOfVersion1 : 1 << 20,
    };

    /// <summary>Writes the file whole or not at all, without a copy of the tensors.</summary>
    /// <param name="path">The file.</param>
    /// <param name="checkpoint">Everything but the tensors' bytes.</param>
    /// <param name="tensors">Puts the bytes of all tensors, in order.</param>
    /// <exception cref="WageException">The file cannot be written; the old one stands.</exception>
    public static void Write(string path, Checkpoint checkpoint, Action<Action<ReadOnlySpan<byte>>> tensors)
    {
        var header = CheckpointHeader.Write(checkpoint);
        var payload = checkpoint.Weights.Concat(checkpoint.States).Sum(tensor => tensor.Size);
        _ = CheckpointHeader.Read(path, header, payload, Form.Version);             // what cannot be read again is not written
        Form.Write(path, header, payload, tensors);
    }

    /// <summary>Reads and verifies a file: first its checksum, then its header, and memory for the tensors only when it has their bytes.</summary>
    /// <exception cref="WageException">See <see cref="Checkpoint.Read"/>.</exception>
    public static Checkpoint Read(string path) => Form.Read(path, content =>
    {
        var checkpoint = CheckpointHeader.Read(path, content.Header, content.Payload, content.Version);
        return checkpoint with { Weights = WithBytes(content, checkpoint.Weights), States = WithBytes(content, checkpoint.States) };
    });

    private static List<SavedTensor> WithBytes(SealedContent content, IReadOnlyList<SavedTensor> tensors) =>
        [.. tensors.Select(tensor => tensor with { Bytes = content.Next(tensor.Size) })];
}
