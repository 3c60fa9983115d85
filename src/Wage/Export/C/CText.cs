using System.Globalization;
using System.Text;
using Wage.Files;
using Wage.Tensors;

namespace Wage.Export.C;

/// <summary>Words of C99: names, numbers, strings and arrays that mean the same to every compiler.</summary>
internal static class CText
{
    private const int LongestName = 40, LineWidth = 120;

    /// <summary>An identifier that says the node's name, whatever that holds: "n1_conv1". The number makes it unique and no keyword.</summary>
    public static string Name(int node, string name)
    {
        var letters = name.Take(LongestName).Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_');
        return string.Create(CultureInfo.InvariantCulture, $"n{node}_{string.Concat(letters)}");
    }

    /// <summary>"int8_t".</summary>
    public static string Type(ElementType type) => string.Create(CultureInfo.InvariantCulture, $"int{8 * type.Size()}_t");

    /// <summary>A number that tells a header and a source from others.</summary>
    public static uint Id(string header, StringBuilder source) => Crc32.Of(Encoding.UTF8.GetBytes($"{header}{source}"));

    /// <summary>"0x0123ABCDu".</summary>
    public static string Hex(uint value) => string.Create(CultureInfo.InvariantCulture, $"0x{value:X8}u");

    /// <summary>A constant of 32 bits; the least one has no literal of its own.</summary>
    public static string Int(long value) => value == int.MinValue ? "INT32_MIN" : value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A string literal: what is not a plain letter is an octal escape of its UTF-8, so nothing ends it and no trigraph forms.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var one in Encoding.UTF8.GetBytes(text))
        {
            if (one is >= (byte)' ' and < 0x7F and not ((byte)'"' or (byte)'\\' or (byte)'?')) quoted.Append((char)one);
            else quoted.Append('\\').Append((char)('0' + (one >> 6))).Append((char)('0' + ((one >> 3) & 7))).Append((char)('0' + (one & 7)));
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>An extent list for comments: "[28,28,1]".</summary>
    public static string Extents(Shape shape) => shape.Rank == 1
        ? shape.ToString() : $"[{string.Join(',', Enumerable.Range(1, shape.Rank - 1).Select(i => shape[i]))}]";

    /// <summary>"static const int8_t name[n] = { ... };" in lines.</summary>
    public static void Array<T>(StringBuilder text, string type, string name, ReadOnlySpan<T> values)
        where T : IFormattable
    {
        text.Append(CultureInfo.InvariantCulture, $"static const {type} {name}[{values.Length}] = {{");
        var column = LineWidth;
        foreach (var value in values)
        {
            var one = value is int.MinValue ? "INT32_MIN" : value is long.MinValue ? "INT64_MIN" : value.ToString(null, CultureInfo.InvariantCulture);
            if (column + one.Length > LineWidth)
            {
                text.Append("\n   ");
                column = 3;
            }

            text.Append(' ').Append(one).Append(',');
            column += one.Length + 2;
        }

        text.Append("\n};\n\n");
    }
}
