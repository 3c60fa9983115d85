namespace Wage.Experiments.Pictures;

/// <summary>A number below a horizontal axis.</summary>
/// <param name="Value">The value at the tick.</param>
/// <param name="At">The coordinate of the tick.</param>
/// <param name="X">The coordinate of the number's middle: the tick's, or beside it where the number would leave the page.</param>
/// <param name="Text">The number.</param>
internal sealed record TickLabel(double Value, double At, double X, string Text)
{
    private const double Space = 8;

    /// <summary>As many as stand beside each other with a space between, none beyond the ends that are given.</summary>
    /// <param name="scale">The axis.</param>
    /// <param name="place">Where a coordinate of the axis is on the page.</param>
    /// <param name="ends">The coordinates between which the numbers stay.</param>
    /// <param name="size">The font size.</param>
    /// <param name="text">A number's text.</param>
    public static IReadOnlyList<TickLabel> Of(
        Scale scale, Func<double, double> place, (double From, double To) ends, double size, Func<double, string> text)
    {
        double Half(string name) => Markup.DigitsWidth(name, size) / 2;
        List<TickLabel> Place(IEnumerable<double> ticks) =>
        [
            .. ticks.Select(tick =>
            {
                var (name, at) = (text(tick), place(scale.At(tick)));
                var (least, most) = (ends.From + Half(name), ends.To - Half(name));
                return new TickLabel(tick, at, Math.Clamp(at, least, Math.Max(least, most)), name);
            }),
        ];
        return Place(scale.Ticks(ticks =>
        {
            var labels = Place(ticks);
            return labels.Zip(labels.Skip(1)).All(pair => pair.Second.X - pair.First.X >= Half(pair.First.Text) + Half(pair.Second.Text) + Space);
        }));
    }
}
