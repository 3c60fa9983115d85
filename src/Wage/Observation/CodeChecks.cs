using Wage.Numbers;
using Wage.Schemes;

namespace Wage.Observation;

/// <summary>
/// What can be wrong with quantizers that have a scale of their own, and with the channels of float32 tensors: the rules of
/// <see cref="TrainingChecks"/> for them. Ratios of one step's counts, but for a range that still moves, which compares the ends of two epochs.
/// </summary>
internal sealed class CodeChecks(IEnumerable<KeyValuePair<string, RangeEnds>> ranges, SchemeKind? kind)
{
    private readonly SortedDictionary<string, RangeEnds> ranges = new(ranges.ToDictionary(), StringComparer.Ordinal);

    /// <summary>The ranges that are states, "conv1 A", at the end of the last epoch.</summary>
    public IReadOnlyDictionary<string, RangeEnds> Ranges => ranges;

    /// <summary>The warnings of one tensor.</summary>
    /// <param name="before">What entered its quantizer; null: there is none.</param>
    /// <param name="after">What left it; null where it has none.</param>
    /// <param name="eta">The step's learning rate.</param>
    /// <param name="time">When.</param>
    public IEnumerable<TrainingWarning> Check(TensorStatistics? before, TensorStatistics? after, Ratio eta, CheckTime time)
    {
        if (Dead(after ?? before!, eta) is { } dead) yield return dead;
        if (after is not { Codes: { } codes }) yield break;
        if (Beyond(after, eta) is { } beyond) yield return beyond;
        if (Widest(after, codes) is { } widest) yield return widest;
        if (Few(after, codes) is { } few) yield return few;
        if (time == CheckTime.TrainingEnd && before?.Channels is { } channels && Unclipped(after, channels, codes) is { } unclipped)
            yield return unclipped;
        if (time != CheckTime.Early && codes.IsState && Moved(after, codes, time) is { } moved) yield return moved;
    }

    private TrainingWarning? Dead(TensorStatistics s, Ratio eta)
    {
        if (s.Channels is not { FirstDead: { } first } channels) return null;
        if (channels.Dead * 100L < channels.Count * (long)TrainingChecks.DeadPercent) return null;
        var (isWeights, each) = (s.Tensor == QuantizedTensor.W, s.Count / channels.Count);
        if (!isWeights && each < TrainingChecks.DeadValues) return null;
        var bits = s.Codes is null ? string.Empty : $" in {s.Bits} bits";
        var what = isWeights ? $"filters have no weight but 0{bits}" : $"channels are 0 in all {each} values";
        return new TrainingWarning(
            s.Layer, isWeights ? TrainingProblem.DeadFilters : TrainingProblem.DeadChannels,
            $"{s.Layer}: {channels.Dead} of {channels.Count} {what}, channel {first} the first " +
            $"(from {TrainingChecks.DeadPercent} % on is a warning): they tell nothing apart and learn nothing.",
            isWeights && s.Codes is { } codes && kind.Has("kW")
                ? (Wording)($"more bits, {Term.Option($"kW={Math.Min(8, codes.Bits + 2)}")}, or a scale for each channel; " +
                  $"without them, fewer channels compute the same.")
                : isWeights && kind is not null && kind.Has("twnThreshold")
                ? (Wording)$"a threshold of each filter, {Term.Option("twnThreshold=filter")}; without them, fewer channels compute the same."
                : kind is { IsNormalized: true }
                ? (Wording)$"{Term.EtaOf(TrainingChecks.Quarter(eta))} or less; without them, fewer channels compute the same."
                : $"{Term.EtaOf(TrainingChecks.Quarter(eta))} or less, or {new Term(TermKind.BatchNorm)} before the activation; " +
                  $"without them, fewer channels compute the same.");
    }

    private TrainingWarning? Beyond(TensorStatistics after, Ratio eta)
    {
        var saturated = after.Saturated ?? 0;
        if (saturated * 100 <= after.Count * TrainingChecks.BeyondPercent) return null;
        var isErrors = after.Tensor == QuantizedTensor.E;
        return new TrainingWarning(
            after.Layer, isErrors ? TrainingProblem.ErrorsSaturate : TrainingProblem.ActivationsSaturate,
            $"{after.Layer}: {TrainingChecks.Percent(saturated, after.Count)} of the {Words(after)} lie beyond the range of their codes " +
            $"(over {TrainingChecks.BeyondPercent} % is a warning).",
            isErrors && kind.Has("ranges.E")
                ? (Wording)($"a range of each step's own, {Term.Option("ranges.E=current")}, or {Term.EtaOf(TrainingChecks.Quarter(eta))} or less.")
                : $"the range follows too slowly: {Term.EtaOf(TrainingChecks.Quarter(eta))} or less, or a moving average of fewer steps.");
    }

    private TrainingWarning? Widest(TensorStatistics after, CodeSummary codes)
    {
        if (after.Tensor != QuantizedTensor.W || codes.Grids > 1) return null;
        if (after.Channels is not { Count: > 1, Median.Significand: > 0 } channels) return null;
        if (channels.Reach.PercentOf(channels.Median) <= 100 * TrainingChecks.WidestTimes) return null;
        return new TrainingWarning(
            after.Layer, TrainingProblem.ChannelSpans,
            $"{after.Layer}: the weights of channel {channels.Widest} reach {channels.Reach}, over {TrainingChecks.WidestTimes} times those of the " +
            $"others (median {channels.Median}), and all have one scale, {codes.Scale.Greatest}: the others keep few codes.",
            kind.Has("granularity")
                ? (Wording)$"a scale for each channel, {Term.Option("granularity=channel")}, or cross-layer equalization."
                : kind.Has("ranges.W") ? (Wording)$"weights of this layer as they are, {Term.Option("ranges.W=none")}, or cross-layer equalization."
                : (Wording)"cross-layer equalization.");
    }

    private TrainingWarning? Few(TensorStatistics after, CodeSummary codes)
    {
        if (after.Tensor == QuantizedTensor.E || after.Count < TrainingChecks.FewCodesValues * (long)codes.Codes
            || codes.Used * 100L >= codes.Codes * (long)TrainingChecks.FewCodesPercent)
            return null;
        var (name, bits) = (after.Tensor == QuantizedTensor.W ? "kW" : "kA", Math.Max(2, BitsOf(codes.Used) + 1));
        while (bits < codes.Bits && !kind.Takes(name, bits)) bits++;
        return new TrainingWarning(
            after.Layer, after.Tensor == QuantizedTensor.W ? TrainingProblem.FewWeightCodes : TrainingProblem.FewActivationCodes,
            $"{after.Layer}: its {after.Count} {Words(after)} use {codes.Used} of their {codes.Codes} codes " +
            $"(below {TrainingChecks.FewCodesPercent} % is a warning): a few great values widen the range, [{codes.Least}, {codes.Greatest}].",
            after.Tensor == QuantizedTensor.W && codes.Grids == 1 && kind.Has("granularity")
                ? (Wording)$"a scale for each channel, {Term.Option("granularity=channel")}."
                : bits < codes.Bits && kind.Takes(name, bits)
                ? (Wording)$"clip the great values by a calibrated range, or {Term.Option($"{name}={bits}")}, which loses little."
                : (Wording)"clip the great values by a calibrated range.");
    }

    private static TrainingWarning? Unclipped(TensorStatistics after, ChannelSummary before, CodeSummary codes)
    {
        if (before.Clip is not { } clip || before.Reach.PercentOf(clip) >= TrainingChecks.ClipPercent) return null;
        var wasted = codes.Codes - (codes.Codes * before.Reach.PercentOf(clip) / 100);
        return new TrainingWarning(
            after.Layer, TrainingProblem.NeverClips,
            $"{after.Layer}: its ReLU{clip} never clips: the greatest activation is {before.Reach} at the end " +
            $"(below {TrainingChecks.ClipPercent} % of {clip} is a warning); in a range from 0 to {clip}, as other programs fix it, " +
            $"{wasted} of {codes.Codes} codes would be wasted.",
            $"a ReLU in its place computes the same.");
    }

    private TrainingWarning? Moved(TensorStatistics after, CodeSummary codes, CheckTime time)
    {
        var (name, now) = ($"{after.Layer} {after.Tensor}", new RangeEnds(codes.Least, codes.Greatest));
        var isKnown = ranges.TryGetValue(name, out var last);
        ranges[name] = now;
        var width = now.Greatest.DistanceFrom(now.Least);
        if (!isKnown || time != CheckTime.TrainingEnd || width.Significand == 0) return null;
        var percent = Math.Max(now.Least.DistanceFrom(last.Least).PercentOf(width), now.Greatest.DistanceFrom(last.Greatest).PercentOf(width));
        if (percent <= TrainingChecks.MovePercent) return null;
        return new TrainingWarning(
            after.Layer, after.Tensor == QuantizedTensor.E ? TrainingProblem.ErrorRangeMoves : TrainingProblem.RangeMoves,
            $"{after.Layer}: the range of its {Words(after)} still moves: [{last.Least}, {last.Greatest}] at the end of the epoch before, " +
            $"[{now.Least}, {now.Greatest}] now, {percent} % of its width (over {TrainingChecks.MovePercent} % is a warning).",
            $"more epochs, or a smaller {Term.Eta} in the last ones: the range that is kept is not that of the weights that are kept.");
    }

    private static string Words(TensorStatistics s) => s.Tensor switch
    {
        QuantizedTensor.W => "weights",
        QuantizedTensor.E => "errors",
        _ => "activations",
    };

    /// <summary>ceil(log2 of so many).</summary>
    private static int BitsOf(int codes) => 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)Math.Max(codes - 1, 0));
}

/// <summary>The least and the greatest value of a range.</summary>
/// <param name="Least">The least.</param>
/// <param name="Greatest">The greatest.</param>
public readonly record struct RangeEnds(BinaryNumber Least, BinaryNumber Greatest);

/// <summary>When a step is looked into for warnings.</summary>
public enum CheckTime
{
    /// <summary>Within an epoch.</summary>
    Early,

    /// <summary>An epoch's last step.</summary>
    EpochEnd,

    /// <summary>The last step of the training.</summary>
    TrainingEnd,
}
