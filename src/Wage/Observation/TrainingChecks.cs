using System.Globalization;
using Wage.Numbers;
using Wage.Schemes;

namespace Wage.Observation;

/// <summary>
/// A debugger for quantized training: reads the statistics of a step now and then, and warns once per layer and cause. Thresholds are ratios of
/// counts, so that the warnings of a run are as reproducible as its weights.
/// </summary>
/// <param name="known">Warnings that were given already, by an earlier part of the run.</param>
/// <param name="quiet">Its <see cref="Quiet"/> after its last check; null: none.</param>
/// <param name="ranges">Its <see cref="Ranges"/> after its last check; null: none.</param>
/// <param name="kind">The scheme, of whose options a way out is made; null: of any scheme's.</param>
public sealed class TrainingChecks(
    IEnumerable<(string Layer, TrainingProblem Problem)> known, IEnumerable<KeyValuePair<string, int>>? quiet = null,
    IEnumerable<KeyValuePair<string, RangeEnds>>? ranges = null, SchemeKind? kind = null)
{
    /// <summary>Errors underflow when Q_E turns at least this many percent of a layer's nonzero errors into 0.</summary>
    public const int UnderflowPercent = 95;

    /// <summary>
    /// Activations saturate when more than this many percent of those of a layer that are not 0 are at the end of their range. Two bits have no other
    /// value than the end, so they are not judged.
    /// </summary>
    public const int SaturationPercent = 80;

    /// <summary>
    /// Errors and gradients saturate when more than this many percent of those that are not 0 are beyond a range that is not their own maximum.
    /// </summary>
    public const int ClippedPercent = 50;

    /// <summary>Weights that do not move are a problem when this many checks in a row find none that moved: a single quiet step is chance.</summary>
    public const int QuietChecks = 2;

    /// <summary>Channels are dead when at least this many percent of a tensor's are 0 in the whole step.</summary>
    public const int DeadPercent = 10;

    /// <summary>Activations are judged so when each channel has at least as many values in the step: fewer may be 0 by chance.</summary>
    public const int DeadValues = 100;

    /// <summary>Activations and errors saturate when more than this many percent lie beyond the range of codes with a scale of their own.</summary>
    public const int BeyondPercent = 10;

    /// <summary>A channel of weights with one scale for all is too wide when it reaches more than so many times the median of the others.</summary>
    public const int WidestTimes = 100;

    /// <summary>A tensor uses few of its codes when it is less than this many percent of them.</summary>
    public const int FewCodesPercent = 25;

    /// <summary>Tensors are judged so when they have at least as many values for each code.</summary>
    public const int FewCodesValues = 8;

    /// <summary>A ReLU6 never clips when the greatest activation at the end of the training is below this many percent of 6.</summary>
    public const int ClipPercent = 50;

    /// <summary>A range still moves when, in the last epoch, an end went by more than this many percent of the range's width.</summary>
    public const int MovePercent = 5;

    /// <summary>More than this many percent of shortcuts, gradients or channels that are cut are a warning.</summary>
    public const int CutPercent = 1;

    /// <summary>A unit swings when it drifts by so many bits from one step to the next in <see cref="SwingChecks"/> checks in a row.</summary>
    public const int SwingBits = 2;

    /// <summary>See <see cref="SwingBits"/>.</summary>
    public const int SwingChecks = 3;

    private readonly CodeChecks codes = new(ranges ?? [], kind);
    private readonly HashSet<(string, TrainingProblem)> given = [.. known];
    private readonly Dictionary<string, int> quiet = new(quiet ?? []);

    /// <summary>
    /// The layers none of whose weights moved in the last check, with the number of such checks in a row, at most <see cref="QuietChecks"/>:
    /// what a resumed run needs besides the warnings, to give the same ones.
    /// </summary>
    public IReadOnlyDictionary<string, int> Quiet => quiet;

    /// <summary>The ranges that move from step to step, as they were at the end of the last epoch; a resumed run needs them too.</summary>
    public IReadOnlyDictionary<string, RangeEnds> Ranges => codes.Ranges;

    /// <summary>The new warnings of a step.</summary>
    /// <param name="step">Its statistics.</param>
    /// <param name="eta">Its learning rate.</param>
    /// <param name="time">Which step it is.</param>
    public IReadOnlyList<TrainingWarning> Check(IReadOnlyList<TensorStatistics> step, Ratio eta, CheckTime time = CheckTime.Early)
    {
        var sides = step.ToDictionary(s => (s.Layer, s.Tensor, s.IsAfter)); // a layer shows each side once
        List<TrainingWarning> warnings = [];
        foreach (var layer in step.Select(s => s.Layer).Distinct())
        {
            if (sides.TryGetValue((layer, QuantizedTensor.E, true), out var errors))
            {
                Add(Errors(sides[(layer, QuantizedTensor.E, false)], errors, eta));
                Add(Beyond(sides[(layer, QuantizedTensor.E, false)], errors, TrainingProblem.ErrorsSaturate, "errors", eta));
            }

            if (sides.TryGetValue((layer, QuantizedTensor.W, false), out var stored)) Add(UnitChecks.ScaleAtBound(stored, eta));
            foreach (var cut in step.Where(s => s.Layer == layer && s.Cut > 0)) Add(UnitChecks.Cut(cut, eta));
            if (layer != "input" && sides.TryGetValue((layer, QuantizedTensor.A, true), out var activations)) Add(Activations(activations, eta));
            foreach (var tensor in (ReadOnlySpan<QuantizedTensor>)[QuantizedTensor.W, QuantizedTensor.A, QuantizedTensor.E])
            {
                var (before, after) = (sides.GetValueOrDefault((layer, tensor, false)), sides.GetValueOrDefault((layer, tensor, true)));
                if (before is null && after is null) continue;
                foreach (var warning in codes.Check(before, after, eta, time)) Add(warning);
                if (after is null) continue;
                foreach (var warning in UnitChecks.Swings(after, quiet, eta)) Add(warning);
            }

            if (sides.TryGetValue((layer, QuantizedTensor.G, true), out var updates))
            {
                Add(Weights(sides[(layer, QuantizedTensor.W, false)], sides[(layer, QuantizedTensor.G, false)], updates, eta));
                Add(Beyond(sides[(layer, QuantizedTensor.G, false)], updates, TrainingProblem.GradientsSaturate, "gradients", eta));
            }
        }

        return warnings;

        void Add(TrainingWarning? warning)
        {
            if (warning is not null && given.Add((warning.Layer, warning.Problem))) warnings.Add(warning);
        }
    }

    private TrainingWarning? Errors(TensorStatistics before, TensorStatistics after, Ratio eta)
    {
        var (layer, nonzero, lost) = (after.Layer, before.Count - before.Zeros, after.Zeros - before.Zeros);
        if (nonzero == 0)
            return new TrainingWarning(
                layer, TrainingProblem.ErrorsUnderflow,
                $"{layer}: all {after.Count} errors are 0 even before they are quantized, so it and the layers before it learn nothing.",
                kind.Has("beta")
                    ? (Wording)($"its activations all saturate ({Term.EtaOf(Quarter(eta))} or less), " +
                      $"or the weights behind it are all 0 ({Term.Option("beta=3/2")} or more).")
                    : $"its activations all saturate, or the weights behind it are all 0: {Term.EtaOf(Quarter(eta))} or less.");
        if (lost * 100 < nonzero * UnderflowPercent) return null;
        return new TrainingWarning(
            layer, TrainingProblem.ErrorsUnderflow,
            $"{layer}: {Percent(lost, nonzero)} of the errors that are not 0 underflow to 0 in {after.Bits} bits " +
            $"(from {UnderflowPercent} % on is a warning).",
            MoreErrors(after));
    }

    /// <summary>The way out of errors that underflow: four bits more, or as many as the scheme has, else a unit of each step's own.</summary>
    private Wording MoreErrors(TensorStatistics after)
    {
        var most = Math.Min(after.Codes is null ? 16 : 8, after.Bits + 4);
        for (var bits = most; bits > after.Bits; bits--)
            if (kind.Takes("kE", bits)) return $"more bits for errors: {Term.Option($"kE={bits}")}.";
        return kind.Has("ranges.E") ? (Wording)$"a range of each step's own: {Term.Option("ranges.E=current")}." : "more bits for errors.";
    }

    private TrainingWarning? Beyond(
        TensorStatistics before, TensorStatistics after, TrainingProblem problem, string what, Ratio eta)
    {
        var (beyond, nonzero, key) = (after.Beyond ?? 0, before.Count - before.Zeros, after.Tensor.ToString());
        if (beyond * 100 <= nonzero * ClippedPercent) return null;
        return new TrainingWarning(
            after.Layer, problem,
            $"{after.Layer}: {Percent(beyond, nonzero)} of the {what} that are not 0 are beyond their range and saturate " +
            $"(over {ClippedPercent} % is a warning): the range is of other steps, and they are greater.",
            !kind.Has("ranges.momentum")
                ? (Wording)$"{Term.EtaOf(Quarter(eta))} or less."
                : $"a moving range catches up by itself, the sooner the smaller its momentum ({Term.Option("ranges.momentum=1/2")}); where it does " +
                  $"not, {Term.EtaOf(Quarter(eta))} or less, a greater {Term.Option($"ranges.fixed{key}")}, or " +
                  $"{Term.Option($"ranges.{key}=current")}.");
    }

    private static TrainingWarning? Activations(TensorStatistics after, Ratio eta)
    {
        var (layer, saturated, active) = (after.Layer, after.Saturated ?? 0, after.Count - after.Zeros);
        if (after.Codes is not null || after.Limit == 1 || saturated * 100 <= active * SaturationPercent) return null;
        return new TrainingWarning(
            layer, TrainingProblem.ActivationsSaturate,
            $"{layer}: {Percent(saturated, active)} of the activations that are not 0 saturate at {after.Limit} " +
            $"(over {SaturationPercent} % is a warning); no error passes where Q_A clips.",
            $"{Term.EtaOf(Quarter(eta))} or less; where black pixels are -1 and most are black, also {new Term(TermKind.UnitInput)}.");
    }

    private TrainingWarning? Weights(TensorStatistics stored, TensorStatistics gradients, TensorStatistics updates, Ratio eta)
    {
        var layer = stored.Layer;
        if (stored.Moved != 0)
        {
            quiet.Remove(layer);
            return null;
        }

        quiet[layer] = Math.Min(quiet.GetValueOrDefault(layer) + 1, QuietChecks);
        if (quiet[layer] < QuietChecks) return null;
        var (hasGradients, hasUpdates) = (gradients.Zeros < gradients.Count, updates.Zeros < updates.Count);
        if (hasGradients && !hasUpdates)
            return new TrainingWarning(
                layer, TrainingProblem.UpdatesRoundAway,
                $"{layer}: all {updates.Count} updates round to 0 in {QuietChecks} checks in a row, although there are gradients: " +
                $"at eta = {eta} the greatest of them is worth about {eta} of the smallest step of {updates.Bits}-bit weights, " +
                $"2^-{updates.FractionBits}.",
                $"raise {Term.Eta}, to about {Term.EtaOf(UsualRate(updates.Bits))}, which is worth what 1 is with 8 bits; " +
                $"with {Term.Option("randomizerBits=16")} updates below 2^-16 steps never move a weight, with exact they sometimes do.");
        var reason = hasGradients ? "every update pushes against the clip" : "all its gradients are 0";
        return new TrainingWarning(
            layer, TrainingProblem.WeightsStopped, $"{layer}: none of its {stored.Count} weights moved in {QuietChecks} checks in a row: {reason}.",
            hasGradients
                ? (Wording)($"a smaller {Term.Eta}, or {Term.Option("storedClip=gradientGrid")}; " +
                  $"its weights reach {stored.GreatestMagnitude} of {stored.Limit}.")
                : $"its input or its errors are all 0: the remedy of the other warnings; " +
                  $"{Term.Option("beta=3/2")} or more where the weights are zeros.");
    }

    /// <summary>A learning rate small enough that a layer whose activations all saturate may recover: the next try.</summary>
    internal static Ratio Quarter(Ratio eta) => eta.Denominator <= long.MaxValue / 4 ? new Ratio(eta.Numerator, 4 * eta.Denominator) : eta;

    /// <summary>2^(k_G - 8): eta sigma(k_G) is then that of WAGE's eta = 1 with k_G = 8.</summary>
    private static Ratio UsualRate(int bits) => bits >= 8 ? new Ratio(1L << (bits - 8), 1) : new Ratio(1, 1L << (8 - bits));

    /// <summary>"12.3 %", rounded down: integers only.</summary>
    internal static string Percent(long part, long whole)
    {
        var tenths = (long)((Int128)part * 1000 / whole);
        return $"{tenths / 10}.{tenths % 10} %";
    }
}

/// <summary>What a way out may name.</summary>
internal static class Remedies
{
    /// <summary>True where there is such an option, or nobody says what the scheme is.</summary>
    public static bool Has(this SchemeKind? kind, string option) => kind is null || kind.Find(option) is not null;

    /// <summary>Whether a scheme has an option that takes so many bits; any scheme, null, does.</summary>
    public static bool Takes(this SchemeKind? kind, string option, int bits) =>
        kind is null || kind.Find(option)?.Values.Canonical(bits.ToString(CultureInfo.InvariantCulture)) is not null;
}
