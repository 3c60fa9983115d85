using System.Globalization;

namespace Wage.Experiments.Pictures;

/// <summary>
/// The vertical axis of errors in percent: logarithmic, because what matters is how many times fewer images are missed. An error of zero has a line
/// of its own below it.
/// </summary>
internal sealed class ErrorAxis
{
    private const double ZeroGap = 26;
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
        scale = new LogarithmicScale(low / 1.1, Math.Max(positive.Max(), low * 1.2) * 1.1, hasZero ? floor - ZeroGap : floor, top);
        Floor = floor;
    }

    /// <summary>The coordinate of the lower end.</summary>
    public double Floor { get; }

    /// <summary>"2.31", the unit being percent.</summary>
    public static string Text(double percent) => percent.ToString("0.00", CultureInfo.InvariantCulture);

    /// <summary>The coordinate of an error in percent.</summary>
    public double At(double percent) => percent > 0 ? scale.At(percent) : Floor;

    /// <summary>Draws the ticks with their lines, and the line at the bottom.</summary>
    public void Draw(Canvas canvas, double left, double right)
    {
        foreach (var tick in scale.Ticks(24)) Tick(canvas, At(tick), tick, left, right);
        if (hasZero) Tick(canvas, Floor, 0, left, right);
        canvas.Line(left, Floor, right, Floor, "axis");
    }

    private static void Tick(Canvas canvas, double y, double percent, double left, double right)
    {
        canvas.Line(left, y, right, y, "grid");
        canvas.Text(left - 8, y + 4, string.Create(CultureInfo.InvariantCulture, $"{percent:0.###} %"), "soft", Anchor.End, 12);
    }
}
