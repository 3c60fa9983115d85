using Wage.Tensors;
using Wage.Training;

namespace Wage.Simulation.Compression;

/// <summary>
/// Weights in codes of 2 to 8 bits between the least and the greatest value of each tensor or channel: the linear set of values of TensorFlow's guide
/// Fixed Point Quantization. For files; the models that compute with codes are another matter.
/// </summary>
public sealed class CompressedWeights
{
    /// <summary>How such files are called: "lenet.wagez".</summary>
    public const string Extension = ".wagez";

    private readonly WeightSet described;

    /// <summary>See <see cref="CompressedFile"/>.</summary>
    internal CompressedWeights(IReadOnlyList<CompressedTensor> tensors, WeightSet described) => (Tensors, this.described) = (tensors, described);

    /// <summary>The tensors, in the order of the set.</summary>
    public IReadOnlyList<CompressedTensor> Tensors { get; }

    /// <summary>The bytes that the set's floats take as float32.</summary>
    public long FloatBytes => Tensors.Where(tensor => tensor.Type == ElementType.Float32).Sum(tensor => (long)tensor.Shape.Length * sizeof(float));

    /// <summary>Where they come from, without values.</summary>
    internal WeightSet Described => described;

    /// <summary>Compresses weights; what codes would not make smaller, short vectors and integers are kept as they are.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="bits">k, from 2 to 8.</param>
    /// <param name="granularity">What shares a range.</param>
    /// <exception cref="WageException">A value is not finite, or there are no codes of so many bits.</exception>
    public static CompressedWeights Of(WeightSet weights, int bits = 8, Granularity granularity = Granularity.Tensor)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return new CompressedWeights([.. weights.Tensors.Select(tensor => CompressedTensor.Of(tensor, bits, granularity))], weights);
    }

    /// <summary>Whether a file begins as a compressed one; false where it cannot be read.</summary>
    public static bool Begins(string path) => CompressedFile.Form.Begins(path);

    /// <summary>Reads and verifies a file.</summary>
    /// <exception cref="WageException">
    /// The file is missing, foreign, of another version, truncated, damaged, or its fields contradict each other; it is named.
    /// </exception>
    public static CompressedWeights Read(string path) => CompressedFile.Read(path);

    /// <summary>The checkpoint of a compressed run: weights as their codes say, its optimizer as at the start of a run.</summary>
    /// <exception cref="WageException">See <see cref="Read"/>; or the weights are of no run.</exception>
    internal static Checkpoint ReadCheckpoint(string path)
    {
        var weights = Read(path);
        return weights.Described.Checkpoint is not null ? weights.Restore().ToCheckpoint() : throw new WageException(
            $"{path}: has weights alone, without the model that they are of.", "compress the checkpoint of a run, which says its model.");
    }

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <exception cref="WageException">It cannot be written, or would be too long to be read; the old one stands.</exception>
    public void Write(string path) => CompressedFile.Write(path, this);

    /// <summary>The weights again, each at most half a step from what it was.</summary>
    public WeightSet Restore() =>
        new([.. Tensors.Select(tensor => tensor.Restore())]) { Notes = described.Notes, Checkpoint = described.Checkpoint };
}
