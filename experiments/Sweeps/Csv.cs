using System.Text;

namespace Wage.Experiments.Sweeps;

/// <summary>Comma-separated values (RFC 4180 with line feeds): cells with commas, quotes or line breaks are quoted.</summary>
internal static class Csv
{
    /// <summary>The rows as text.</summary>
    public static string Write(IEnumerable<IEnumerable<string>> rows) =>
        string.Concat(rows.Select(row => string.Join(',', row.Select(Quoted)) + "\n"));

    /// <summary>The rows of a text; empty lines are left out.</summary>
    /// <param name="source">Where it comes from, for the error.</param>
    /// <param name="text">The text.</param>
    /// <exception cref="WageException">A quote is not closed.</exception>
    public static IReadOnlyList<IReadOnlyList<string>> Read(string source, string text)
    {
        var rows = new List<IReadOnlyList<string>>();
        var (row, cell, quoted) = (new List<string>(), new StringBuilder(), false);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quoted && c == '"' && i + 1 < text.Length && text[i + 1] == '"') cell.Append(text[++i]);
            else if (c == '"') quoted = !quoted;
            else if (quoted || c is not (',' or '\n' or '\r')) cell.Append(c);
            else if (c == ',') EndCell(row, cell);
            else if (c == '\n') EndRow(rows, ref row, cell);
        }

        if (quoted) throw new WageException($"{source}: a quote is not closed.");
        if (row.Count > 0 || cell.Length > 0) EndRow(rows, ref row, cell);
        return rows;
    }

    private static void EndCell(List<string> row, StringBuilder cell)
    {
        row.Add(cell.ToString());
        cell.Clear();
    }

    private static void EndRow(List<IReadOnlyList<string>> rows, ref List<string> row, StringBuilder cell)
    {
        EndCell(row, cell);
        if (row.Count > 1 || row[0].Length > 0) rows.Add(row);
        row = [];
    }

    private static string Quoted(string cell) =>
        cell.IndexOfAny([',', '"', '\n', '\r']) >= 0 ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
}
