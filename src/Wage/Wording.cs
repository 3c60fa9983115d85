using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Wage;

/// <summary>
/// A message in which what a user sets or calls is a <see cref="Term"/>. By itself it says so in the library's words; a program gives its own, such
/// as its options. Interpolated strings become one, formatted alike in every culture.
/// </summary>
[InterpolatedStringHandler]
public sealed class Wording
{
    private readonly List<(TermKind? Kind, string? Text)> parts = [];

    /// <summary>An empty one, to which the compiler appends the pieces of an interpolated string.</summary>
    public Wording(int literalLength = 0, int formattedCount = 0)
    {
    }

    /// <summary>A text without terms.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static implicit operator Wording?(string? text)
    {
        if (text is null) return null;
        var whole = new Wording();
        whole.AppendLiteral(text);
        return whole;
    }

    /// <summary>Appends a text.</summary>
    public void AppendLiteral(string text) => parts.Add((null, text));

    /// <summary>Appends a term.</summary>
    public void AppendFormatted(Term term) => parts.Add((term.Kind, term.Value));

    /// <summary>Appends the pieces of another one.</summary>
    public void AppendFormatted(Wording? text) => parts.AddRange(text?.parts ?? []);

    /// <summary>Appends a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="format">Its format, as in a string.</param>
    public void AppendFormatted<T>(T value, string? format = null) => AppendLiteral(
        value is IFormattable number ? number.ToString(format, CultureInfo.InvariantCulture) : value?.ToString() ?? string.Empty);

    /// <summary>The text in the library's words.</summary>
    public override string ToString() => In(Term.Plain);

    /// <summary>The text in these words.</summary>
    /// <param name="words">Words for a term and its value.</param>
    public string In(Func<TermKind, string?, string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        var text = new StringBuilder();
        foreach (var (kind, part) in parts) text.Append(kind is { } term ? words(term, part) : part);
        return text.ToString();
    }
}
