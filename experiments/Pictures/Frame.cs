namespace Wage.Experiments.Pictures;

/// <summary>The room that a picture has, and whether it says itself what it shows.</summary>
/// <param name="IsNarrow">Everything below each other on <see cref="NarrowWidth"/>: for a phone, or one column of a paper.</param>
/// <param name="IsTitled">False where a page's own heading says what the picture shows.</param>
internal sealed record Frame(bool IsNarrow = false, bool IsTitled = true)
{
    /// <summary>What a phone of 390 dots leaves between its margins, so that letters keep their size there.</summary>
    public const double NarrowWidth = 360;

    private const double TitleSize = 16, TextSize = 13;

    /// <summary>The space left and right of texts; a page has its own.</summary>
    public double Margin => !IsTitled ? 0 : IsNarrow ? 10 : 20;

    /// <summary>The width of a picture that would have this one on a wide page.</summary>
    public double Width(double wide) => IsNarrow ? NarrowWidth : wide;

    /// <summary>Writes the title and the lines below it, broken where they do not fit; gives the height that they take.</summary>
    /// <param name="canvas">Where to write.</param>
    /// <param name="title">Left out where the page has it.</param>
    /// <param name="lines">Texts with the data-key under which a page exchanges them, or null.</param>
    public double Heading(Canvas canvas, string title, params ReadOnlySpan<(string Text, string? Key)> lines)
    {
        var (y, room) = (8.0, canvas.Width - (2 * Margin));
        foreach (var part in IsTitled ? Markup.Wrap(title, room, TitleSize * 1.1) : [])
            canvas.Text(Margin, y += 20, part, size: TitleSize, bold: true);
        foreach (var (text, key) in lines)
        {
            foreach (var part in key is null ? Markup.Wrap(text, room, TextSize) : [text])
                canvas.Text(Margin, y += y > 8 ? 19 : 14, part, "soft", size: TextSize).SetAttributeValue("data-key", key);
        }

        return y;
    }
}
