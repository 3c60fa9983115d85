using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Wage.Experiments.Display;
using Wage.Experiments.Runs;

namespace Wage.Experiments.Benchmarks;

/// <summary>The rows measured so far, with what they were measured on.</summary>
/// <param name="Isa">The backend's description: which instructions, how many threads.</param>
/// <param name="Threads">The threads in use.</param>
/// <param name="Date">When, in UTC.</param>
/// <param name="Complete">False when the user stopped it.</param>
/// <param name="Rows">What was measured.</param>
internal sealed record BenchReport(string Isa, int Threads, DateTime Date, bool Complete, IReadOnlyList<BenchResult> Rows)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The table, and below it the machine.</summary>
    public void Write(TextWriter output)
    {
        var table = new TextTable("row", "median", "min", "max", "unit", "of peak", "runs", "steps").RightAlign(1, 2, 3, 5, 6, 7);
        foreach (var row in Rows)
        {
            table.Add(
                row.Name, Rate(row.Median), Rate(row.Rates.Min()), Rate(row.Rates.Max()), row.Unit,
                row.PercentOfPeak is { } percent ? string.Create(CultureInfo.InvariantCulture, $"{percent:0} %") : "-",
                Format.Count(row.Rates.Count), Format.Count(row.Steps));
        }

        table.Write(output);
        output.WriteLine($"{Machine.Current}; {Isa}; {Day}");
        if (Rows.Count == 0) return;
        foreach (var (unit, what) in ((string, string)[])
            [
                ("GMAC/s", "a large square dense product through the same backend (of float32: a bare loop of multiply-adds)"),
                ("GB/s", "a copy of as many bytes"),
            ])
        {
            if (Rows.Where(row => row.Unit == unit).Max(row => row.Peak) is { } most)
                output.WriteLine($"peak: {what}, timed after each row; the most was {Rate(most)} {unit}");
        }

        var peak = Format.Count(Rows[^1].PeakMemory >> 20);
        output.WriteLine($"peak memory {peak} MiB (of the whole process: name one row to have that row's)");
    }

    /// <summary>The file's content.</summary>
    public string ToJson()
    {
        var machine = Machine.Current;
        var json = new JsonObject
        {
            ["date"] = Date.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            ["machine"] = new JsonObject
            {
                ["processor"] = machine.Processor,
                ["cores"] = machine.Cores,
                ["os"] = machine.System,
                ["dotnet"] = machine.Runtime,
                ["isa"] = Isa,
            },
            ["threads"] = Threads,
            ["complete"] = Complete,
            ["peakMemoryBytes"] = Rows.Count == 0 ? null : Rows[^1].PeakMemory,
            ["rows"] = new JsonArray([.. Rows.Select(Row)]),
        };
        return json.ToJsonString(Indented) + "\n";
    }

    /// <summary>A decimal below 1,000, none from there on.</summary>
    public static string Rate(double rate) => rate.ToString(rate < 1000 ? "0.0" : "#,0", CultureInfo.InvariantCulture);

    private string Day => Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static JsonNode Row(BenchResult row) => new JsonObject
    {
        ["name"] = row.Name,
        ["unit"] = row.Unit,
        ["median"] = Rounded(row.Median),
        ["min"] = Rounded(row.Rates.Min()),
        ["max"] = Rounded(row.Rates.Max()),
        ["runs"] = new JsonArray([.. row.Rates.Select(rate => JsonValue.Create(Rounded(rate)))]),
        ["peak"] = row.Peak is { } peak ? Rounded(peak) : null,
        ["percentOfPeak"] = row.PercentOfPeak is { } percent ? Rounded(percent) : null,
        ["stepsPerRun"] = row.Steps,
        ["peakMemoryBytes"] = row.PeakMemory,
    };

    private static double Rounded(double rate) => Math.Round(rate, 3);
}
