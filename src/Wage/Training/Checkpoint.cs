using System.Collections.Immutable;
using Wage.Data;
using Wage.Models;
using Wage.Tensors;

namespace Wage.Training;

/// <summary>A tensor in a file: its bytes little-endian, row-major.</summary>
public sealed record SavedTensor(string Name, ElementType Type, Shape Shape, byte[] Bytes)
{
    /// <summary>The bytes that the type and the shape ask for.</summary>
    internal long Size => (long)Shape.Length * Type.Size();
}

/// <summary>
/// A run at one moment: the stored weights and everything else that the rest of the run depends on. The data order and all random bits are functions
/// of the seed and the position, so the position is their state.
/// </summary>
/// <param name="Config">The run's configuration, itself runnable.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Epoch">Finished epochs.</param>
/// <param name="StepInEpoch">Finished steps of the current one.</param>
/// <param name="Running">Loss and correct images of the current epoch so far.</param>
/// <param name="Last">The last finished epoch; null before the first.</param>
/// <param name="Best">The best finished epoch, see <see cref="Trainer.Best"/>; null before the first.</param>
/// <param name="Weights">The stored weights of every parameter, in order.</param>
public sealed record Checkpoint(
    string Config, ulong Seed, int Epoch, int StepInEpoch, Score Running, EpochResult? Last, EpochResult? Best, IReadOnlyList<SavedTensor> Weights)
{
    private const string OfTheModel = "give the network the checkpoint's scheme, options and layers.";

    /// <summary>The files that grow beside the checkpoint, by name: how many bytes of each belong to the finished steps.</summary>
    public IReadOnlyDictionary<string, long> Beside { get; init; } = ImmutableDictionary<string, long>.Empty;

    /// <summary>Steps of every epoch; null in older files.</summary>
    public int? StepsPerEpoch { get; init; }

    /// <summary>What the network is that the weights are of; null in files of versions 1 and 2, which every network of their shapes takes.</summary>
    public ModelIdentity? Model { get; init; }

    /// <summary>What a predictor needs of the data that it was trained on; null in older files.</summary>
    public DatasetDescription? Data { get; init; }

    /// <summary>What quantizers and update rules remember, see <see cref="Network.States"/>.</summary>
    public IReadOnlyList<SavedTensor> States { get; init; } = [];

    /// <summary>Writes the file whole or not at all.</summary>
    /// <exception cref="WageException">The file cannot be written; the old one stands.</exception>
    public void Write(string path) => CheckpointFile.Write(path, this, put =>
    {
        foreach (var tensor in Weights.Concat(States)) put(tensor.Bytes);
    });

    /// <summary>Reads and verifies a file.</summary>
    /// <exception cref="WageException">
    /// The file is missing, foreign, of another version, truncated, damaged, or its fields contradict each other; it is named.
    /// </exception>
    public static Checkpoint Read(string path) => CheckpointFile.Read(path);

    /// <summary>Puts the weights and states into a network that makes the same of them.</summary>
    /// <exception cref="WageException">
    /// The parameters, the scheme, an option or a layer differ, or a weight has more than k_G bits: the first is named and nothing changed.
    /// </exception>
    public void LoadWeights(ITrainable network)
    {
        RequireModel(network);
        foreach (var (tensor, saved) in network.StoredWeights.Zip(Weights)) tensor.Load(saved.Bytes);
        foreach (var (tensor, saved) in network.StoredStates.Zip(States)) tensor.Load(saved.Bytes);
    }

    /// <summary>The network, which may have no memory, is the checkpoint's.</summary>
    /// <exception cref="WageException">See <see cref="LoadWeights"/>.</exception>
    internal void RequireModel(ITrainable network)
    {
        RequireSame("weight tensors", Weights, network.StoredWeights, "");
        if (Model?.DifferenceFrom(network.Identity) is { } difference)
            throw new WageException($"checkpoint: {difference}.", OfTheModel);
        RequireSame("states of quantizers and update rules", States, network.StoredStates, "state ");
    }

    private static void RequireSame(string what, IReadOnlyList<SavedTensor> all, IReadOnlyList<IStoredTensor> model, string one)
    {
        if (model.Count != all.Count) throw new WageException($"checkpoint: has {all.Count} {what}, the model {model.Count}.", OfTheModel);
        foreach (var (tensor, saved) in model.Zip(all))
        {
            if (saved.Name != tensor.Name || saved.Type != tensor.Type || saved.Shape != tensor.Shape)
                throw new WageException(
                    $"checkpoint: {one}{saved.Name} is {saved.Type} {saved.Shape}, " +
                    $"but the model has {tensor.Name} as {tensor.Type} {tensor.Shape}.", OfTheModel);
            tensor.RequireStorable(saved.Bytes);
        }
    }
}
