using System.Globalization;
using Wage.Backends;
using Wage.Diagnostics;
using Wage.Experiments.Benchmarks;
using Wage.Experiments.Display;

namespace Wage.Experiments.Profiles;

/// <summary>Where the time of the training steps went: operations by time, products by their extents, and what lies between them.</summary>
/// <param name="totals">What was counted.</param>
/// <param name="ticksPerSecond">The unit of its times.</param>
/// <param name="steps">Training steps, at least 1.</param>
/// <param name="time">The time of all steps.</param>
/// <param name="peak">What the machine reaches.</param>
internal sealed class ProfileTable(IEnumerable<OperationTotals> totals, long ticksPerSecond, long steps, TimeSpan time, Peak peak)
{
    private const string Between = "(between operations)";
    private readonly List<OperationTotals> rows = [.. totals.OrderByDescending(row => row.Ticks)];

    /// <summary>Each row's part of the whole, in percent with two decimals; they sum to 100.</summary>
    public IReadOnlyList<(string Operation, double Percent)> Shares
    {
        get
        {
            var parts = rows.Select(row => (row.Operation.Name, Percent: Math.Round(100 * Seconds(row) / Whole, 2))).ToList();
            return [.. parts, (Between, Math.Round(100 - parts.Sum(part => part.Percent), 2))];
        }
    }

    /// <summary>Writes the table and, below, what its columns mean.</summary>
    public void Write(TextWriter output)
    {
        var table = new TextTable("operation", "shape", "calls", "ms", "ms/step", "GMAC/s", "% of peak", "GB/s", "share")
            .RightAlign(2, 3, 4, 5, 6, 7, 8);
        var shares = Shares;
        for (var i = 0; i < rows.Count; i++)
        {
            var (row, seconds) = (rows[i], Math.Max(Seconds(rows[i]), 1.0 / ticksPerSecond));
            var isProduct = row.Macs > 0;
            table.Add(
                row.Operation.Name, ShapeOf(row.Operation.Geometry), Format.Count(row.Calls), Number(1e3 * seconds),
                Number(1e3 * seconds / steps), isProduct ? Number(row.Macs / seconds / 1e9) : "-",
                isProduct ? Number(100 * row.Macs / seconds / peak.MacsPerSecond) : "-",
                Number(row.Bytes / seconds / 1e9), Share(shares[i].Percent));
        }

        var rest = Math.Max(0, Whole - rows.Sum(Seconds));
        table.Add(Between, string.Empty, "-", Number(1e3 * rest), Number(1e3 * rest / steps), "-", "-", "-", Share(shares[^1].Percent));
        output.WriteLine();
        table.Write(output);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{steps:#,0} training steps in {Whole:0.000} s, without testing, saving and the display."));
        output.WriteLine($"peak: {peak}.");
        output.WriteLine("GB/s counts every operand once, so a product that reads its operands again and again moves more.");
    }

    private double Whole => Math.Max(time.TotalSeconds, rows.Sum(Seconds));

    private double Seconds(OperationTotals row) => (double)row.Ticks / ticksPerSecond;

    /// <summary>"128 x 32x32x128 -> 128, 3x3".</summary>
    public static string ShapeOf(ConvGeometry? geometry) => geometry switch
    {
        null => string.Empty,
        { Height: 1, Width: 1, KernelHeight: 1, KernelWidth: 1, Groups: 1 } g =>
            string.Create(CultureInfo.InvariantCulture, $"{g.Batch} x {g.Channels} -> {g.Filters}"),
        { } g => string.Create(
            CultureInfo.InvariantCulture,
            $"{g.Batch} x {g.Height}x{g.Width}x{g.Channels} -> {g.Filters}, {g.KernelHeight}x{g.KernelWidth}") +
            (g.Stride == 1 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"/{g.Stride}")) +
            (g.Groups == 1 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $", {g.Groups} groups")),
    };

    private static string Share(double percent) => percent.ToString("0.00", CultureInfo.InvariantCulture) + " %";

    private static string Number(double value) => value.ToString(value < 100 ? "0.00" : "#,0", CultureInfo.InvariantCulture);
}
