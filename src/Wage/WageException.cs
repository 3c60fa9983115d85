namespace Wage;

/// <summary>A mistake in what the user gave: a recipe, a file, a shape. One line that names the thing, its value and the rule.</summary>
public sealed class WageException : Exception
{
    private const int LongestPart = 700;

    /// <summary>What is wrong, and the way out when there is one. Each is made one line, and cut where a path or a name in it has no end.</summary>
    public WageException(Wording message, Wording? hint = null, Exception? inner = null)
        : base(Line(message, hint, Term.Plain), inner) => (Problem, Hint) = (message, hint);

    /// <summary>What is wrong.</summary>
    public Wording Problem { get; }

    /// <summary>The way out, or null.</summary>
    public Wording? Hint { get; }

    /// <summary>Both, to be part of another message.</summary>
    public Wording Text => Hint is null ? Problem : $"{Problem} HINT: {Hint}";

    /// <summary>The message in a program's words.</summary>
    /// <param name="words">Words for a term and its value.</param>
    public string In(Func<TermKind, string?, string> words) => Line(Problem, Hint, words);

    private static string Line(Wording message, Wording? hint, Func<TermKind, string?, string> words)
    {
        ArgumentNullException.ThrowIfNull(message);
        var line = OneLine.Cut(message.In(words), LongestPart);
        return hint is null ? line : $"{line} HINT: {OneLine.Cut(hint.In(words), LongestPart)}";
    }
}
