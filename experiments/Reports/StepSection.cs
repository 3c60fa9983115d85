using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using Wage.Experiments.Pictures;
using Wage.Experiments.Recipes;
using Wage.Experiments.Statistics;

namespace Wage.Experiments.Reports;

/// <summary>
/// The pictures of single steps with a slider. The page carries, for each step, what changes in them: outlines and captions, drawn here, so that the
/// script in the page only puts them in. Without scripts the last step is shown.
/// </summary>
internal static class StepSection
{
    /// <summary>More steps would make the page heavy; these are spread evenly, the first and the last among them.</summary>
    private const int MostSteps = 40, MostOfSeveral = 12;

    /// <summary>The section of a run.</summary>
    /// <param name="recipe">The run's configuration.</param>
    /// <param name="statistics">What it recorded.</param>
    /// <param name="isAlone">True where the page is about this run.</param>
    public static XElement Create(Recipe recipe, RunStatistics statistics, bool isAlone)
    {
        var (steps, heading) = (Spread(statistics.Steps, isAlone ? MostSteps : MostOfSeveral), isAlone ? "h3" : "h5");
        var last = (steps.Count - 1).ToString(CultureInfo.InvariantCulture);
        var changes = DistributionPicture.Changes(recipe, statistics, steps).Zip(RangePicture.Changes(statistics, steps), (all, ranges) =>
        {
            foreach (var (key, value) in ranges) all[key] = value;
            return all;
        });
        return Html.Tag(
            "section", Html.With("data-slider", "steps"),
            RunSection.Soft(
                "What enters and what leaves each quantizer, in the units of the paper, where quantized values lie in (\u22121, 1); a gradient is "
                + "shown in the steps that its update makes. "
                + $"{steps.Count}{(steps.Count < statistics.Steps.Count ? $" of the {statistics.Steps.Count}" : string.Empty)} recorded steps."),
            Html.Tag(
                "div", Html.Class("slider"), Html.With("hidden", "hidden"),
                Html.Tag(
                    "input", Html.With("type", "range"), Html.With("min", "0"), Html.With("max", last), Html.With("value", last),
                    Html.With("step", "1"), Html.With("aria-label", "training step")),
                Html.Tag("output", $"step {steps[^1]}")),
            Html.Tag(heading, "Before and after quantization"),
            Html.Picture(frame => DistributionPicture.Draw(recipe, statistics, steps[^1], frame)),
            Html.Tag(heading, "Ranges of the errors before Q_E"), Html.Picture(frame => RangePicture.Draw(recipe, statistics, steps[^1], frame)),
            Html.Tag("script", Html.With("type", "application/json"), JsonSerializer.Serialize(new { steps, changes })));
    }

    /// <summary>At most this many, evenly spread, both ends included.</summary>
    public static IReadOnlyList<long> Spread(IReadOnlyList<long> steps, int most) =>
        steps.Count <= most ? steps : [.. Enumerable.Range(0, most).Select(i => steps[(int)((long)i * (steps.Count - 1) / (most - 1))])];
}
