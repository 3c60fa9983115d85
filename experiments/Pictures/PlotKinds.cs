using Wage.Experiments.Commands;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Experiments.Statistics;

namespace Wage.Experiments.Pictures;

/// <summary>The pictures that `wage plot` draws, by name.</summary>
internal static class PlotKinds
{
    public const string Default = "curves";

    private static readonly (string Name, bool ManyRuns, Func<IReadOnlyList<RunRecord>, PlotRequest, Canvas> Draw)[] All =
    [
        ("curves", true, (runs, request) => CurvePicture.Draw(runs, request.Frame)),
        ("sweep", true, (runs, request) => SweepPicture.Draw(runs, request.Axis, request.Frame)),
        ("confusion", false, (runs, request) => ConfusionPicture.Draw(runs[0], request)),
        ("filters", false, (runs, request) => FilterPicture.Draw(runs[0], request.Frame)),
        ("distributions", false, (runs, request) => AtStep(runs[0], request, DistributionPicture.Draw)),
        ("ranges", false, (runs, request) => AtStep(runs[0], request, RangePicture.Draw)),
        ("rates", false, (runs, request) => OverSteps(runs[0], request, RatePicture.Draw)),
        ("intervals", false, (runs, request) => OverSteps(runs[0], request, IntervalPicture.Draw)),
        ("codes", false, (runs, request) => OverSteps(runs[0], request, RatePicture.DrawCodes)),
    ];

    private static Canvas AtStep(RunRecord run, PlotRequest request, Func<Recipe, RunStatistics, long, Frame, Canvas> draw)
    {
        var statistics = RunStatistics.Read(run.Folder);
        return draw(run.Recipe, statistics, statistics.Choose(request.Step), request.Frame);
    }

    private static Canvas OverSteps(RunRecord run, PlotRequest request, Func<Recipe, RunStatistics, Frame, Canvas> draw) =>
        draw(run.Recipe, RunStatistics.Read(run.Folder), request.Frame);

    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(kind => kind.Name)];

    public static string Description => $"{string.Join(", ", Names.SkipLast(1))} or {Names[^1]}. Default: {Default}.";

    /// <summary>How the picture is drawn.</summary>
    /// <exception cref="WageException">There is no such picture, or it shows one run and several are given.</exception>
    public static Func<IReadOnlyList<RunRecord>, PlotRequest, Canvas> Find(string name, int runs)
    {
        foreach (var kind in All)
        {
            if (kind.Name != name) continue;
            if (runs > 1 && !kind.ManyRuns) throw new WageException($"--kind {name}: shows one run, but {runs} are given.", "draw them one by one.");
            return kind.Draw;
        }

        var nearest = NearestName.Of(name, Names);
        throw new WageException(
            $"--kind: is '{OneLine.Quote(name)}', but must be {string.Join(", ", Names.SkipLast(1))} or {Names[^1]}.",
            nearest is null ? null : $"did you mean {nearest}?");
    }
}
