using System.Collections.Immutable;
using Wage.Files;
using Wage.Training;

namespace Wage.Simulation.Compression;

/// <summary>
/// Trained values by name, of whatever file: a checkpoint of floats, NumPy's .npz, a .safetensors, a compressed file. Floats of other widths
/// become float32 when they are read.
/// </summary>
public sealed record WeightSet
{
    /// <summary>The most bytes of a file, and of what it unpacks to.</summary>
    internal const long MostBytes = 1L << 31;

    /// <summary>The most bytes of a tensor.</summary>
    internal const long MostTensorBytes = 1L << 30;

    private const int LongestName = 256;
    private const int MostTensors = 1 << 14;

    /// <summary>These tensors.</summary>
    /// <param name="tensors">Float32 and integers, each name once.</param>
    /// <exception cref="WageException">There is none, there are too many, or a name is there twice, empty or too long.</exception>
    public WeightSet(IReadOnlyList<SavedTensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        if (tensors.Count is 0 or > MostTensors) throw new WageException($"there are {tensors.Count} tensors, but must be 1 to {MostTensors}.");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tensor in tensors)
        {
            if (tensor.Name.Length is 0 or > LongestName)
                throw new WageException($"a tensor has the name '{OneLine.Quote(tensor.Name)}', but names have 1 to {LongestName} characters.");
            if (!names.Add(tensor.Name)) throw new WageException($"the tensor '{OneLine.Quote(tensor.Name)}' is there twice.");
        }

        Tensors = tensors;
    }

    /// <summary>The tensors, in their file's order. Of a checkpoint: weights, and those states that a score depends on.</summary>
    public IReadOnlyList<SavedTensor> Tensors { get; }

    /// <summary>What a .safetensors says besides, such as "format": "pt".</summary>
    public IReadOnlyDictionary<string, string> Notes { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>
    /// The checkpoint that they are of, without the bytes of its tensors; null: another file. <see cref="ToCheckpoint"/> has it whole.
    /// </summary>
    public Checkpoint? Checkpoint { get; init; }

    /// <summary>The weights of a checkpoint of floats, without what only its optimizer keeps.</summary>
    /// <exception cref="WageException">Its weights are integers.</exception>
    public static WeightSet Of(Checkpoint checkpoint) => CheckpointWeights.Of(checkpoint);

    /// <summary>Reads a file, whose first bytes say of which kind it is.</summary>
    /// <exception cref="WageException">The file is of no such kind, truncated, damaged, or has no weights of floats; it is named.</exception>
    public static WeightSet Read(string path)
    {
        try
        {
            return KindOf(path) switch
            {
                WeightFile.Checkpoint => Of(Checkpoint.Read(path)),
                WeightFile.Npz => NpzWeights.Read(path),
                WeightFile.Safetensors => SafetensorsFile.Read(path),
                _ => CompressedWeights.Read(path).Restore(),
            };
        }
        catch (WageException error) when (!error.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new WageException($"{path}: {error.Problem}", error.Hint, error);
        }
    }

    /// <summary>Writes them whole or not at all, in the form of the name's end: .npz, .safetensors, or .wage for a checkpoint.</summary>
    /// <exception cref="WageException">
    /// The name has another end, they are of no checkpoint, or the file cannot be written; an old one stands.
    /// </exception>
    public void Write(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".npz": NpzWeights.Write(path, this); break;
            case ".safetensors": SafetensorsFile.Write(path, this); break;
            case ".wage" when Checkpoint is not null: ToCheckpoint().Write(path); break;
            case ".wage":
                throw new WageException($"{path}: these weights are of no run, so they make no checkpoint.", "write .npz or .safetensors.");
            default:
                throw new WageException(
                    $"{path}: weights are written as .npz, .safetensors or, those of a run, .wage.", "give it one of these ends.");
        }
    }

    /// <summary>The checkpoint with these values, its optimizer as at the start of a run.</summary>
    /// <exception cref="WageException">They are of no checkpoint, or not those of its model.</exception>
    public Checkpoint ToCheckpoint() => CheckpointWeights.Join(this);

    private static WeightFile KindOf(string path)
    {
        Span<byte> start = stackalloc byte[9];
        using (var file = BoundedFile.Open(path, "file", MostBytes))
        {
            try
            {
                start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
            }
            catch (IOException error)
            {
                throw new WageException($"{path}: cannot be read ({error.Message.TrimEnd('.')}).", null, error);
            }
        }

        if (CompressedWeights.Begins(path)) return WeightFile.Compressed;
        if (start.StartsWith([(byte)0x89, .. "WAGE"u8])) return WeightFile.Checkpoint;
        if (start.StartsWith("PK"u8)) return WeightFile.Npz;
        if (start is [.., (byte)'{'] and { Length: 9 }) return WeightFile.Safetensors;
        throw new WageException($"{path}: is no checkpoint, .npz, .safetensors or compressed file, by its first bytes.");
    }

    private enum WeightFile
    {
        Checkpoint,
        Npz,
        Safetensors,
        Compressed,
    }
}
