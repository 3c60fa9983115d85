namespace Wage.Experiments.Display;

/// <summary>A table of text in columns as wide as their longest cell, two spaces apart.</summary>
internal sealed class TextTable(params string[] titles)
{
    private readonly List<string[]> rows = [titles];
    private readonly HashSet<int> right = [];

    /// <summary>These columns hold numbers: they end, not begin, at one place.</summary>
    public TextTable RightAlign(params ReadOnlySpan<int> columns)
    {
        foreach (var column in columns) right.Add(column);
        return this;
    }

    /// <summary>A row; as many cells as titles.</summary>
    public void Add(params string[] cells) => rows.Add(cells);

    /// <summary>Writes the titles and the rows.</summary>
    public void Write(TextWriter output)
    {
        var widths = Enumerable.Range(0, titles.Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            var cells = row.Select((cell, column) => right.Contains(column) ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]));
            output.WriteLine(string.Join("  ", cells).TrimEnd());
        }
    }
}
