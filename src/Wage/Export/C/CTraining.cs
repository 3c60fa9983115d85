using Wage.Losses;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Export.C;

/// <summary>Where a program's training goes on.</summary>
/// <param name="Seed">The run's.</param>
/// <param name="Step">The number of the next step.</param>
/// <param name="Eta">The learning rate.</param>
internal readonly record struct TrainingStart(ulong Seed, uint Step, Ratio Eta);

/// <summary>
/// WAGE's training step as C99 without floats, heap or libraries: after the same batches the stored weights of the framework, bit for bit. The
/// greatest errors and gradients are of a whole batch: its activations and errors are kept, in few bits, and sums are not kept but made twice.
/// </summary>
/// <param name="Header">training.h.</param>
/// <param name="Source">training.c.</param>
/// <param name="Example">train.c: a main that trains on samples from standard input.</param>
/// <param name="StateBytes">The caller's state: position, rate and stored weights.</param>
/// <param name="WorkBytes">The program's own arrays. The caller's batch, and the stack, are not in them.</param>
/// <param name="FlashBytes">The first weights and the pixels' table; the code is the compiler's.</param>
internal sealed record CTraining(string Header, string Source, string Example, long StateBytes, long WorkBytes, long FlashBytes)
{
    private const int BeforeWeights = 28, Alignment = 8, PixelValues = 256;

    /// <summary>The program of a network.</summary>
    /// <param name="network">Its batch is the most images of a step; it needs no memory.</param>
    /// <param name="weights">The stored weights of every parameter, in order.</param>
    /// <param name="start">Where the training goes on.</param>
    /// <param name="model">The program whose header this one includes.</param>
    /// <exception cref="WageException">C does not train such a network: what it has is named; or the rate is not proved safe.</exception>
    public static CTraining Of(Network network, IReadOnlyList<SavedTensor> weights, TrainingStart start, CProgram model)
    {
        if (network.Scheme.Update is not WageUpdate)
            throw new WageException($"scheme {network.Scheme.KindName}: there is training in C for the scheme wage alone.", TrainedLayer.Way);
        network.RequireRate(start.Eta);
        var layers = TrainedLayer.Of(network);
        var (batch, first) = (network.Images.Shape[0], layers.Index().First(one => !one.Item.Weights.IsFrozen).Index);
        var (error, sum) = (layers.Any(layer => layer.Errors is { Bits: > 8 }) ? 16 : 8, SumsAreWide(network) ? 64 : 32);
        var memory = new TrainingMemory(layers, first, batch, error > 8);
        var text = new CTrainingText(network, layers, first, memory)
        {
            StoredBits = layers.Any(layer => layer.Weights.Type == ElementType.Int16) ? 16 : 8,
            ErrorBits = error,
            SumBits = sum,
        };
        var work = memory.Bytes + (memory.WideErrors * 2) + text.Row + ((text.Sums + text.Scores) * sum / 8);
        var stored = weights.Sum(tensor => (long)tensor.Shape.Length) * text.StoredBits / 8;
        var source = text.Source(weights, start);
        var id = CText.Id(text.Header(work, model.Id, 0), source);
        var head = CProgram.Head("its training, made by its export, do not edit", "training.h", "TRAINING_ID", id);
        return new CTraining(
            text.Header(work, model.Id, id), $"{head}{source}", $"{CProgram.Mark}{CTrainingText.Embedded("train.c")}",
            (BeforeWeights + stored + Alignment - 1) / Alignment * Alignment, work, stored + PixelValues);
    }

    /// <summary>Whether a product's sums, or the errors of the loss, need 64 bits.</summary>
    private static bool SumsAreWide(Network network)
    {
        var scores = network.ScoresSpec;
        return (network.Loss is SquaredError && scores.Bound + (1L << scores.FractionBits) > int.MaxValue) || network.Table.Any(row =>
            new[] { row.Accumulators.Forward, row.Accumulators.Error, row.Accumulators.Gradient }.Contains(ElementType.Int64));
    }
}
