using Wage.Tensors;
using Wage.Training;

namespace Wage.Simulation.Compression;

/// <summary>
/// A checkpoint of floats as a set of weights, and back. What the optimizer keeps of each weight, as much again or twice, is left out and comes back
/// as 0: no score depends on it.
/// </summary>
internal static class CheckpointWeights
{
    private static readonly string[] OptimizerStates = ["velocity", "mean", "square"];

    public static WeightSet Of(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        if (checkpoint.Weights.All(tensor => tensor.Type != ElementType.Float32))
            throw new WageException(
                $"the checkpoint's weights are integers already, {checkpoint.Weights.Sum(tensor => tensor.Size)} bytes of them: " +
                "there is nothing to compress.",
                "compress a run of a scheme of floats, such as float32 or affine.");
        var kept = checkpoint.States.Where(state => !IsOptimizers(state, checkpoint.Weights));
        return new WeightSet([.. checkpoint.Weights, .. kept]) { Checkpoint = WithoutBytes(checkpoint) };
    }

    public static Checkpoint Join(WeightSet set) => Joined(set, static state => new byte[state.Size]);

    /// <summary>The set has the tensors of its checkpoint and no other.</summary>
    /// <exception cref="WageException">It does not.</exception>
    public static void RequireFits(WeightSet set) => Joined(set, static _ => []);

    private static Checkpoint Joined(WeightSet set, Func<SavedTensor, byte[]> clear)
    {
        if (set.Checkpoint is not { } checkpoint) throw new WageException("these weights are of no checkpoint.");
        var there = set.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        var joined = checkpoint with
        {
            Weights = [.. checkpoint.Weights.Select(weight => Take(weight))],
            States = [.. checkpoint.States.Select(state => IsOptimizers(state, checkpoint.Weights)
                ? state with { Bytes = clear(state) } : Take(state))],
        };
        return there.Count == 0 ? joined : throw new WageException($"the checkpoint has no tensor '{OneLine.Quote(there.Keys.First())}'.");

        SavedTensor Take(SavedTensor wanted)
        {
            if (there.Remove(wanted.Name, out var tensor) && tensor.Type == wanted.Type && tensor.Shape == wanted.Shape) return tensor;
            throw new WageException(
                $"the checkpoint has {OneLine.Quote(wanted.Name)} as {wanted.Type} {wanted.Shape}, but it is not there like that.");
        }
    }

    private static bool IsOptimizers(SavedTensor state, IReadOnlyList<SavedTensor> weights)
    {
        var at = state.Name.LastIndexOf('.');
        return at > 0 && OptimizerStates.Contains(state.Name[(at + 1)..], StringComparer.Ordinal)
            && weights.Any(weight => weight.Name == state.Name[..at] && weight.Type == state.Type && weight.Shape == state.Shape);
    }

    private static Checkpoint WithoutBytes(Checkpoint checkpoint) => checkpoint with
    {
        Weights = [.. checkpoint.Weights.Select(tensor => tensor with { Bytes = [] })],
        States = [.. checkpoint.States.Select(tensor => tensor with { Bytes = [] })],
    };
}
