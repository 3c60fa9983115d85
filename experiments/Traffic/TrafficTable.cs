using System.Globalization;
using Wage.Diagnostics;
using Wage.Experiments.Display;
using Wage.Experiments.Profiles;

namespace Wage.Experiments.Traffic;

/// <summary>The bytes of each product and of all, by the formula and, where it was measured, beside it what was counted and timed.</summary>
internal static class TrafficTable
{
    private const double Kilo = 1024;

    /// <summary>Writes the table and what its columns mean.</summary>
    /// <param name="layers">The products, at least one.</param>
    /// <param name="measured">Of the first layers; empty: nothing was measured.</param>
    /// <param name="output">Where to write.</param>
    public static void Write(IReadOnlyList<TrafficLayer> layers, IReadOnlyList<TrafficMeasurement> measured, TextWriter output)
    {
        var (isPaper, isMeasured) = (layers.Any(layer => layer.Published is not null), measured.Count > 0);
        string[] titles = ["layer", "product", "static KB", "dynamic KB", "ratio"];
        if (isPaper) titles = [.. titles, "paper: static", "dynamic", "ratio"];
        if (isMeasured) titles = [.. titles, "counted: static KB", "dynamic KB", "ms static", "ms dynamic", "ratio"];
        var table = new TextTable(titles).RightAlign([.. Enumerable.Range(2, titles.Length - 2)]);
        for (var i = 0; i < layers.Count; i++)
        {
            var layer = layers[i];
            Add(layer.Name, ProfileTable.ShapeOf(layer.Geometry), layer.Bytes, layer.Published, i < measured.Count ? measured[i] : null);
        }

        if (layers.Count > 1 && !isPaper)
        {
            var all = measured.Count == layers.Count && isMeasured ? measured.Aggregate((one, other) => one + other) : null;
            Add("all", string.Empty, layers.Select(layer => layer.Bytes).Aggregate((one, other) => one + other), null, all);
        }

        table.Write(output);
        output.WriteLine();
        output.WriteLine("KB are 1,024 bytes: codes of 1 byte, accumulators of 4, every operand counted once.");
        output.WriteLine("static: the range is known before, so codes leave the product.");
        output.WriteLine("dynamic: accumulators are stored, and read again for their codes.");
        if (isMeasured)
        {
            output.WriteLine(
                "counted: what the engine's operations read and write; dynamic, it reads the sums twice, for their range and the codes.");
        }

        void Add(string name, string shape, LayerTraffic bytes, (string, string, string)? published, TrafficMeasurement? row)
        {
            List<string> cells = [name, shape, .. Pair(bytes), Ratio(bytes.Dynamic, bytes.Static)];
            if (isPaper) cells.AddRange(published is var (one, two, three) ? [one, two, three] : ["-", "-", "-"]);
            if (isMeasured)
            {
                cells.AddRange(row is null ? ["-", "-", "-", "-", "-"]
                    : [.. Pair(row.Bytes), Time(row.StaticSeconds), Time(row.DynamicSeconds), Ratio(row.DynamicSeconds, row.StaticSeconds)]);
            }

            table.Add([.. cells]);
        }
    }

    /// <summary>1,024 bytes with a decimal, as the paper prints them.</summary>
    public static string Kilobytes(long bytes) => (bytes / Kilo).ToString("#,0.0", CultureInfo.InvariantCulture);

    /// <summary>"4.66".</summary>
    public static string Ratio(double over, double under) => (over / under).ToString("0.00", CultureInfo.InvariantCulture);

    private static string[] Pair(LayerTraffic bytes) => [Kilobytes(bytes.Static), Kilobytes(bytes.Dynamic)];

    private static string Time(double seconds) => (1e3 * seconds).ToString("0.000", CultureInfo.InvariantCulture);
}
