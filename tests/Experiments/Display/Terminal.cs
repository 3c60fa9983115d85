using System.Globalization;
using System.Text;

namespace Wage.Tests.Experiments.Display;

/// <summary>What a terminal shows of a program's output: text, line ends and the cursor moves that a live display makes.</summary>
internal sealed class Terminal(int width)
{
    private readonly List<StringBuilder> lines = [new()];
    private int row, column;

    /// <summary>The lines, without the blanks at their ends.</summary>
    public IReadOnlyList<string> Lines => [.. lines.Select(line => line.ToString().TrimEnd())];

    /// <summary>Shows more.</summary>
    public void Write(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\r': column = 0; break;
                case '\n': (row, column) = (row + 1, 0); break;
                case '\e' when text[i + 1] == '[': i = Escape(text, i + 2); break;
                default: Put(text[i]); break;
            }

            while (lines.Count <= row) lines.Add(new StringBuilder());
        }
    }

    private void Put(char character)
    {
        if (column == width)
        {
            (row, column) = (row + 1, 0);
            while (lines.Count <= row) lines.Add(new StringBuilder());
        }

        while (lines[row].Length <= column) lines[row].Append(' ');
        lines[row][column++] = character;
    }

    private int Escape(string text, int start)
    {
        var end = start;
        while (!char.IsAsciiLetter(text[end])) end++;
        var number = int.TryParse(text[start..end], CultureInfo.InvariantCulture, out var given) ? given : 1;
        switch (text[end])
        {
            case 'A': row = Math.Max(0, row - number); break;
            case 'B': row += number; break;
            case 'K' when text[start..end] == "2": lines[row].Clear(); break;
            case 'K': lines[row].Length = Math.Min(lines[row].Length, column); break;
        }

        return end;
    }
}
