using System.Xml.Linq;
using Wage.Experiments.Pictures;
using Wage.Tests.Experiments.Pictures;

namespace Wage.Tests.Experiments.Reports;

/// <summary>Parts of a report, read back.</summary>
internal static class PageElements
{
    /// <summary>The addresses that links can name, in the order of the page.</summary>
    public static List<string> Anchors(XElement page) =>
        [
            .. page.Descendants().Where(element => element.Name.Namespace != Markup.Svg)
                .Select(element => (string?)element.Attribute("id")).OfType<string>(),
        ];

    /// <summary>The elements of this class.</summary>
    public static IEnumerable<XElement> Classed(XElement page, string name) => page.Descendants().Where(element => element.Text("class") == name);

    /// <summary>The cells of the table of this name, the titles first.</summary>
    public static List<List<string>> Cells(XElement page, string name) =>
    [
        .. page.Descendants("div").Single(box => box.Text("aria-label") == name).Descendants("tr")
            .Select(row => row.Elements().Select(cell => cell.Value).ToList()),
    ];
}
