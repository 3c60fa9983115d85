using System.Text;

namespace Wage;

/// <summary>Texts of strangers as part of a one-line message: an option's value, what stands in a file.</summary>
internal static class OneLine
{
    /// <summary>The most characters that <see cref="Quote"/> gives.</summary>
    public const int LongestQuote = 80;

    /// <summary>
    /// Control characters, line breaks among them, become spaces, and runs of spaces one; what is no character (half a surrogate pair, U+FFFE,
    /// U+FFFF) becomes U+FFFD, so that the text can be part of any file.
    /// </summary>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var whole = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        return string.Join(' ', new string([.. whole.Select(Shown)]).Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>True for a text of which <see cref="Of"/> changes at most its spaces.</summary>
    public static bool IsOne(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.All(c => Shown(c) == c) && Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;
    }

    /// <summary>The same, cut to <see cref="LongestQuote"/> characters: for messages, which a hostile file must not fill.</summary>
    public static string Quote(string text) => Cut(text, LongestQuote);

    /// <summary>The same, cut to <paramref name="most"/> characters, the last three of them dots.</summary>
    public static string Cut(string text, int most)
    {
        ArgumentNullException.ThrowIfNull(text);
        var isWhole = text.Length <= 4 * most;
        var line = Of(isWhole ? text : text[..(4 * most)]);
        if (isWhole && line.Length <= most) return line;
        var end = Math.Min(line.Length, most - 3);
        if (end > 0 && char.IsHighSurrogate(line[end - 1])) end--;
        return line[..end] + "...";
    }

    /// <summary>" (with a tab)" and the like for a text with a character that <see cref="Quote"/> does not show; else nothing.</summary>
    public static string Unseen(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Contains('\t', StringComparison.Ordinal)) return " (with a tab)";
        if (text.AsSpan().IndexOfAny("\n\r\u2028\u2029") >= 0) return " (with a line break)";
        return IsOne(text) ? string.Empty : " (with a control character)";
    }

    private static char Shown(char c) => c switch
    {
        '\u2028' or '\u2029' => ' ',
        '\uFFFE' or '\uFFFF' => '\uFFFD',
        _ => char.IsControl(c) ? ' ' : c,
    };
}
