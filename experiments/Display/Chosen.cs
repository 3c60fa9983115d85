using Wage.Experiments.Runs;

namespace Wage.Experiments.Display;

/// <summary>
/// By which images a best epoch was chosen, in words. Papers report the best test epoch, which looks at the test images once for each epoch; so it is
/// said wherever such a figure is shown.
/// </summary>
internal static class Chosen
{
    /// <summary>"validation" or "test": whose error a run's epochs have.</summary>
    public static string Word(bool onValidation) => onValidation ? "validation" : "test";

    /// <summary>The same of a run's epochs.</summary>
    public static string Word(IReadOnlyList<EpochRow> rows) => Word(rows.Any(row => row.OnValidation));

    /// <summary>"chosen on the test set" or "chosen by validation".</summary>
    public static string Note(bool onValidation) => onValidation ? "chosen by validation" : "chosen on the test set";

    /// <summary>The same of several: both where they differ.</summary>
    public static string Note(IReadOnlyList<bool> onValidation) => onValidation.Distinct().Count() > 1
        ? "chosen on the test set, or by validation where a run has it" : Note(onValidation.Contains(true));
}
