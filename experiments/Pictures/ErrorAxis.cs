using System.Globalization;

namespace Wage.Experiments.Pictures;

/// <summary>
/// The vertical axis of errors in percent: logarithmic, because what matters is how many times fewer answers are wrong. An error of zero has a line
/// of its own below it.
/// </summary>
internal sealed class ErrorAxis
{
    private const double ZeroGap = 26, Gap = 8, TickSize = 12;
    private readonly LogarithmicScale scale;
    private readonly bool hasZero;

    /// <summary>An axis that shows these errors.</summary>
    /// <param name="percents">Not negative.</param>
    /// <param name="top">The coordinate of its upper end.</param>
    /// <param name="floor">The coordinate of its lower end.</param>
    public ErrorAxis(IReadOnlyCollection<double> percents, double top, double floor)
    {
        hasZero = percents.Contains(0);
        var positive = percents.Where(percent => percent > 0).DefaultIfEmpty(1).ToList();
        var low = positive.Min();
        scale = new LogarithmicScale(low / 1.1, Math.Min(100, Math.Max(positive.Max(), low * 1.2) * 1.1), hasZero ? floor - ZeroGap : floor, top);
        Floor = floor;
    }

    /// <summary>The coordinate of the lower end.</summary>
    public double Floor { get; }

    /// <summary>The room that the numbers take left of the axis.</summary>
    public double Room => Gap + Ticks.Max(tick => Markup.DigitsWidth(Label(tick), TickSize));

    /// <summary>"2.31", the unit being percent.</summary>
    public static string Text(double percent) => percent.ToString("0.00", CultureInfo.InvariantCulture);

    /// <summary>The coordinate of an error in percent.</summary>
    public double At(double percent) => percent > 0 ? scale.At(percent) : Floor;

    /// <summary>Draws the ticks with their lines, and the line at the bottom.</summary>
    public void Draw(Canvas canvas, double left, double right)
    {
        foreach (var tick in Ticks)
        {
            canvas.Line(left, At(tick), right, At(tick), "grid");
            canvas.Text(left - Gap, At(tick) + 4, Label(tick), "soft", Anchor.End, TickSize);
        }

        canvas.Line(left, Floor, right, Floor, "axis");
    }

    private IEnumerable<double> Ticks => hasZero ? scale.Ticks(24).Append(0) : scale.Ticks(24);

    private static string Label(double percent) => string.Create(CultureInfo.InvariantCulture, $"{percent:0.######} %");
}
