using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>What a pass through a network depends on besides weights, states and images.</summary>
/// <param name="Phase">Training or evaluation.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Step">The step's number in the run, from 0.</param>
/// <param name="Eta">The learning rate.</param>
/// <param name="Workers">Those who share the batch; null: nobody else.</param>
/// <param name="FirstImage">Where in the shared batch this worker's images begin: random bits are those of the whole batch's elements.</param>
public readonly record struct StepContext(Phase Phase, ulong Seed, uint Step, Ratio Eta, ICollective? Workers = null, int FirstImage = 0)
{
    /// <summary>Where the run's schedule stands.</summary>
    public RunPosition Position { get; init; }

    /// <summary>
    /// An evaluation of what a step computes with: of weights that are quantized in part, a partition of a fixed seed, in place of all of them.
    /// </summary>
    public bool IsHybrid { get; init; }

    /// <summary>n from 1 on: batch norm estimates its averages anew, and this is the n-th batch; 0: it does not.</summary>
    public int Averaging { get; init; }
}

/// <summary>Where a run's schedule stands. A run has one or more stages, each a whole schedule, from the weights of the one before.</summary>
/// <param name="Stage">From 0.</param>
/// <param name="Epoch">Of the stage, from 0.</param>
/// <param name="Epochs">Of the stage; 0: nobody says how many.</param>
/// <param name="FirstStep">The number in the run of the stage's first step.</param>
public readonly record struct RunPosition(int Stage, int Epoch, int Epochs, uint FirstStep);

/// <summary>What a pass is for.</summary>
public enum Phase
{
    /// <summary>Scores and statistics: no state moves, and nothing is random.</summary>
    Evaluation,

    /// <summary>A training step.</summary>
    Training,
}
