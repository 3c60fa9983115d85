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

/// <summary>An SVG picture under construction: a few shapes with classes of <see cref="Palette"/>. Coordinates grow right and down.</summary>
internal sealed class Canvas
{
    private readonly XElement root;
    private XElement open;

    /// <summary>An empty page of this size.</summary>
    /// <param name="width">In units of about one screen dot.</param>
    /// <param name="height">Likewise.</param>
    /// <param name="description">What the picture shows, for those who cannot see it.</param>
    public Canvas(double width, double height, string description)
    {
        (Width, Height) = (width, height);
        open = root = new XElement(
            Markup.Svg + "svg", new XAttribute("viewBox", $"0 0 {Markup.Number(width)} {Markup.Number(height)}"), new XAttribute("role", "img"),
            new XAttribute("aria-label", Markup.Clean(description)),
            new XAttribute("font-family", "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"),
            new XAttribute("font-size", "13"));
    }

    public double Width { get; }

    public double Height { get; }

    /// <summary>A file of its own, with its colours and its background.</summary>
    public string ToFile(Theme theme)
    {
        var page = new XElement(
            Markup.Svg + "rect", new XAttribute("class", "page"), new XAttribute("width", Markup.Number(Width)),
            new XAttribute("height", Markup.Number(Height)),
            new XAttribute("rx", "6"));
        var file = new XElement(
            Markup.Svg + "svg", new XAttribute("width", Markup.Number(Width)), new XAttribute("height", Markup.Number(Height)), root.Attributes(),
            Markup.Raw(Markup.Svg + "style", Palette.Css(theme)), page, root.Elements());
        var text = new StringBuilder();
        var settings = new XmlWriterSettings { OmitXmlDeclaration = true, Indent = true, IndentChars = string.Empty, NewLineChars = "\n" };
        using (var writer = XmlWriter.Create(text, settings)) file.WriteTo(writer);
        return text.Append('\n').ToString();
    }

    /// <summary>A part of a page that has the colours and the background itself.</summary>
    public XElement ToInline() => root;

    /// <summary>What is drawn inside <paramref name="draw"/> becomes one group with a tooltip.</summary>
    public void Group(string? tooltip, Action draw)
    {
        var outer = open;
        open = new XElement(Markup.Svg + "g");
        outer.Add(open);
        if (tooltip is not null) open.Add(Title(tooltip));
        draw();
        open = outer;
    }

    public XElement Line(double x1, double y1, double x2, double y2, string classes, params ReadOnlySpan<(string Name, string Value)> more) =>
        Add("line", classes, [("x1", Markup.Number(x1)), ("y1", Markup.Number(y1)), ("x2", Markup.Number(x2)), ("y2", Markup.Number(y2)), .. more]);

    public XElement Rectangle(double x, double y, double width, double height, string classes,
        params ReadOnlySpan<(string Name, string Value)> more) =>
        Add("rect", classes, [("x", Markup.Number(x)), ("y", Markup.Number(y)), ("width", Markup.Number(width)), ("height", Markup.Number(height)),
            .. more]);

    public XElement Circle(double x, double y, double radius, string classes, params ReadOnlySpan<(string Name, string Value)> more) =>
        Add("circle", classes, [("cx", Markup.Number(x)), ("cy", Markup.Number(y)), ("r", Markup.Number(radius)), .. more]);

    /// <summary>A line through points.</summary>
    public XElement Polyline(IEnumerable<(double X, double Y)> points, string classes, params ReadOnlySpan<(string Name, string Value)> more)
    {
        var path = string.Join(' ', points.Select(point => $"{Markup.Number(point.X)},{Markup.Number(point.Y)}"));
        return Add("polyline", classes, [("points", path), ("fill", "none"), .. more]);
    }

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

    /// <summary>A bitmap, its dots left square.</summary>
    public XElement Image(double x, double y, double width, double height, byte[] png) => Add("image", null,
    [
        ("x", Markup.Number(x)), ("y", Markup.Number(y)), ("width", Markup.Number(width)), ("height", Markup.Number(height)),
        ("style", "image-rendering:pixelated"),
        ("href", "data:image/png;base64," + Convert.ToBase64String(png)),
    ]);

    /// <summary>What a shape tells when the pointer rests on it.</summary>
    public static XElement Title(string tooltip) => new(Markup.Svg + "title", Markup.Clean(tooltip));

    private XElement Add(string name, string? classes, ReadOnlySpan<(string Name, string Value)> attributes)
    {
        var element = new XElement(Markup.Svg + name);
        if (classes is not null) element.SetAttributeValue("class", classes);
        foreach (var (key, value) in attributes) element.SetAttributeValue(key, value);
        open.Add(element);
        return element;
    }
}
