using System.Globalization;
using System.Xml.Linq;
using Wage.Experiments.Pictures;

namespace Wage.Experiments.Reports;

/// <summary>
/// What is the same in the wide and in the narrow layout of a picture (outlines, bitmaps) stands on the page once; the other refers to it. The
/// figures of lines, too, are the first layout's alone; report.js finds them there.
/// </summary>
internal static class SharedShapes
{
    /// <summary>A reference takes about as many characters.</summary>
    private const int LeastShared = 150;

    /// <summary>Shares the shapes of all pictures of a page.</summary>
    public static void Share(XElement page)
    {
        var count = 0;
        foreach (var picture in page.Descendants("div").Where(box => (string?)box.Attribute("class") == "picture").ToList())
        {
            var layouts = picture.Elements(Markup.Svg + "svg").ToList();
            var shapes = new Dictionary<string, XElement>(StringComparer.Ordinal);
            foreach (var (layout, shape) in layouts.Index().SelectMany(layout => Shapes(layout.Item).Select(shape => (layout.Index, shape))).ToList())
            {
                if (layout > 0) shape.SetAttributeValue("data-read", null);
                var text = shape.ToString(SaveOptions.DisableFormatting);
                if (text.Length < LeastShared || shapes.TryAdd(text, shape)) continue;
                var same = shapes[text];
                if (same.Attribute("id") is null) same.SetAttributeValue("id", (++count).ToString("'shape'0", CultureInfo.InvariantCulture));
                shape.ReplaceWith(new XElement(Markup.Svg + "use", new XAttribute("href", $"#{same.Attribute("id")!.Value}")));
            }
        }
    }

    private static IEnumerable<XElement> Shapes(XElement layout) =>
        layout.Descendants().Where(element => element.Name.LocalName is "path" or "image" or "polyline");
}
