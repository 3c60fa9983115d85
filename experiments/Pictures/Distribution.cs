using System.Text;
using Wage.Experiments.Display;
using Wage.Experiments.Statistics;
using Wage.Numbers;

namespace Wage.Experiments.Pictures;

/// <summary>
/// One tensor of one layer before and after its quantizer, on one axis: the unit of the paper, in which W, A and E lie in (-1, 1), and for G the
/// steps sigma(k_G) that an update makes.
/// E and G without a quantizer are shares of the power of two above their maximum. Heights are shares for each step of the
/// quantizer's grid, so that both can be compared.
/// </summary>
/// <param name="before">What enters the quantizer; null for none.</param>
/// <param name="after">What leaves it; null for none.</param>
/// <param name="eta">The learning rate, which scales what enters Q_G.</param>
internal sealed class Distribution(ObservedTensor? before, ObservedTensor? after, Ratio eta)
{
    private const double TriangleWidth = 9;
    private readonly char tensor = (before ?? after)!.Tensor;

    /// <summary>The step of the quantizer's grid on the axis.</summary>
    public double Step => after is null ? Math.ScaleB(1, -7)
        : Scale(after) ?? (tensor == 'G' ? 1 : tensor == 'E' ? Math.ScaleB(1, 1 - after.Bits) : Unit(after));

    /// <summary>The greatest magnitude on the axis of what is drawn.</summary>
    public double Reach => new[] { before, after }.OfType<ObservedTensor>().Max(line =>
        Math.Max(Math.Abs((double)line.Min), Math.Abs((double)line.Max)) * Unit(line));

    /// <summary>True when nothing is negative.</summary>
    public bool IsPositive => (before?.Min ?? 0) >= 0 && (after?.Min ?? 0) >= 0;

    /// <summary>The outline, closed along the bottom, of what enters; empty for none.</summary>
    public string Before(Scale x, Scale y) => before is null ? string.Empty : Outline(before, x, y);

    /// <summary>The outline of what leaves.</summary>
    public string After(Scale x, Scale y) => after is null ? string.Empty : Outline(after, x, y);

    /// <summary>How many zeros the quantizer found and made, or how many weights its updates move.</summary>
    public string Zeros => (before, after) switch
    {
        ({ }, { }) when tensor == 'G' => $"moves {Short(1 - after.ZeroRate)} of weights",
        ({ }, { }) => $"zero {Short(before.ZeroRate)} \u2192 {Short(after.ZeroRate)}",
        _ => $"zero {Short((after ?? before)!.ZeroRate)}",
    };

    /// <summary>How many of its results are at the limit; empty where that says nothing.</summary>
    public string Limit => after is null ? "not quantized"
        : tensor is 'W' or 'G' ? string.Empty : $"at limit {Short(after.Rate(after.Saturated ?? 0))}";

    /// <summary>
    /// Triangles where what is drawn goes on beyond the panel: on its upper edge for bars that are higher, on its sides for values that lie there;
    /// empty for none.
    /// </summary>
    public string Cuts(Scale x, Scale y)
    {
        var path = new StringBuilder();
        var lines = new[] { before, after }.OfType<ObservedTensor>().ToList();
        var (left, right, top, floor) = (x.At(x.Low), x.At(x.High), y.At(y.High), y.At(y.Low));
        var end = double.NegativeInfinity;
        var high = lines.SelectMany(line => Bars(line, x)).Where(bar => bar.Density > y.High);
        foreach (var at in high.Select(bar => x.At((bar.Left + bar.Right) / 2)).Order())
        {
            if (at - end < TriangleWidth) continue;
            path.Append(Start(at - 4, top - 1)).Append("h8l-4-6z");
            end = at;
        }

        var bins = lines.SelectMany(line => line.Bins().Select(bin => (Low: bin.Low * Unit(line), High: bin.High * Unit(line)))).ToList();
        if (bins.Exists(bin => bin.Low < x.Low)) path.Append(Start(left, floor - 14)).Append("v8l-5-4z");
        if (bins.Exists(bin => bin.High > x.High)) path.Append(Start(right, floor - 14)).Append("v8l5-4z");
        return path.ToString();
    }

    /// <summary>"4.1 %", with two places below 1 %.</summary>
    public static string Short(double fraction) => fraction is 0 or >= 0.01 ? $"{Markup.Number(100 * fraction)} %"
        : fraction < 0.0001 ? "< 0.01 %" : Format.Percent(fraction);

    private static string Start(double x, double y) => $"M{Markup.Number(x)} {Markup.Number(y)}";

    /// <summary>The step of the codes on the axis, of quantizers with a scale of their own; of several the greatest.</summary>
    private double? Scale(ObservedTensor line) =>
        line.Codes is { } codes ? codes.Scale.Greatest / Math.ScaleB(1, line.Exponent - line.FractionBits) * Unit(line) : null;

    private double Unit(ObservedTensor line) => tensor switch
    {
        'E' or 'G' when after is { Limit: null } => Math.ScaleB(1, line.Exponent - (before ?? after).Exponent - line.FractionBits),
        'E' or 'G' when after is null => Math.ScaleB(1, -line.FractionBits),
        'E' => Math.ScaleB(1, 1 - (after ?? line).Bits - (line.After ? 0 : after?.Shift ?? 0)),
        'G' => line.After ? 1 : Math.ScaleB((double)eta.Numerator / eta.Denominator, -(after?.Shift ?? 0)),
        _ => Math.ScaleB(1, line.Exponent - line.FractionBits),
    };

    /// <summary>The bins inside the axis: their ends on it, and the share of the elements for each step of the grid.</summary>
    private IEnumerable<(double Left, double Right, double Density)> Bars(ObservedTensor line, Scale x)
    {
        var (unit, end) = (Unit(line), double.NegativeInfinity);
        var half = (Scale(line) ?? unit) / 2;
        foreach (var (low, high, elements) in line.Bins())
        {
            // A value of codes stands for a whole step of them; a bin that holds many ends where it ends.
            var room = Math.Max(half - ((high - low) * unit / 2), 0.5 * unit);
            var (from, to) = (Math.Max((low * unit) - room, end), (high * unit) + room);
            end = to;
            var (left, right) = (Math.Max(from, x.Low), Math.Min(to, x.High));
            if (left < right) yield return (left, right, line.Rate(elements) * Step / (to - from));
        }
    }

    private string Outline(ObservedTensor line, Scale x, Scale y)
    {
        var (path, floor, end) = (new StringBuilder(), Markup.Number(y.At(y.Low)), double.NaN);
        foreach (var (left, right, density) in Bars(line, x))
        {
            if (!(Math.Abs(left - end) <= 1e-9))
            {
                if (!double.IsNaN(end)) path.Append('V').Append(floor);
                path.Append('M').Append(Markup.Number(x.At(left))).Append(' ').Append(floor);
            }

            path.Append('V').Append(Markup.Number(y.At(Math.Clamp(density, y.Low, y.High)))).Append('H').Append(Markup.Number(x.At(right)));
            end = right;
        }

        return double.IsNaN(end) ? string.Empty : path.Append('V').Append(floor).ToString();
    }
}
