namespace Wage.Experiments;

/// <summary>Texts of strangers as part of a one-line message.</summary>
internal static class OneLine
{
    /// <summary>Control characters, line breaks among them, become spaces; runs of spaces become one.</summary>
    public static string Of(string text) =>
        string.Join(' ', new string([.. text.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c)])
            .Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
