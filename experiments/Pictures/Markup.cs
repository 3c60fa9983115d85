using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace Wage.Experiments.Pictures;

/// <summary>Numbers and strangers' texts on their way into SVG and HTML.</summary>
internal static class Markup
{
    /// <summary>SVG's namespace.</summary>
    public static XNamespace Svg { get; } = "http://www.w3.org/2000/svg";

    /// <summary>A coordinate: at most one decimal place, which is finer than a screen's dot.</summary>
    public static string Number(double value)
    {
        var text = Math.Round(value, 1).ToString("0.#", CultureInfo.InvariantCulture);
        return text == "-0" ? "0" : text;
    }

    /// <summary>Text that XML can hold: a control character or half a surrogate pair becomes U+FFFD. Escaping is the writer's.</summary>
    public static string Clean(string text)
    {
        var clean = text.ToCharArray();
        for (var i = 0; i < clean.Length; i++)
        {
            if (XmlConvert.IsXmlChar(clean[i])) continue;
            if (i + 1 < clean.Length && XmlConvert.IsXmlSurrogatePair(clean[i + 1], clean[i])) i++;
            else clean[i] = '\uFFFD';
        }

        return new string(clean);
    }

    /// <summary>At most this many characters, the middle replaced by an ellipsis: the ends of names are what differs.</summary>
    public static string Shorten(string text, int most)
    {
        if (text.Length <= most) return text;
        var tail = (most - 1) * 3 / 5;
        return string.Concat(text.AsSpan(0, most - 1 - tail), "\u2026", text.AsSpan(text.Length - tail));
    }

    /// <summary>The width of a text at this font size, estimated from above for proportional fonts.</summary>
    public static double Width(string text, double fontSize) => text.Length * fontSize * 0.58;

    /// <summary>The same of a number: digits are wider than most letters, in some fonts 0.636 of the font size.</summary>
    public static double DigitsWidth(string text, double fontSize) => text.Length * fontSize * 0.64;

    /// <summary>The words of a text in lines of at most this width; a word that is wider is broken.</summary>
    public static IReadOnlyList<string> Wrap(string text, double width, double fontSize)
    {
        var most = Math.Max(1, (int)(width / (fontSize * 0.58)));
        List<string> lines = [];
        foreach (var word in text.Split(' ').SelectMany(word => word.Chunk(most).Select(part => new string(part))))
        {
            if (lines.Count > 0 && lines[^1].Length + 1 + word.Length <= most) lines[^1] += $" {word}";
            else lines.Add(word);
        }

        return lines;
    }

    /// <summary>Script or style as it is: neither an HTML nor an XML reader takes a character of it for markup.</summary>
    public static XElement Raw(XName name, string content)
    {
        if (content.Contains("]]>", StringComparison.Ordinal) || content.Contains("</", StringComparison.Ordinal))
            throw new ArgumentException("script or style that would end its element", nameof(content));
        return new XElement(name, "/*", new XCData("*/\n" + content + "/*"), "*/");
    }
}
