using System.Globalization;
using System.Text;

namespace Wage.Experiments.Pictures;

/// <summary>The background that a picture is for.</summary>
internal enum Theme
{
    /// <summary>The reader's: light, and dark where the viewer asks for dark (prefers-color-scheme).</summary>
    Auto,

    /// <summary>White paper.</summary>
    Light,

    /// <summary>A dark screen.</summary>
    Dark,
}

/// <summary>
/// The colours of pictures and reports, as CSS classes. Series are distinguishable with the common colour-vision deficiencies: Okabe and Ito's
/// palette (2008), its hues moved to contrast with each background.
/// </summary>
internal static class Palette
{
    /// <summary>Series colours: s1 to s7, then again from s1.</summary>
    public const int Series = 7;

    private static readonly (string Name, string Light, string Dark)[] Surfaces =
    [
        ("page", "#ffffff", "#12171c"), ("panel", "#f5f7f9", "#1a2127"), ("ink", "#1f2933", "#e6eaee"), ("soft", "#5b6773", "#9aa6b2"),
        ("grid", "#dde2e7", "#2d353d"), ("axis", "#8a94a0", "#66717d"),
        ("zero", "#cfd6dd", "#3d4750"), ("on1", "#ffffff", "#12171c"), ("on2", "#1f2933", "#12171c"),
    ];

    private static readonly (string Light, string Dark)[] Colours =
    [
        ("#0072b2", "#56b4e9"), ("#d55e00", "#f0894a"), ("#00845f", "#2cc295"), ("#b0568d", "#e29cc4"), ("#b07800", "#e6b020"),
        ("#5b4fc4", "#a79cf5"), ("#5b6773", "#b4bec8"),
    ];

    /// <summary>
    /// The CSS of this theme: .page .panel .ink .soft .zero (fill; what is 0 in a bitmap), .on1 .on2 (fill of texts on areas of the first two
    /// series), .grid .axis (stroke), .s1 ... (stroke) and .f1 ... (fill).
    /// </summary>
    public static string Css(Theme theme) => theme switch
    {
        Theme.Light => Rules(dark: false),
        Theme.Dark => Rules(dark: true),
        _ => $"{Rules(dark: false)}@media (prefers-color-scheme:dark){{\n{Rules(dark: true)}}}\n",
    };

    /// <summary>Custom properties of the same colours for a page's own rules: --page, --ink, --s1, ...</summary>
    public static string Properties(Theme theme) => theme switch
    {
        Theme.Light => $":root{{color-scheme:light;{Values(dark: false)}}}\n",
        Theme.Dark => $":root{{color-scheme:dark;{Values(dark: true)}}}\n",
        _ => $":root{{color-scheme:light dark;{Values(dark: false)}}}\n@media (prefers-color-scheme:dark){{:root{{{Values(dark: true)}}}}}\n",
    };

    /// <summary>What paper takes: the light colours, whatever the screen has.</summary>
    public static string Print() => $"@media print{{:root{{color-scheme:light;{Values(dark: false)}}}\n{Rules(dark: false)}}}\n";

    /// <summary>The class number of a series, counted from 0.</summary>
    public static int Class(int series) => (series % Series) + 1;

    private static string Rules(bool dark)
    {
        var css = new StringBuilder();
        foreach (var (name, light, night) in Surfaces)
            css.Append('.').Append(name).Append(name is "grid" or "axis" ? "{stroke:" : "{fill:").Append(dark ? night : light).Append('}');
        for (var i = 0; i < Colours.Length; i++)
        {
            var colour = dark ? Colours[i].Dark : Colours[i].Light;
            css.Append(CultureInfo.InvariantCulture, $".s{i + 1}{{stroke:{colour}}}.f{i + 1}{{fill:{colour}}}");
        }

        return css.Append('\n').ToString();
    }

    private static string Values(bool dark)
    {
        var surfaces = Surfaces.Select(surface => $"--{surface.Name}:{(dark ? surface.Dark : surface.Light)};");
        return string.Concat(surfaces.Concat(Colours.Select((colour, i) => $"--s{i + 1}:{(dark ? colour.Dark : colour.Light)};")));
    }
}
