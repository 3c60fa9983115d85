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
}

/// <summary>A problem of one layer.</summary>
/// <param name="Layer">"conv1".</param>
/// <param name="Problem">The cause; a layer is warned of each only once.</param>
/// <param name="Message">What was seen: one line, with the layer, the numbers and the rule.</param>
/// <param name="Remedy">What to try: rates and options are terms.</param>
public sealed record TrainingWarning(string Layer, TrainingProblem Problem, string Message, Wording Remedy);
