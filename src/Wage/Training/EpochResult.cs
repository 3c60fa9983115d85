using Wage.Numbers;

namespace Wage.Training;

/// <summary>
/// What an epoch gave. Loss and train error are of each batch before its update; the others are of the weights at the epoch's end.
/// </summary>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="Eta">The learning rate.</param>
/// <param name="Train">On the training images.</param>
/// <param name="Test">On the test images; of none where there are validation images: then nobody has looked at the test images.</param>
public readonly record struct EpochResult(int Epoch, Ratio Eta, Score Train, Score Test)
{
    /// <summary>On the validation images; null without such.</summary>
    public Score? Validation { get; init; }

    /// <summary>What epochs are compared by: the validation images, else the test images.</summary>
    public Score Chooser => Validation ?? Test;
}
