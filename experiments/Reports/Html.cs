using System.Xml.Linq;
using Wage.Experiments.Pictures;

namespace Wage.Experiments.Reports;

/// <summary>HTML elements. Texts are escaped by the writer; the result is well-formed XML too.</summary>
internal static class Html
{
    /// <summary>A narrow picture is stretched to this width on screens between the two.</summary>
    private const double MostNarrow = 480;

    /// <summary>Longer texts in tables are broken.</summary>
    private const int LongestLine = 40;

    private static readonly HashSet<string> Void = new(StringComparer.Ordinal) { "meta", "input", "br" };

    /// <summary>An element. A content is a text, an element, a sequence of them, or an attribute ("class", "note").</summary>
    public static XElement Tag(string name, params object?[] contents)
    {
        var element = new XElement(name);
        foreach (var content in contents) Add(element, content);
        if (element.IsEmpty && !Void.Contains(name)) element.Add(string.Empty);
        return element;
    }

    /// <summary>An attribute of <see cref="Tag"/>.</summary>
    public static XAttribute With(string name, string value) => new(name, Markup.Clean(value));

    /// <summary>A class attribute.</summary>
    public static XAttribute Class(string value) => With("class", value);

    /// <summary>Prose in which `backticks` enclose what is typed: that becomes code.</summary>
    public static IEnumerable<XObject> Prose(string text)
    {
        var parts = text.Split('`');
        var closed = parts.Length % 2 == 1 ? parts.Length : parts.Length - 1;
        for (var i = 0; i < parts.Length; i++)
        {
            if (i % 2 == 1 && i < closed) yield return Tag("code", parts[i]);
            else yield return new XText(Markup.Clean(i < closed ? parts[i] : $"`{parts[i]}"));
        }
    }

    /// <summary>A table in a box that scrolls sideways where it is wider than the screen, with the keyboard too.</summary>
    /// <param name="name">What it holds, for those who cannot see it.</param>
    /// <param name="titles">The column titles.</param>
    /// <param name="rows">A cell for each title: a text or an element.</param>
    /// <param name="numbers">The columns that hold numbers.</param>
    public static XElement Table(
        string name, IEnumerable<object> titles, IEnumerable<IEnumerable<object>> rows, IReadOnlyCollection<int>? numbers = null)
    {
        XElement Cell(string tag, object content, int column) => Tag(
            tag, numbers?.Contains(column) == true ? Class("number") : content is string { Length: > LongestLine } ? Class("text") : null, content);
        return Tag(
            "div", Class("wide"), With("tabindex", "0"), With("role", "region"), With("aria-label", name),
            Tag(
                "table", Tag("thead", Tag("tr", titles.Select((title, i) => Cell("th", title, i)))),
                Tag("tbody", rows.Select(row => Tag("tr", row.Select((cell, i) => Cell("td", cell, i)))))));
    }

    /// <summary>Names and values, a line each; pairs without a value are left out.</summary>
    public static XElement Facts(IEnumerable<(string Name, object? Value)> facts) =>
        Tag("dl", facts.Where(fact => fact.Value is not (null or "")).Select(fact => Tag("div", Tag("dt", fact.Name), Tag("dd", fact.Value))));

    /// <summary>A picture twice, for wide and for narrow screens; the page's style shows one of them. Its title is the page's to give.</summary>
    public static XElement Picture(Func<Frame, Canvas> draw) => Tag(
        "div", Class("picture"), new[] { false, true }.Select(isNarrow =>
        {
            var canvas = draw(new Frame(isNarrow, IsTitled: false));
            var svg = canvas.ToInline();
            svg.SetAttributeValue("class", isNarrow ? "narrow-screen" : "wide-screen");
            svg.SetAttributeValue("style", $"max-width:{Markup.Number(isNarrow ? MostNarrow : canvas.Width)}px");
            return svg;
        }));

    private static void Add(XElement element, object? content)
    {
        switch (content)
        {
            case null: break;
            case string text: element.Add(new XText(Markup.Clean(text))); break;
            case XObject node: element.Add(node); break;
            case System.Collections.IEnumerable many:
                foreach (var one in many) Add(element, one);
                break;
            default: throw new ArgumentException($"content of type {content.GetType()}", nameof(content));
        }
    }
}
