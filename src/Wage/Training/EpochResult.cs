using Wage.Numbers;

namespace Wage.Training;

/// <summary>
/// What an epoch gave. Loss and train error are of each batch before its update; the others are of the weights at the epoch's end.
/// </summary>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="Eta">The learning rate, <see cref="LearningRate.At(int)"/>.</param>
/// <param name="Train">On the training images.</param>
/// <param name="Test">On the test images; of none where there are validation images: then nobody has looked at the test images.</param>
public readonly record struct EpochResult(int Epoch, Ratio Eta, Score Train, Score Test)
{
    /// <summary>On the validation images; null without such.</summary>
    public Score? Validation { get; init; }

    /// <summary>What else there is to say of a network whose steps quantize weights in part; null of others.</summary>
    public HybridResult? Hybrid { get; init; }

    /// <summary>What epochs are compared by: the validation images, else the test images.</summary>
    public Score Chooser => Validation ?? Test;
}

/// <summary>What an epoch gave whose steps quantized weights in part, besides the score of the network that has all of them quantized.</summary>
/// <param name="Stage">Counted from 1.</param>
/// <param name="Ratio">The share of the weights' units that the epoch's last step quantized.</param>
/// <param name="Score">With that share, a partition of a fixed seed; on the same images as <see cref="EpochResult.Chooser"/>.</param>
public readonly record struct HybridResult(int Stage, Ratio Ratio, Score Score)
{
    /// <summary>All quantized, with averages of batch norm estimated anew under such weights; null where nobody asked for it.</summary>
    public Score? Averaged { get; init; }
}
