using System.Globalization;
using Wage.Experiments.Runs;
using Wage.Experiments.Statistics;

namespace Wage.Experiments.Reproductions;

/// <summary>A run with the statistics that its figures show.</summary>
/// <param name="Run">The run.</param>
/// <param name="Statistics">Its recorded steps.</param>
internal sealed record FigureRun(RunRecord Run, RunStatistics Statistics)
{
    /// <summary>The first recorded step.</summary>
    public long First => Statistics.Steps[0];

    /// <summary>The last one, which the figures show.</summary>
    public long Last => Statistics.Steps[^1];

    /// <summary>The layers whose errors the paper shows.</summary>
    public IEnumerable<string> Convolutions => Statistics.Layers.Where(layer => layer.StartsWith("conv", StringComparison.Ordinal));

    /// <summary>The greatest magnitude of a layer's errors before Q_E, an integer in its own unit; 0 without errors.</summary>
    public double GreatestError(string layer) =>
        Statistics.Find(Last, layer, 'E', false)?.Greatest ?? 0;
}

/// <summary>What a figure must show, whatever the network: the shape of the effect.</summary>
/// <param name="Says">In words, with where the paper says so.</param>
/// <param name="Violation">What a run shows instead; null when it is as said.</param>
internal sealed record FigureShape(string Says, Func<FigureRun, string?> Violation)
{
    private const double LeastThird = 0.25, MostThird = 5.0 / 12;
    private const int LeastOctaves = 8, LeastShrinking = 4;

    /// <summary>WAGE's Figures 2 to 4 (Wu et al. 2018), and one of this project's.</summary>
    public static IReadOnlyList<FigureShape> OfWage { get; } =
    [
        new("weights have three levels, at first a third of them each (section 4: beta = 1.5)", ThreeLevels),
        new("the greatest error lies between \u221A\u00BD and \u221A2 of the power of two that Q_E divides by (section 3.3.3)", Scaled),
        new("every layer's weights move, none by more than \u03B7\u221A2 steps, rounded up (equation 11)", Moves),
        new("the loss on training images falls with every epoch (Figure 3)", LossFalls),
        new("a convolution's errors have one peak over 8 octaves or more (Figure 4)", OnePeak),
        new("the large are the minority: under half of a convolution's errors exceed a quarter of the greatest (Table 2)", LargeAreFew),
        new("Q_E keeps more than half of every layer's errors (Figure 4: most lie in the window)", WindowKeepsMost),
        new("the greatest error shrinks by 4 octaves or more from the scores to the first layer (this project's)", ErrorsShrink),
    ];

    private static string? ThreeLevels(FigureRun run)
    {
        if (run.First != 0) return "step 0 was not recorded";
        foreach (var layer in run.Statistics.Layers)
        {
            var levels = (run.Statistics.Find(run.Last, layer, 'W', true)?.Bins() ?? []).Select(bin => bin.Low).ToList();
            if (!levels.SequenceEqual([-1, 0, 1])) return $"{layer} has {levels.Count} levels";
            var first = run.Statistics.Find(0, layer, 'W', true)!;
            var shares = first.Bins().Select(bin => first.Rate(bin.Elements)).ToList();
            if (shares.Count != 3 || shares.Exists(share => share is < LeastThird or > MostThird))
                return $"{layer} begins with {string.Join(", ", shares.Select(Percent))}";
        }

        return null;
    }

    private static string? Scaled(FigureRun run)
    {
        foreach (var layer in run.Statistics.Layers)
        {
            if (run.Statistics.Find(run.Last, layer, 'E', true) is not { Shift: { } shift } after) return $"{layer} has no errors after Q_E";
            var greatest = Math.ScaleB(run.GreatestError(layer), 1 - after.Bits - shift);
            if (!(greatest * greatest is > 0.5 and <= 2)) return $"{layer}: {Text(greatest)}";
        }

        return null;
    }

    private static string? Moves(FigureRun run)
    {
        foreach (var layer in run.Statistics.Layers)
        {
            if (run.Statistics.Find(run.Last, layer, 'W', false) is not { Moved: > 0 } weights) return $"no weight of {layer} moves";
            var eta = run.Run.Recipe.Rate.At(weights.Epoch - 1);
            var most = Math.Ceiling(Math.Sqrt(2) * eta.Numerator / eta.Denominator);
            var greatest = run.Statistics.Find(run.Last, layer, 'G', true)?.Greatest ?? 0;
            if (greatest > most)
                return $"a weight of {layer} moves by {Text(greatest)} steps, beyond {Text(most)}";
        }

        return null;
    }

    private static string? LossFalls(FigureRun run)
    {
        var rows = run.Run.Rows;
        for (var i = 1; i < rows.Count; i++)
        {
            if (rows[i].Loss >= rows[i - 1].Loss)
                return $"epoch {rows[i].Epoch} has {Text(rows[i].Loss)} after {Text(rows[i - 1].Loss)}";
        }

        return null;
    }

    private static string? OnePeak(FigureRun run)
    {
        foreach (var layer in run.Convolutions)
        {
            var octaves = ErrorRange.Of(run.Statistics, layer, run.Last)?.Octaves ?? [];
            if (octaves.Count < LeastOctaves) return $"the errors of {layer} span {octaves.Count} octaves";
            var shares = octaves.Select(octave => octave.Share).ToList();
            var peak = shares.IndexOf(shares.Max());
            for (var i = 1; i < shares.Count; i++)
            {
                if (i <= peak ? shares[i] >= shares[i - 1] : shares[i] <= shares[i - 1]) continue;
                var second = octaves[i <= peak ? i - 1 : i].Low;
                return $"the errors of {layer} have a second peak beside 2^{Text(octaves[peak].Low)}, at 2^{Text(second)}";
            }

            if (peak == 0 || peak == shares.Count - 1) return $"the errors of {layer} are the more the {(peak == 0 ? "smaller" : "greater")}";
        }

        return null;
    }

    private static string? LargeAreFew(FigureRun run)
    {
        foreach (var layer in run.Convolutions)
        {
            if (run.Statistics.Find(run.Last, layer, 'E', false) is not { } errors) return $"{layer} has no errors";
            var quarter = run.GreatestError(layer) / 4;
            var large = errors.Bins().Where(bin => Math.Min(Math.Abs(bin.Low), Math.Abs(bin.High)) > quarter).Sum(bin => bin.Elements);
            if (2 * large >= errors.Count - errors.Zeros) return $"{layer}: {Percent((double)large / Math.Max(1, errors.Count - errors.Zeros))}";
        }

        return null;
    }

    private static string? WindowKeepsMost(FigureRun run)
    {
        foreach (var layer in run.Statistics.Layers)
        {
            if (ErrorRange.Of(run.Statistics, layer, run.Last) is not { } range) return $"{layer} has no errors";
            if (range.Lost >= 0.5) return $"{layer}: {Percent(range.Lost)} become zero";
        }

        return null;
    }

    private static string? ErrorsShrink(FigureRun run)
    {
        var (first, last) = (Greatest(run.Statistics.Layers[0]), Greatest(run.Statistics.Layers[^1]));
        return last - first >= LeastShrinking ? null : $"from 2^{Text(last)} to 2^{Text(first)}";

        double Greatest(string layer) => run.Statistics.Find(run.Last, layer, 'E', false) is { } errors
            ? Math.Log2(run.GreatestError(layer)) + errors.Exponent - errors.FractionBits : double.NaN;
    }

    private static string Percent(double fraction) => string.Create(CultureInfo.InvariantCulture, $"{100 * fraction:0.0} %");

    private static string Text(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
