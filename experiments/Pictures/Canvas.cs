using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Wage.Experiments.Pictures;

/// <summary>Where a text's x is.</summary>
internal enum Anchor
{
    Start,
    Middle,
    End,
}

/// <summary>What a page's script tells of a line.</summary>
/// <param name="Panel">What the vertical axis shows; lines of one panel are told together.</param>
/// <param name="Axis">What the horizontal axis counts, "epoch".</param>
/// <param name="Name">What the line shows.</param>
/// <param name="Values">For each of its points the place on the horizontal axis, and the value as it is written.</param>
internal sealed record Reading(string Panel, string Axis, string Name, IEnumerable<(long At, string Text)> Values);

/// <summary>An SVG picture under construction: a few shapes with classes of <see cref="Palette"/>. Coordinates grow right and down.</summary>
internal sealed class Canvas
{
    private readonly XElement root;
    private XElement open;

    /// <summary>An empty page of this width.</summary>
    /// <param name="width">In units of about one screen dot.</param>
    /// <param name="description">What the picture shows, for those who cannot see it.</param>
    public Canvas(double width, string description)
    {
        Width = width;
        open = root = new XElement(
            Markup.Svg + "svg", new XAttribute("role", "img"), new XAttribute("aria-label", Markup.Clean(description)),
            new XAttribute("font-family", "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"),
            new XAttribute("font-size", "13"));
    }

    public double Width { get; }

    /// <summary>Set when all is drawn: a picture is as high as what it shows.</summary>
    public double Height
    {
        get;
        set
        {
            field = value;
            root.SetAttributeValue("viewBox", $"0 0 {Markup.Number(Width)} {Markup.Number(value)}");
        }
    }

    /// <summary>A file of its own, with its colours and its background.</summary>
    public string ToFile(Theme theme)
    {
        var (width, height) = (new XAttribute("width", Markup.Number(Width)), new XAttribute("height", Markup.Number(Height)));
        var page = new XElement(Markup.Svg + "rect", new XAttribute("class", "page"), width, height, new XAttribute("rx", "6"));
        var file = new XElement(
            Markup.Svg + "svg", width, height, root.Attributes(), Markup.Raw(Markup.Svg + "style", Palette.Css(theme)), page, root.Elements());
        var text = new StringBuilder();
        var settings = new XmlWriterSettings { OmitXmlDeclaration = true, Indent = true, IndentChars = string.Empty, NewLineChars = "\n" };
        using (var writer = XmlWriter.Create(text, settings)) file.WriteTo(writer);
        return text.Append('\n').ToString();
    }

    /// <summary>A part of a page that has the colours and the background itself.</summary>
    public XElement ToInline() => root;

    /// <summary>What is drawn inside <paramref name="draw"/> becomes one group with a tooltip.</summary>
    public void Group(string tooltip, Action draw) => Inside(new XElement(Markup.Svg + "g", Title(tooltip)), draw);

    /// <summary>
    /// What is drawn inside <paramref name="draw"/> has this point as its origin and is stretched sideways: so one path serves pictures of several
    /// widths. Lines keep their strength where they are marked as <see cref="Unstretched"/>.
    /// </summary>
    public void Place(double x, double y, double stretch, Action draw) => Inside(x, y, stretch, 1, draw);

    /// <summary>What is drawn inside <paramref name="draw"/> has this point as its origin and is enlarged.</summary>
    public void Enlarge(double x, double y, double factor, Action draw) => Inside(x, y, factor, factor, draw);

    private void Inside(double x, double y, double across, double down, Action draw)
    {
        var scale = string.Create(CultureInfo.InvariantCulture, $" scale({across:0.####} {down:0.####})");
        var transform = $"translate({Markup.Number(x)} {Markup.Number(y)}){((across, down) == (1, 1) ? string.Empty : scale)}";
        Inside(new XElement(Markup.Svg + "g", new XAttribute("transform", transform)), draw);
    }

    /// <summary>See <see cref="Place"/>.</summary>
    public static (string Name, string Value) Unstretched => ("vector-effect", "non-scaling-stroke");

    public XElement Line(double x1, double y1, double x2, double y2, string classes, params ReadOnlySpan<(string Name, string Value)> more) => Add(
        "line", classes, [("x1", Markup.Number(x1)), ("y1", Markup.Number(y1)), ("x2", Markup.Number(x2)), ("y2", Markup.Number(y2)), .. more]);

    public XElement Rectangle(
        double x, double y, double width, double height, string classes, params ReadOnlySpan<(string Name, string Value)> more) => Add(
        "rect", classes,
        [("x", Markup.Number(x)), ("y", Markup.Number(y)), ("width", Markup.Number(width)), ("height", Markup.Number(height)), .. more]);

    public XElement Circle(double x, double y, double radius, string classes, params ReadOnlySpan<(string Name, string Value)> more) =>
        Add("circle", classes, [("cx", Markup.Number(x)), ("cy", Markup.Number(y)), ("r", Markup.Number(radius)), .. more]);

    /// <summary>A line through points.</summary>
    public XElement Polyline(IEnumerable<(double X, double Y)> points, string classes, params ReadOnlySpan<(string Name, string Value)> more)
    {
        var path = string.Join(' ', points.Select(point => $"{Markup.Number(point.X)},{Markup.Number(point.Y)}"));
        return Add("polyline", classes, [("points", path), ("fill", "none"), .. more]);
    }

    /// <summary>A line through points that tells its values to a page's script.</summary>
    public XElement Polyline(IEnumerable<(double X, double Y)> points, Reading reading, string classes, params ReadOnlySpan<(string, string)> more) =>
        Polyline(points, classes,
        [
            ("data-panel", reading.Panel), ("data-axis", reading.Axis), ("data-name", Markup.Clean(reading.Name)),
            ("data-read", string.Join(',', reading.Values.Select(value => string.Create(CultureInfo.InvariantCulture, $"{value.At} {value.Text}")))),
            .. more,
        ]);

    /// <summary>A path of SVG's little language.</summary>
    public XElement Path(string d, string classes, params ReadOnlySpan<(string Name, string Value)> more) =>
        Add("path", classes, [("d", d), .. more]);

    /// <summary>A text on its baseline.</summary>
    public XElement Text(double x, double y, string text, string classes = "ink", Anchor anchor = Anchor.Start, double size = 13, bool bold = false)
    {
        var element = Add("text", classes, [("x", Markup.Number(x)), ("y", Markup.Number(y))]);
        if (anchor != Anchor.Start) element.SetAttributeValue("text-anchor", anchor == Anchor.Middle ? "middle" : "end");
        if (size != 13) element.SetAttributeValue("font-size", size.ToString(CultureInfo.InvariantCulture));
        if (bold) element.SetAttributeValue("font-weight", "600");
        element.Add(new XText(Markup.Clean(text)));
        return element;
    }

    /// <summary>A bitmap at the origin, its dots left square.</summary>
    public XElement Image(double width, double height, byte[] png) => Add("image", null,
    [
        ("width", Markup.Number(width)), ("height", Markup.Number(height)),
        ("style", "image-rendering:pixelated"),
        ("href", "data:image/png;base64," + Convert.ToBase64String(png)),
    ]);

    /// <summary>What a shape tells when the pointer rests on it.</summary>
    public static XElement Title(string tooltip) => new(Markup.Svg + "title", Markup.Clean(tooltip));

    private void Inside(XElement group, Action draw)
    {
        var outer = open;
        outer.Add(group);
        open = group;
        draw();
        open = outer;
    }

    private XElement Add(string name, string? classes, ReadOnlySpan<(string Name, string Value)> attributes)
    {
        var element = new XElement(Markup.Svg + name);
        if (classes is not null) element.SetAttributeValue("class", classes);
        foreach (var (key, value) in attributes) element.SetAttributeValue(key, value);
        open.Add(element);
        return element;
    }
}
