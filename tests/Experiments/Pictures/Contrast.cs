using System.Text.RegularExpressions;
using Wage.Experiments.Pictures;

namespace Wage.Tests.Experiments.Pictures;

/// <summary>Contrast of two colours as the Web Content Accessibility Guidelines 2.1 define it, from 1 to 21.</summary>
internal static partial class Contrast
{
    /// <summary>The colours of a theme by class, red, green and blue from 0 to 255.</summary>
    public static Dictionary<string, double[]> Colours(Theme theme) => Rule().Matches(Palette.Css(theme)).ToDictionary(
        match => match.Groups[1].Value,
        match => Enumerable.Range(0, 3).Select(i => (double)Convert.ToInt32(match.Groups[2].Value.Substring(2 * i, 2), 16)).ToArray());

    /// <summary>A colour laid over another with this opacity.</summary>
    public static double[] Mix(double[] below, double[] above, double opacity) => [.. below.Zip(above, (b, a) => b + (opacity * (a - b)))];

    public static double Of(double[] first, double[] second)
    {
        var (light, dark) = (Math.Max(Luminance(first), Luminance(second)), Math.Min(Luminance(first), Luminance(second)));
        return (light + 0.05) / (dark + 0.05);
    }

    private static double Luminance(double[] colour)
    {
        var linear = colour.Select(channel => channel / 255).Select(c => c <= 0.03928 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4)).ToArray();
        return (0.2126 * linear[0]) + (0.7152 * linear[1]) + (0.0722 * linear[2]);
    }

    [GeneratedRegex(@"\.([a-z0-9]+)\{(?:fill|stroke):#([0-9a-f]{6})\}")]
    private static partial Regex Rule();
}
