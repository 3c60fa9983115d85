using Wage.Experiments.Runs;

namespace Wage.Experiments.Sweeps;

/// <summary>How a run of a sweep ended.</summary>
internal enum SweepState
{
    /// <summary>Trained now.</summary>
    Trained,

    /// <summary>Was finished before.</summary>
    Known,

    /// <summary>Its values do not go together, or its bounds cannot be proved.</summary>
    Refused,
}

/// <summary>A run of a sweep with its result. Errors are fractions; null where refused.</summary>
internal sealed record SweepOutcome(SweepRun Run, string Folder, SweepState State, int? Epochs, double? Best, int? BestEpoch, double? Last,
    string? WeightsSha256, string? Refusal)
{
    /// <summary>True where validation images choose the best epoch, and Best and Last are of them.</summary>
    public bool OnValidation { get; init; }

    /// <summary>With validation: of the test images, the best epoch's.</summary>
    public double? TestError { get; init; }

    /// <summary>The outcome that a folder's summary tells.</summary>
    public static SweepOutcome Of(SweepRun run, RunCard card, SweepState state) => new(
        run, card.Folder.Path, state, card.EpochsDone, card.BestTestError, card.BestEpoch, card.LastTestError, card.WeightsSha256, null)
    {
        OnValidation = card.OnValidation,
        TestError = card.TestError,
    };

    /// <summary>The outcome of a run that cannot be trained.</summary>
    public static SweepOutcome Refused(SweepRun run, string folder, string reason) =>
        new(run, folder, SweepState.Refused, null, null, null, null, null, reason);
}
