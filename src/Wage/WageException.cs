namespace Wage;

/// <summary>A mistake in what the user gave: a recipe, a file, a shape. One line that names the thing, its value and the rule.</summary>
public sealed class WageException : Exception
{
    /// <summary>What is wrong, and the way out when there is one.</summary>
    public WageException(string message, string? hint = null, Exception? inner = null)
        : base(hint is null ? message : $"{message} HINT: {hint}", inner)
    {
    }
}
