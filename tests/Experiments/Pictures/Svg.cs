using System.Globalization;
using System.Xml.Linq;
using Wage.Experiments.Pictures;

namespace Wage.Tests.Experiments.Pictures;

/// <summary>A picture read back as XML.</summary>
internal static class Svg
{
    public static XElement Read(Canvas canvas, Theme theme = Theme.Auto) => XDocument.Parse(canvas.ToFile(theme)).Root!;

    public static IEnumerable<XElement> All(this XElement picture, string name) =>
        picture.Descendants().Where(element => element.Name.LocalName == name);

    public static double Number(this XElement element, string attribute) =>
        double.Parse(element.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);

    public static string Text(this XElement element, string attribute) => element.Attribute(attribute)?.Value ?? string.Empty;

    public static XElement Keyed(this XElement picture, string key) => picture.Descendants().Single(element => element.Text("data-key") == key);

    public static IReadOnlyList<(double X, double Y)> Points(this XElement polyline) =>
        [.. polyline.Text("points").Split(' ').Select(point => point.Split(',')).Select(pair => (Parse(pair[0]), Parse(pair[1])))];

    private static double Parse(string number) => double.Parse(number, CultureInfo.InvariantCulture);
}
