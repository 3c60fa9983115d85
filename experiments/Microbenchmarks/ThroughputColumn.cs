using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Wage.Microbenchmarks;

/// <summary>The work of an operation, so that a table gives a rate beside the time.</summary>
public interface IWork
{
    /// <summary>"GMAC/s", "G values/s": 10^9 units of work in a second.</summary>
    static abstract string Unit { get; }

    /// <summary>Units of work of one operation.</summary>
    static abstract long Work(string? layer);
}

/// <summary>Work over the median time of a benchmark whose class says its work.</summary>
internal sealed class ThroughputColumn : IColumn
{
    public string Id => nameof(ThroughputColumn);

    public string ColumnName => "Rate";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => "Work of an operation over its median time";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        var type = benchmarkCase.Descriptor.Type;
        var layer = benchmarkCase.Parameters.Items.FirstOrDefault(item => item.Name == "Layer")?.Value as string;
        if (summary[benchmarkCase]?.ResultStatistics is not { } statistics || !type.IsAssignableTo(typeof(IWork))) return "-";
        var work = (long)type.GetMethod(nameof(IWork.Work))!.Invoke(null, [layer])!;
        var unit = (string)type.GetProperty(nameof(IWork.Unit))!.GetValue(null)!;
        return string.Create(CultureInfo.InvariantCulture, $"{work / statistics.Median:G3} {unit}");
    }

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;
}
