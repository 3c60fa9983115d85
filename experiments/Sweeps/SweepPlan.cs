using Wage.Experiments.Recipes;

namespace Wage.Experiments.Sweeps;

/// <summary>One run of a sweep.</summary>
/// <param name="Point">What it shares with the runs of other seeds: "kG=4, lr=1/16"; "all" when nothing else varies.</param>
/// <param name="Cells">The point's values, one per axis.</param>
/// <param name="Seed">The seed.</param>
/// <param name="FolderName">Its folder below the sweep's.</param>
/// <param name="Recipe">What it trains; null where the values do not go together.</param>
/// <param name="Refusal">Why it cannot be trained, or null.</param>
internal sealed record SweepRun(string Point, IReadOnlyList<string> Cells, ulong Seed, string FolderName, Recipe? Recipe, string? Refusal);

/// <summary>The runs of a sweep: the grid of its axes, each with every seed.</summary>
/// <param name="Titles">The names of the axes.</param>
/// <param name="Runs">Seeds vary fastest.</param>
internal sealed record SweepPlan(IReadOnlyList<string> Titles, IReadOnlyList<SweepRun> Runs)
{
    private const int MostRuns = 10_000;

    /// <summary>The plan of these axes. Values that do not go together (k_G below k_W) make a refused run, not an error.</summary>
    /// <param name="load">The recipe with other values on top.</param>
    /// <param name="axes">Without the seeds.</param>
    /// <param name="seeds">None: the recipe's own.</param>
    /// <exception cref="WageException">A key is there twice, the recipe itself cannot be resolved, or there are more than 10,000 runs.</exception>
    public static SweepPlan Create(Func<IReadOnlyList<GivenValue>, Recipe> load, IReadOnlyList<SweepAxis> axes, SweepAxis? seeds)
    {
        var basis = load([]);
        var seedAxis = seeds ?? axes.FirstOrDefault(axis => axis.Key == "training.seed") ?? new SweepAxis("training.seed", [basis["training.seed"]]);
        if (axes.Select(axis => axis.Key).Append(seeds?.Key).OfType<string>().GroupBy(key => key)
            .FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new WageException($"--sweep: {twice.Key} is there twice.");
        var others = axes.Where(axis => axis.Key != "training.seed").ToList();
        var count = others.Aggregate((long)seedAxis.Values.Count, (product, axis) => Math.Min(product * axis.Values.Count, int.MaxValue));
        if (count > MostRuns) throw new WageException($"--sweep: makes more than {MostRuns} runs.", "take fewer values.");

        IEnumerable<IReadOnlyList<string>> points = [[]];
        points = others.Aggregate(points, (grid, axis) =>
            grid.SelectMany(point => axis.Values, (point, value) => (IReadOnlyList<string>)[.. point, value]));
        var names = Names(others);
        var runs = points.SelectMany(
            cells => seedAxis.Values, (cells, seed) =>
                Make(load, names, cells, ulong.Parse(seed, System.Globalization.CultureInfo.InvariantCulture), others));
        return Distinct(new SweepPlan(names, [.. runs]));
    }

    /// <summary>A run that takes these settings.</summary>
    public static SweepRun Make(
        Func<IReadOnlyList<GivenValue>, Recipe> load, string point, IReadOnlyList<string> cells, ulong seed, IReadOnlyList<GivenValue> settings)
    {
        var seedText = seed.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var folder = Safe(point == "all" ? $"seed{seedText}" : $"{point.Replace(", ", "-", StringComparison.Ordinal)}-seed{seedText}");
        try
        {
            return new SweepRun(point, cells, seed, folder, load([.. settings, new GivenValue("training.seed", seedText, "--seeds")]), null);
        }
        catch (WageException error)
        {
            return new SweepRun(point, cells, seed, folder, null, OneLine.Of(error.InWords()));
        }
    }

    private static SweepRun Make(
        Func<IReadOnlyList<GivenValue>, Recipe> load, IReadOnlyList<string> names, IReadOnlyList<string> cells, ulong seed,
            IReadOnlyList<SweepAxis> axes)
    {
        var point = cells.Count == 0 ? "all" : string.Join(", ", names.Zip(cells, (name, cell) => $"{name}={cell}"));
        return Make(load, point, cells, seed, [.. axes.Zip(cells, (axis, cell) => new GivenValue(axis.Key, cell, "--sweep"))]);
    }

    /// <summary>The keys' last parts, or the whole keys where two last parts are equal.</summary>
    private static List<string> Names(List<SweepAxis> axes) =>
        [.. axes.Select(axis => axes.Count(other => other.Word == axis.Word) > 1 ? axis.Key : axis.Word)];

    private static SweepPlan Distinct(SweepPlan plan)
    {
        var twice = plan.Runs.GroupBy(run => run.FolderName, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? plan : throw new WageException($"--sweep: two runs would have the folder {twice.Key}.",
            "leave one of their values away.");
    }

    private static string Safe(string name)
    {
        var safe = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '=' ? c : '_'));
        return safe.Length <= 120 ? safe : safe[..120];
    }
}
