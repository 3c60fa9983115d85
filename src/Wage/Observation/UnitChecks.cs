using Wage.Layers;
using Wage.Numbers;

namespace Wage.Observation;

/// <summary>What can be wrong where tensors have units that follow them: the rules of <see cref="TrainingChecks"/> for these.</summary>
internal static class UnitChecks
{
    /// <summary>
    /// A unit in hindsight is that of the step before. Where it is off by bits in one check after the other, it goes up and down: nothing grows by
    /// bits in every step.
    /// </summary>
    /// <param name="after">The tensor.</param>
    /// <param name="counts">Checks in a row, by tensor, as <see cref="TrainingChecks.Quiet"/> keeps them.</param>
    /// <param name="eta">The step's rate.</param>
    public static IEnumerable<TrainingWarning> Swings(TensorStatistics after, Dictionary<string, int> counts, Ratio eta)
    {
        var name = $"{after.Layer} {after.Tensor}";
        TrainingWarning?[] all = after.Tensor switch
        {
            QuantizedTensor.A => [Swing(name, after.Drift, TrainingProblem.UnitSwings, "activations")],
            QuantizedTensor.E => [Swing(name, after.Drift, TrainingProblem.ErrorUnitSwings, "errors")],
            _ =>
            [
                Swing(name, after.Drift, TrainingProblem.SumUnitSwings, "sums"),
                Swing($"{name} errors", after.ErrorDrift, TrainingProblem.SumErrorUnitSwings, "sums' errors"),
            ],
        };
        return all.OfType<TrainingWarning>();

        TrainingWarning? Swing(string key, long? drift, TrainingProblem problem, string what)
        {
            if (drift is not { } bits || Math.Abs(bits) < TrainingChecks.SwingBits)
            {
                counts.Remove(key);
                return null;
            }

            counts[key] = Math.Min(counts.GetValueOrDefault(key) + 1, TrainingChecks.SwingChecks);
            if (counts[key] < TrainingChecks.SwingChecks) return null;
            var isOfErrors = problem is TrainingProblem.ErrorUnitSwings or TrainingProblem.SumErrorUnitSwings;
            return new TrainingWarning(
                after.Layer, problem,
                $"{after.Layer}: the unit of its {what} swings: that of the step before is off by " +
                $"{TrainingChecks.SwingBits} bits or more in {TrainingChecks.SwingChecks} checks in a row, now by {Math.Abs(bits)}.",
                $"a range of each step's own, {Term.Option(isOfErrors ? "ranges.E=current" : "ranges.A=current")}, " +
                $"or {Term.EtaOf(TrainingChecks.Quarter(eta))} or less.");
        }
    }

    /// <summary>What scales a batch norm of integers is kept below 4, so that 32 bits hold what it makes.</summary>
    public static TrainingWarning? ScaleAtBound(TensorStatistics stored, Ratio eta) =>
        stored.Saturated is null or 0 || stored.Parameter != ParameterKind.Scale ? null
            : new TrainingWarning(
                stored.Layer, TrainingProblem.ScaleAtBound,
                $"{stored.Layer}: {stored.Saturated} of {stored.Count} channels are at the bound of 4, beyond which none is scaled.",
                $"{Term.EtaOf(TrainingChecks.Quarter(eta))} or less, or a greater {Term.Option("weightDecay")}.");

    /// <summary>What saturated on the way to activations or weights.</summary>
    public static TrainingWarning? Cut(TensorStatistics s, Ratio eta)
    {
        if (s.Cut * 100 <= s.Count * TrainingChecks.CutPercent) return null;
        var isShortcut = s.Tensor == QuantizedTensor.A;
        var what = isShortcut ? "shortcuts are beyond 64, or sums with Fixup, or what a frozen batch norm scales, beyond 8, and saturate"
            : "gradients are beyond 64 in units of the weights, or velocities at the end of their bits, and saturate";
        var other = isShortcut ? "; of a frozen batch norm, images like those of its statistics, or let it learn" : "";
        return new TrainingWarning(
            s.Layer, isShortcut ? TrainingProblem.ShortcutsSaturate : TrainingProblem.GradientsSaturate,
            $"{s.Layer}: {s.Cut} of {s.Count} {what} (over {TrainingChecks.CutPercent} % is a warning).",
            $"{Term.EtaOf(TrainingChecks.Quarter(eta))} or less, or a greater {Term.Option("weightDecay")}{other}.");
    }
}
