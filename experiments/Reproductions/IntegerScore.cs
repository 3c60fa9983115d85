using System.Globalization;
using Wage.Experiments.Sweeps;

namespace Wage.Experiments.Reproductions;

/// <summary>
/// How a network with codes answers the test images, simulated in float32 and as integers: a line of expected/NAME-integers.csv. All are counts that
/// follow from the seed, so a repeated run has the very same.
/// </summary>
/// <param name="Point">The point's label.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Way">How it got its codes: <see cref="Trained"/> or <see cref="Calibrated"/>.</param>
/// <param name="WeightsSha256">Of the point's weights after training.</param>
/// <param name="Images">The test images.</param>
/// <param name="Float32">Of them those whose label the float32 network gives that it was made of.</param>
/// <param name="Simulated">The same of float32 with fake quantization.</param>
/// <param name="Integers">The same of the converted integers.</param>
/// <param name="SameClass">Images to which the last two give the same class.</param>
/// <param name="Codes">The codes of all tensors, each node given the simulation's codes.</param>
/// <param name="Equal">Of them those that the integers give too.</param>
/// <param name="WithinOne">Those at most a step apart.</param>
internal sealed record IntegerScore(
    string Point, ulong Seed, string Way, string WeightsSha256, long Images, long Float32, long Simulated, long Integers, long SameClass, long Codes,
    long Equal, long WithinOne)
{
    /// <summary>Trained with fake quantization, from the float32 network's weights on.</summary>
    public const string Trained = "trained";

    /// <summary>The float32 network's weights; ranges from training images.</summary>
    public const string Calibrated = "calibrated";

    private static readonly string[] Titles =
    [
        "point", "seed", "way", "weightsSha256", "images", "float32", "simulated", "integers", "sameClass", "codes", "equal", "withinOne",
    ];

    private const int Texts = 4;

    /// <summary>The file beside a file of runs: "x.csv" gives "x-integers.csv".</summary>
    public static string FileBeside(string runs) =>
        Path.Combine(Path.GetDirectoryName(runs) ?? string.Empty, $"{Path.GetFileNameWithoutExtension(runs)}-integers{Path.GetExtension(runs)}");

    /// <summary>The recorded rows that come with the console; none when nothing is recorded.</summary>
    public static IReadOnlyList<IntegerScore> Recorded(string name)
    {
        var file = FileBeside($"{name}.csv");
        return EmbeddedText.Find(file) is { } text ? Parse(file, text) : [];
    }

    /// <summary>The rows of a file.</summary>
    /// <exception cref="WageException">A line is not a row; it is named.</exception>
    public static IReadOnlyList<IntegerScore> Parse(string source, string text)
    {
        var lines = Csv.Read(source, text);
        if (lines.Count == 0 || !lines[0].SequenceEqual(Titles))
            throw new WageException($"{source}: must begin with the line {string.Join(',', Titles)}.");
        return [.. lines.Skip(1).Select((cells, i) => Row(cells)
            ?? throw new WageException(string.Create(CultureInfo.InvariantCulture, $"{source}: row {i + 1} is not a score.")))];
    }

    /// <summary>The file of these rows.</summary>
    public static string ToCsv(IEnumerable<IntegerScore> rows) => Csv.Write(rows.Select(row => row.Cells()).Prepend(Titles));

    /// <summary>The columns in which the recorded row differs: "simulated is 3, recorded 4"; null for none.</summary>
    public string? DifferenceFrom(IntegerScore recorded)
    {
        var differing = Titles.Zip(Cells(), recorded.Cells()).Where(one => one.Second != one.Third).ToList();
        return differing.Count == 0 ? null : string.Join(", ", differing.Select(one => $"{one.First} is {one.Second}, recorded {one.Third}"));
    }

    private static IntegerScore? Row(IReadOnlyList<string> cells)
    {
        if (cells.Count != Titles.Length || !ulong.TryParse(cells[1], NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
            || cells[2] is not (Trained or Calibrated))
        {
            return null;
        }

        var n = new long[cells.Count - Texts];
        for (var i = 0; i < n.Length; i++)
            if (!long.TryParse(cells[Texts + i], NumberStyles.None, CultureInfo.InvariantCulture, out n[i])) return null;
        return n[0] > 0 && n[1..5].Max() <= n[0] && n[6] <= n[7] && n[7] <= n[5]
            ? new IntegerScore(cells[0], seed, cells[2], cells[3], n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7]) : null;
    }

    private string[] Cells()
    {
        long[] numbers = [Images, Float32, Simulated, Integers, SameClass, Codes, Equal, WithinOne];
        return
        [
            Point, Seed.ToString(CultureInfo.InvariantCulture), Way, WeightsSha256,
            .. numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)),
        ];
    }
}
