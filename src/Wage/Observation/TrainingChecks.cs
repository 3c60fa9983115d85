using Wage.Numbers;

namespace Wage.Observation;

/// <summary>
/// A debugger for quantized training: reads the statistics of a step now and then, and warns once per layer and cause. Thresholds are ratios of
/// counts, so that the warnings of a run are as reproducible as its weights.
/// </summary>
/// <param name="known">Warnings that were given already, by an earlier part of the run.</param>
public sealed class TrainingChecks(IEnumerable<(string Layer, TrainingProblem Problem)> known)
{
    /// <summary>Errors underflow when Q_E turns at least this many percent of a layer's nonzero errors into 0.</summary>
    public const int UnderflowPercent = 95;

    /// <summary>
    /// Activations saturate when more than this many percent of those of a layer that are not 0 are at the end of their range. Two bits have no other
    /// value than the end, so they are not judged.
    /// </summary>
    public const int SaturationPercent = 80;

    /// <summary>Weights that do not move are a problem when this many checks in a row find none that moved: a single quiet step is chance.</summary>
    public const int QuietChecks = 2;

    private readonly HashSet<(string, TrainingProblem)> given = [.. known];
    private readonly Dictionary<string, int> quiet = [];

    /// <summary>The new warnings of a step.</summary>
    /// <param name="step">Its statistics.</param>
    /// <param name="eta">Its learning rate.</param>
    public IReadOnlyList<TrainingWarning> Check(IReadOnlyList<TensorStatistics> step, Ratio eta)
    {
        var sides = step.ToDictionary(s => (s.Layer, s.Tensor, s.IsAfter)); // a layer shows each side once
        List<TrainingWarning> warnings = [];
        foreach (var layer in step.Select(s => s.Layer).Distinct())
        {
            if (sides.TryGetValue((layer, QuantizedTensor.E, true), out var errors)) Add(Errors(sides[(layer, QuantizedTensor.E, false)], errors));
            if (layer != "input" && sides.TryGetValue((layer, QuantizedTensor.A, true), out var activations)) Add(Activations(activations));
            if (sides.TryGetValue((layer, QuantizedTensor.W, false), out var weights))
                Add(Weights(weights, sides[(layer, QuantizedTensor.G, false)], sides[(layer, QuantizedTensor.G, true)], eta));
        }

        return warnings;

        void Add(TrainingWarning? warning)
        {
            if (warning is not null && given.Add((warning.Layer, warning.Problem))) warnings.Add(warning);
        }
    }

    private static TrainingWarning? Errors(TensorStatistics before, TensorStatistics after)
    {
        var (layer, nonzero, lost) = (after.Layer, before.Count - before.Zeros, after.Zeros - before.Zeros);
        if (nonzero == 0)
            return new TrainingWarning(
                layer, TrainingProblem.ErrorsUnderflow,
                $"{layer}: all {after.Count} errors are 0 even before they are quantized, so it and the layers before it learn nothing.",
                "its activations all saturate (a smaller training.eta), or the weights behind it are all 0 (a greater scheme.beta).");
        if (lost * 100 < nonzero * UnderflowPercent) return null;
        return new TrainingWarning(
            layer, TrainingProblem.ErrorsUnderflow,
            $"{layer}: {Percent(lost, nonzero)} of the errors that are not 0 underflow to 0 in {after.Bits} bits (from {UnderflowPercent} % on is a warning).",
            $"more bits for errors: scheme.kE={Math.Min(16, after.Bits + 4)}.");
    }

    private static TrainingWarning? Activations(TensorStatistics after)
    {
        var (layer, saturated, active) = (after.Layer, after.Saturated ?? 0, after.Count - after.Zeros);
        if (after.Limit == 1 || saturated * 100 <= active * SaturationPercent) return null;
        return new TrainingWarning(
            layer, TrainingProblem.ActivationsSaturate,
            $"{layer}: {Percent(saturated, active)} of the activations that are not 0 saturate at {after.Limit} (over {SaturationPercent} % is a warning); " +
            "no error passes where Q_A clips.",
            "a smaller training.eta; a greater alpha, by a greater scheme.beta; or data.input=unit.");
    }

    private TrainingWarning? Weights(TensorStatistics stored, TensorStatistics gradients, TensorStatistics updates, Ratio eta)
    {
        var layer = stored.Layer;
        quiet[layer] = stored.Moved == 0 ? quiet.GetValueOrDefault(layer) + 1 : 0;
        if (quiet[layer] < QuietChecks) return null;
        var (hasGradients, hasUpdates) = (gradients.Zeros < gradients.Count, updates.Zeros < updates.Count);
        if (hasGradients && !hasUpdates)
            return new TrainingWarning(
                layer, TrainingProblem.UpdatesRoundAway,
                $"{layer}: all {updates.Count} updates round to 0 in {QuietChecks} checks in a row, although there are gradients: at eta = {eta} the greatest " +
                $"of them is worth about {eta} of the smallest step of {updates.Bits}-bit weights, 2^-{updates.FractionBits}.",
                "raise training.eta; scheme.randomizerBits=16 loses every update below 2^-15 steps, exact does not.");
        var reason = hasGradients ? "every update pushes against the clip" : "all its gradients are 0";
        return new TrainingWarning(
            layer, TrainingProblem.WeightsStopped, $"{layer}: none of its {stored.Count} weights moved in {QuietChecks} checks in a row: {reason}.",
            hasGradients
                ? $"a smaller training.eta, or scheme.storedClip=gradientGrid; its weights reach {stored.GreatestMagnitude} of {stored.Limit}."
                : "its input or its errors are 0: see the other warnings, scheme.beta and scheme.initialWeights.");
    }

    /// <summary>"12.3 %", rounded down: integers only.</summary>
    private static string Percent(long part, long whole)
    {
        var tenths = (long)((Int128)part * 1000 / whole);
        return $"{tenths / 10}.{tenths % 10} %";
    }
}
