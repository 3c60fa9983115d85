using System.Globalization;
using Wage.Experiments.Runs;
using Wage.Experiments.Sweeps;

namespace Wage.Experiments.Reproductions;

/// <summary>A measured run of a reproduction: a line of expected/NAME.csv.</summary>
/// <param name="Point">The point's label.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Epochs">Epochs trained.</param>
/// <param name="BestTestError">In percent, of the epoch with the smallest.</param>
/// <param name="BestEpoch">That epoch, counted from 1.</param>
/// <param name="LastTestError">In percent, after the last epoch.</param>
/// <param name="WeightsSha256">Of the last weights: any device, any number of threads gives the same.</param>
/// <param name="Commit">The commit that measured it.</param>
/// <param name="Command">The command that measured it.</param>
internal sealed record ExpectedRow(
    string Point, ulong Seed, int Epochs, double BestTestError, int BestEpoch, double LastTestError, string WeightsSha256, string Commit,
    string Command)
{
    private static readonly string[] Titles =
        ["point", "seed", "epochs", "bestTestError", "bestEpoch", "lastTestError", "weightsSha256", "commit", "command"];

    /// <summary>The recorded rows that come with the console; none when nothing is recorded.</summary>
    public static IReadOnlyList<ExpectedRow> Recorded(string name) =>
        EmbeddedText.Find($"{name}.csv") is { } text ? Parse($"{name}.csv", text) : [];

    /// <summary>The rows of a file.</summary>
    /// <exception cref="WageException">A line is not a row; it is named.</exception>
    public static IReadOnlyList<ExpectedRow> Parse(string source, string text)
    {
        var lines = Csv.Read(source, text);
        if (lines.Count == 0 || !lines[0].SequenceEqual(Titles))
            throw new WageException($"{source}: must begin with the line {string.Join(',', Titles)}.");
        return [.. lines.Skip(1).Select((cells, i) => Row(cells)
            ?? throw new WageException(string.Create(CultureInfo.InvariantCulture, $"{source}: row {i + 1} is not a result.")))];
    }

    /// <summary>The file of these rows.</summary>
    public static string ToCsv(IEnumerable<ExpectedRow> rows) => Csv.Write(rows.Select(row => row.Cells()).Prepend(Titles));

    /// <summary>The row of a finished run.</summary>
    /// <param name="point">The point that it is a run of.</param>
    /// <param name="run">The run.</param>
    /// <param name="commit">The commit; null: the one that the run recorded.</param>
    /// <param name="command">The command that measured it.</param>
    /// <exception cref="WageException">The run is not finished, or no commit is known that holds the code that trained it.</exception>
    public static ExpectedRow Of(ReproductionPoint point, RunCard run, string? commit, string command)
    {
        if (run.State != RunState.Finished || run is not { EpochsDone: { } epochs, BestTestError: { } best, BestEpoch: { } bestEpoch }
            || run is not { LastTestError: { } last, WeightsSha256: { } hash }
            || !ulong.TryParse(run.Seed, NumberStyles.None, CultureInfo.InvariantCulture, out var seed))
        {
            throw new WageException($"{run.Folder.Path}: is not finished ({run.State.ToString().ToLowerInvariant()}).",
                "finish it with `wage train --resume --out`.");
        }

        if (commit is null && run.Dirty == true)
        {
            throw new WageException(
                $"{run.Folder.Path}: was trained with changes that commit {run.Commit} does not hold.",
                "train it again without them, or say with --commit which commit gives the same.");
        }

        var from = commit ?? run.Commit
            ?? throw new WageException($"{run.Folder.Path}: does not say which commit it was trained with.", "give it with --commit.");
        return new ExpectedRow(point.Label, seed, epochs, Rounded(best), bestEpoch, Rounded(last), hash, from, command);
    }

    /// <summary>The percentage of a fraction, as files have it.</summary>
    public static double Rounded(double fraction) => Math.Round(100 * fraction, 4);

    private static ExpectedRow? Row(IReadOnlyList<string> cells)
    {
        var culture = CultureInfo.InvariantCulture;
        if (cells.Count != Titles.Length || !ulong.TryParse(cells[1], NumberStyles.None, culture, out var seed)
            || !int.TryParse(cells[2], NumberStyles.None, culture, out var epochs)
                || !IsPercent(cells[3], out var best)
            || !int.TryParse(cells[4], NumberStyles.None, culture, out var bestEpoch)
                || !IsPercent(cells[5], out var last))
        {
            return null;
        }

        return new ExpectedRow(cells[0], seed, epochs, best, bestEpoch, last, cells[6], cells[7], cells[8]);
    }

    private static bool IsPercent(string text, out double percent) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out percent) && percent is >= 0 and <= 100;

    private string[] Cells()
    {
        var culture = CultureInfo.InvariantCulture;
        return
        [
            Point, Seed.ToString(culture), Epochs.ToString(culture), BestTestError.ToString("0.00##", culture), BestEpoch.ToString(culture),
            LastTestError.ToString("0.00##", culture), WeightsSha256, Commit, Command,
        ];
    }
}
