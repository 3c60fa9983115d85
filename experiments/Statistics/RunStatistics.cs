using System.Globalization;
using Wage.Experiments.Runs;
using Wage.Files;

namespace Wage.Experiments.Statistics;

/// <summary>A run's stats.jsonl, by step.</summary>
internal sealed class RunStatistics
{
    private const long MostBytes = 1L << 28;
    private readonly Dictionary<long, List<ObservedTensor>> steps;

    private RunStatistics(Dictionary<long, List<ObservedTensor>> steps)
    {
        this.steps = steps;
        Steps = [.. steps.Keys.Order()];
        Layers = [.. steps[Steps[0]].Where(line => line.Tensor == 'W').OrderBy(line => line.Index).Select(line => line.Layer).Distinct()];
    }

    /// <summary>The steps recorded, ascending.</summary>
    public IReadOnlyList<long> Steps { get; }

    /// <summary>The layers with weights, from the image to the scores.</summary>
    public IReadOnlyList<string> Layers { get; }

    /// <summary>The layers with quantizers that have a scale of their own, or with channels, from the image to the scores.</summary>
    public IReadOnlyList<string> Coded =>
        [.. steps[Steps[^1]].Where(line => line.Codes is not null || line.Channels is not null).OrderBy(line => line.Index)
            .Select(line => line.Layer).Distinct()];

    /// <summary>The lines of a recorded step.</summary>
    public IReadOnlyList<ObservedTensor> At(long step) => steps[step];

    /// <summary>One tensor at one step, or null.</summary>
    public ObservedTensor? Find(long step, string layer, char tensor, bool after) =>
        steps[step].Find(line => line.Tensor == tensor && line.After == after && line.Layer == layer);

    /// <summary>The step to show: this one, or the last when none is asked for.</summary>
    /// <exception cref="WageException">It was not recorded.</exception>
    public long Choose(string? asked)
    {
        if (asked is null) return Steps[^1];
        if (long.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var step) && steps.ContainsKey(step)) return step;
        var nearest = Steps.MinBy(known => Math.Abs(known - (double)step));
        throw new WageException(
            $"--step: is '{OneLine.Quote(asked)}', but the run recorded {Steps.Count} steps from {Steps[0]} to {Steps[^1]}.",
            $"the nearest is {nearest}.");
    }

    /// <summary>Reads the statistics of a run.</summary>
    /// <exception cref="WageException">There are none, or a line that is not the last cannot be read.</exception>
    public static RunStatistics Read(RunFolder folder) => TryRead(folder) ?? throw new WageException(
        $"{OneLine.Of(folder.Path)}: holds no statistics (stats.jsonl).", "record them with `wage train ... --stats every=N`.");

    /// <summary>The statistics of a run; null when none were recorded.</summary>
    /// <exception cref="WageException">A line that is not the last cannot be read.</exception>
    public static RunStatistics? TryRead(RunFolder folder)
    {
        var path = folder.StatsPath;
        if (BoundedFile.Length(path) == 0) return null;
        var steps = new Dictionary<long, List<ObservedTensor>>();
        foreach (var line in Lines(path))
        {
            if (!steps.TryGetValue(line.Step, out var lines)) steps.Add(line.Step, lines = []);
            lines.Add(line);
        }

        // A killed run leaves a step with a part of its lines.
        if (steps.Count > 1 && steps[steps.Keys.Max()].Count < steps[steps.Keys.Min()].Count) steps.Remove(steps.Keys.Max());
        return steps.Count == 0 || !steps[steps.Keys.Min()].Exists(line => line.Tensor == 'W') ? null : new RunStatistics(steps);
    }

    private static List<ObservedTensor> Lines(string path)
    {
        List<ObservedTensor> lines = [];
        var (number, damaged) = (0, 0);
        foreach (var text in BoundedFile.Lines(path, "file of statistics", MostBytes))
        {
            number++;
            if (damaged > 0) throw new WageException($"{path}:{damaged}: is not a line of statistics.", "docs/statistics.md has the format.");
            if (ObservedTensor.Parse(text) is { } line) lines.Add(line);
            else damaged = number;
        }

        return lines;
    }
}
