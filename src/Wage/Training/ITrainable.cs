using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Observation;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Workers;

namespace Wage.Training;

/// <summary>
/// What trainer, evaluator, checkpoints and console need of a model, whatever it computes with: the integer <see cref="Network"/> is one, the float32
/// network of <c>Wage.Simulation</c> another. Tensors, backends and layers of the two have nothing in common on purpose.
/// Whoever makes one disposes it, which gives its memory back; the backend stays.
/// </summary>
public interface ITrainable : IDisposable
{
    /// <summary>Where it computes, and where the tensors are that observers see.</summary>
    IBackend Backend { get; }

    /// <summary>"wage 2-8-8-8", "float32".</summary>
    string SchemeName { get; }

    /// <summary>"sse" or "crossEntropy".</summary>
    string LossName { get; }

    /// <summary>The unit of the loss sum: loss = sum * 2^-LossFractionBits.</summary>
    int LossFractionBits { get; }

    /// <summary>[images,H,W,C]: the batch, or this worker's images of it.</summary>
    Shape ImageShape { get; }

    /// <summary>Which images of each batch of a step it computes.</summary>
    BatchSlice Slice => BatchSlice.Whole(ImageShape[0]);

    /// <summary>Scores of an image.</summary>
    int Classes { get; }

    /// <summary>The unit of what <see cref="ReadScores"/> gives: value = score * 2^-ScoreFractionBits.</summary>
    int ScoreFractionBits { get; }

    /// <summary>The model table.</summary>
    IReadOnlyList<LayerRow> Table { get; }

    /// <summary>What it makes of its weights: a checkpoint of another model is refused by it.</summary>
    ModelIdentity Identity { get; }

    /// <summary>The trained values, in order: what <see cref="WeightsSha256"/> is of.</summary>
    IReadOnlyList<IStoredTensor> StoredWeights { get; }

    /// <summary>What else outlives a step: ranges, velocities.</summary>
    IReadOnlyList<IStoredTensor> StoredStates { get; }

    /// <summary>
    /// Of <see cref="StoredStates"/> what belongs to the layers as weights do, with the codes of which it is the scale: averages of batch norm,
    /// ranges that evaluations read. A run that starts from another's weights takes them along; what an optimizer keeps starts anew.
    /// </summary>
    IReadOnlyList<(IStoredTensor State, LayerParts Scales)> LayerStates => [];

    /// <summary>The weights that have a quantizer.</summary>
    IReadOnlyList<Parameter> QuantizedWeights { get; }

    /// <summary>What of each tensor is quantized and how, and what is not and why; empty where nobody says it.</summary>
    IReadOnlyList<QuantizerRow> Quantizers => [];

    /// <summary>How it is scored with the weights of a step; null of most: a step's weights are those of an evaluation.</summary>
    IHybridNetwork? Hybrid => null;

    /// <summary>Who looks into the steps; null: nobody. Looking changes no bit.</summary>
    IStepObserver? Observer { get; set; }

    /// <summary>Bytes by kind: the model's, a step's scratch memory with so many threads, and an observed step's.</summary>
    MemoryPlan PlanMemory(int threads);

    /// <summary>Draws the initial weights; what steps have left is forgotten.</summary>
    void Initialize(ulong seed);

    /// <summary>Checks a learning rate of the schedule.</summary>
    /// <param name="eta">The rate.</param>
    /// <param name="isGiven">True where somebody asked for it: by one on the way to another nothing need be learned.</param>
    /// <exception cref="WageException">It cannot be proved safe, or is given and so small that it is none.</exception>
    void RequireRate(Ratio eta, bool isGiven = false);

    /// <summary>Brings images where this model reads them.</summary>
    /// <exception cref="WageException">There are more than the loss's metrics are proved to add up.</exception>
    IImageSource Take(ImageSet set);

    /// <summary>A training step on the batch that was loaded last; the metrics grow.</summary>
    void Step(in StepContext step);

    /// <summary>Brings the weights into the form in which <see cref="Evaluate"/> and <see cref="Predict"/> use them.</summary>
    void Prepare();

    /// <summary>Scores the batch that was loaded last with the prepared weights; the metrics grow and nothing else changes.</summary>
    void Evaluate();

    /// <summary>The class of each of the first images of the batch that was loaded last: the first of the greatest scores.</summary>
    void Predict(Span<int> classes);

    /// <summary>
    /// The scores of the first images of the batch that was loaded last, [images,classes], with the prepared weights; nothing else changes.
    /// </summary>
    /// <exception cref="WageException">A score of floating point is no number up to 2^22.</exception>
    void ReadScores(Span<long> scores);

    /// <summary>
    /// After steps with <see cref="StepContext.Workers"/>, before <see cref="StoredStates"/> are read: brings everybody's part of them and of
    /// <see cref="StoredWeights"/> here, and leaves no exchange under way. Every worker calls it.
    /// </summary>
    void Receive()
    {
    }

    /// <summary>Loss and correct images since the last call.</summary>
    Score TakeMetrics();

    /// <summary>SHA-256 over every stored weight in order: name, type, shape, bytes (little-endian). Equal hashes mean equal models.</summary>
    string WeightsSha256();
}

/// <summary>
/// A network whose steps quantize weights in part, while evaluations quantize all: it can be scored as its steps compute too. These passes move
/// nothing that outlives them.
/// </summary>
public interface IHybridNetwork
{
    /// <summary>The share of the weights' units that the last step quantized; of a network that made no step, that of the first.</summary>
    Ratio Ratio { get; }

    /// <summary>The training batches of which averages of batch norm are estimated anew for a further score; 0: nobody asks for it.</summary>
    int AveragedBatches { get; }

    /// <summary>As <see cref="ITrainable.Prepare"/>, with a partition of a fixed seed.</summary>
    void PrepareHybrid();

    /// <summary>After <see cref="ITrainable.Prepare"/>: the batch that was loaded last joins new averages of batch norm.</summary>
    /// <param name="number">From 1 on; the first replaces the averages.</param>
    void Average(int number);

    /// <summary>The averages as they were before.</summary>
    void RestoreAverages();
}

/// <summary>A tensor that checkpoints keep.</summary>
public interface IStoredTensor
{
    /// <summary>"conv1".</summary>
    string Name { get; }

    /// <summary>The type of its elements.</summary>
    ElementType Type { get; }

    /// <summary>Its extents.</summary>
    Shape Shape { get; }

    /// <summary>Lends its bytes, little-endian, for the time of the call.</summary>
    void Lend(Action<ReadOnlySpan<byte>> use);

    /// <summary>Checks bytes that <see cref="Load"/> is to take: as many as type and shape ask for.</summary>
    /// <exception cref="WageException">A value cannot be stored.</exception>
    void RequireStorable(ReadOnlySpan<byte> bytes);

    /// <summary>Replaces its bytes.</summary>
    void Load(ReadOnlySpan<byte> bytes);
}

/// <summary>A split of a data set where a model reads it, from which batches are gathered; disposing gives its memory back.</summary>
public interface IImageSource : IDisposable
{
    /// <summary>The number of images.</summary>
    int Count { get; }

    /// <summary>The order in which batches read the images: a permutation.</summary>
    void SetOrder(int[] permutation);

    /// <summary>
    /// Fills the model's batch with the images and labels at offset, offset + 1, ... of the order; past its end come ignored blanks.
    /// </summary>
    void Load(int offset, in Augmentation augmentation, in RandomKey key);
}
