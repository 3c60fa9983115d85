using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Wage.Experiments.Statistics;
using Wage.Experiments.Sweeps;

namespace Wage.Experiments.Reproductions;

/// <summary>
/// What a figure shows of one tensor at a run's last recorded step: a line of expected/NAME-statistics.csv. All are integers that follow from the
/// seed, so a repeated run has the very same.
/// </summary>
/// <param name="Point">The point's label.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Step">The training step.</param>
/// <param name="Layer">The layer.</param>
/// <param name="Tensor">"W", "A", "E" or "G".</param>
/// <param name="Stage">"before" or "after" the quantizer.</param>
/// <param name="Values">The other columns, in their order: see <see cref="ValueTitles"/>; an empty text for what there is not.</param>
internal sealed record StatisticsRow(
    string Point, ulong Seed, long Step, string Layer, string Tensor, string Stage, IReadOnlyList<string> Values)
{
    /// <summary>The columns of <see cref="Values"/>, as docs/statistics.md has them; `histogram` is the start of the counts' SHA-256.</summary>
    public static IReadOnlyList<string> ValueTitles { get; } =
    [
        "bits", "fractionBits", "exponent", "count", "zeros", "min", "max", "limit", "saturated", "shift", "moved", "histogram",
    ];

    private static readonly string[] Titles = ["point", "seed", "step", "layer", "tensor", "stage", .. ValueTitles];

    /// <summary>The tensor in words: "conv2 E after".</summary>
    public string Name => $"{Layer} {Tensor} {Stage}";

    /// <summary>The file beside a file of runs: "x.csv" gives "x-statistics.csv".</summary>
    public static string FileBeside(string runs) =>
        Path.Combine(Path.GetDirectoryName(runs) ?? string.Empty, $"{Path.GetFileNameWithoutExtension(runs)}-statistics{Path.GetExtension(runs)}");

    /// <summary>The recorded rows that come with the console; none when nothing is recorded.</summary>
    public static IReadOnlyList<StatisticsRow> Recorded(string name)
    {
        var file = FileBeside($"{name}.csv");
        return EmbeddedText.Find(file) is { } text ? Parse(file, text) : [];
    }

    /// <summary>The rows of a run's last recorded step.</summary>
    public static IReadOnlyList<StatisticsRow> Of(string point, ulong seed, RunStatistics statistics) =>
        [.. statistics.At(statistics.Steps[^1]).Select(line => Of(point, seed, line))];

    /// <summary>The rows of a file.</summary>
    /// <exception cref="WageException">A line is not a row; it is named.</exception>
    public static IReadOnlyList<StatisticsRow> Parse(string source, string text)
    {
        var lines = Csv.Read(source, text);
        if (lines.Count == 0 || !lines[0].SequenceEqual(Titles))
            throw new WageException($"{source}: must begin with the line {string.Join(',', Titles)}.");
        return [.. lines.Skip(1).Select((cells, i) => Row(cells) ?? throw new WageException(
            string.Create(CultureInfo.InvariantCulture, $"{source}: row {i + 1} is not a tensor's statistics.")))];
    }

    /// <summary>The file of these rows.</summary>
    public static string ToCsv(IEnumerable<StatisticsRow> rows) => Csv.Write(rows.Select(row => row.Cells()).Prepend(Titles));

    /// <summary>The value of a column; null when the tensor has none.</summary>
    public long? Value(string title)
    {
        for (var i = 0; i < ValueTitles.Count; i++)
        {
            if (ValueTitles[i] == title) return long.TryParse(Values[i], CultureInfo.InvariantCulture, out var value) ? value : null;
        }

        throw new ArgumentException($"there is no column {title}", nameof(title));
    }

    /// <summary>The first column in which the recorded row differs, with both values: "zeros is 3, recorded 4"; null for none.</summary>
    public string? DifferenceFrom(StatisticsRow recorded)
    {
        if (Step != recorded.Step) return string.Create(CultureInfo.InvariantCulture, $"step is {Step}, recorded {recorded.Step}");
        for (var i = 0; i < ValueTitles.Count; i++)
        {
            if (Values[i] != recorded.Values[i]) return $"{ValueTitles[i]} is {Text(Values[i])}, recorded {Text(recorded.Values[i])}";
        }

        return null;
    }

    private static StatisticsRow Of(string point, ulong seed, ObservedTensor line)
    {
        long?[] numbers =
        [
            line.Bits, line.FractionBits, line.Exponent, line.Count, line.Zeros, line.Min, line.Max, line.Limit, line.Saturated, line.Shift,
            line.Moved,
        ];
        var cells = numbers.Select(number => number?.ToString(CultureInfo.InvariantCulture) ?? string.Empty);
        return new StatisticsRow(
            point, seed, line.Step, line.Layer, line.Tensor.ToString(), line.After ? "after" : "before", [.. cells, Histogram(line)]);
    }

    /// <summary>The precision, the first bin and the counts, which make the picture's outline, as 16 hexadecimal digits.</summary>
    private static string Histogram(ObservedTensor line)
    {
        var counts = string.Join(' ', line.Counts.Select(count => count.ToString(CultureInfo.InvariantCulture)));
        var text = string.Create(CultureInfo.InvariantCulture, $"{line.Precision} {line.First} {counts}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
    }

    private static StatisticsRow? Row(IReadOnlyList<string> cells)
    {
        var culture = CultureInfo.InvariantCulture;
        return cells.Count == Titles.Length && ulong.TryParse(cells[1], NumberStyles.None, culture, out var seed)
            && long.TryParse(cells[2], NumberStyles.None, culture, out var step)
            ? new StatisticsRow(cells[0], seed, step, cells[3], cells[4], cells[5], [.. cells.Skip(Titles.Length - ValueTitles.Count)]) : null;
    }

    private static string Text(string value) => value.Length == 0 ? "nothing" : value;

    private string[] Cells()
    {
        var culture = CultureInfo.InvariantCulture;
        return [Point, Seed.ToString(culture), Step.ToString(culture), Layer, Tensor, Stage, .. Values];
    }
}
