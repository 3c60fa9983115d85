using System.Globalization;
using Wage.Observation;

namespace Wage.Experiments.Display;

/// <summary>The quantization report: each tensor, how it is quantized, or why it is not.</summary>
internal static class QuantizerTable
{
    public static void Write(IReadOnlyList<QuantizerRow> rows, TextWriter output)
    {
        var table = new TextTable("tensor", "part", "bits", "range", "S", "Z", "how").RightAlign(2, 5);
        foreach (var row in rows.Where(row => row.Bits > 0))
            table.Add(row.Tensor, row.Part, row.Bits.ToString(CultureInfo.InvariantCulture), row.Range, row.Scale, row.ZeroPoint, row.Note);
        table.Write(output);
        if (!rows.Any(row => row.Bits == 0)) return;
        output.WriteLine();
        var others = new TextTable("no codes of its own", "part", "why");
        foreach (var row in rows.Where(row => row.Bits == 0)) others.Add(row.Tensor, row.Part, row.Note);
        others.Write(output);
    }
}
