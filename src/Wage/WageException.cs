namespace Wage;

/// <summary>A mistake in what the user gave: a recipe, a file, a shape. One line that names the thing, its value and the rule.</summary>
public sealed class WageException : Exception
{
    private const int LongestPart = 700;

    /// <summary>What is wrong, and the way out when there is one. Each is made one line, and cut where a path or a name in it has no end.</summary>
    public WageException(string message, string? hint = null, Exception? inner = null)
        : base(hint is null ? Line(message) : $"{Line(message)} HINT: {Line(hint)}", inner)
    {
    }

    private static string Line(string text) => OneLine.Cut(text, LongestPart);
}
