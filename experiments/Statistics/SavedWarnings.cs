using Wage.Experiments.Runs;
using Wage.Files;

namespace Wage.Experiments.Statistics;

/// <summary>A warning that a run kept.</summary>
/// <param name="Step">The step after which it was given; null where the file cannot be read, which the message says.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Remedy">What helps; empty for a file that cannot be read.</param>
internal sealed record SavedWarning(string? Step, string Message, string Remedy)
{
    /// <inheritdoc/>
    public override string ToString() => Step is null ? Message : $"step {Step}: {Message} HINT: {Remedy}";
}

/// <summary>The warnings of a run's folder.</summary>
internal static class SavedWarnings
{
    private const int Most = 50, LongestLine = 4096;
    private const long MostBytes = 1 << 24;

    /// <summary>The first 50; lines that are none are passed over.</summary>
    public static IReadOnlyList<SavedWarning> Of(RunFolder folder)
    {
        List<SavedWarning> warnings = [];
        if (!File.Exists(folder.WarningsPath)) return warnings;
        try
        {
            foreach (var line in BoundedFile.Lines(folder.WarningsPath, "file", MostBytes, LongestLine).Take(Most))
            {
                var json = SmallJson.Parse(line);
                if (SmallJson.Text(json, "message") is { } message && SmallJson.Text(json, "remedy") is { } remedy
                    && SmallJson.Step(json, "step") is { } step)
                    warnings.Add(new SavedWarning(step.ToString(System.Globalization.CultureInfo.InvariantCulture), message, remedy));
            }
        }
        catch (WageException error)
        {
            warnings.Add(new SavedWarning(null, $"The warnings of the training cannot be read: {error.InWords()}", string.Empty));
        }

        return warnings;
    }
}
