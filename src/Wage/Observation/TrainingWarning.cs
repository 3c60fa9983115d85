namespace Wage.Observation;

/// <summary>What can be wrong with quantized training, as far as one step shows it.</summary>
public enum TrainingProblem
{
    /// <summary>Q_E leaves (almost) nothing of a layer's errors, or there are none.</summary>
    ErrorsUnderflow,

    /// <summary>Many of a layer's activations are at the end of their range.</summary>
    ActivationsSaturate,

    /// <summary>A layer has gradients, but every update is 0.</summary>
    UpdatesRoundAway,

    /// <summary>A layer's stored weights do not change, although there are updates.</summary>
    WeightsStopped,

    /// <summary>Filters of a layer have no weight but 0.</summary>
    DeadFilters,

    /// <summary>Channels of a layer's activations are 0 for every image of a step.</summary>
    DeadChannels,

    /// <summary>Many of a layer's errors lie beyond the range of their codes.</summary>
    ErrorsSaturate,

    /// <summary>One channel of weights is much wider than the others, and all have one scale.</summary>
    ChannelSpans,

    /// <summary>A layer's weights use few of their codes.</summary>
    FewWeightCodes,

    /// <summary>A layer's activations use few of their codes.</summary>
    FewActivationCodes,

    /// <summary>A layer's ReLU6 clips nothing.</summary>
    NeverClips,

    /// <summary>The range of a layer's activations still moves at the end of the training.</summary>
    RangeMoves,

    /// <summary>The range of a layer's errors still moves at the end of the training.</summary>
    ErrorRangeMoves,

    /// <summary>Many of a layer's gradients lie beyond a range that other steps' maxima made, or that is fixed.</summary>
    GradientsSaturate,

    /// <summary>What scales a channel of a batch norm of integers is at its bound.</summary>
    ScaleAtBound,

    /// <summary>Many shortcuts of a residual saturate where they are added, sums with Fixup, or xhat behind a frozen batch norm.</summary>
    ShortcutsSaturate,

    /// <summary>The unit of a layer's activations goes up and down from step to step.</summary>
    UnitSwings,

    /// <summary>The unit of a layer's errors does.</summary>
    ErrorUnitSwings,

    /// <summary>The unit of the sums in front of a batch norm does.</summary>
    SumUnitSwings,

    /// <summary>The unit of the errors of these sums does.</summary>
    SumErrorUnitSwings,
}

/// <summary>A problem of one layer.</summary>
/// <param name="Layer">"conv1".</param>
/// <param name="Problem">The cause; a layer is warned of each only once.</param>
/// <param name="Message">What was seen: one line, with the layer, the numbers and the rule.</param>
/// <param name="Remedy">What to try: rates and options are terms.</param>
public sealed record TrainingWarning(string Layer, TrainingProblem Problem, string Message, Wording Remedy);
