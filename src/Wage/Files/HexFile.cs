using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;

namespace Wage.Files;

/// <summary>
/// Writes memory files for Verilog's $readmemh: a comment with type and shape, then an element a line, row-major, in as many hexadecimal digits as
/// its type has; negative ones in two's complement.
/// </summary>
internal static class HexFile
{
    /// <summary>Writes an array of integers, whole or not at all.</summary>
    /// <exception cref="WageException">The file cannot be written.</exception>
    public static void Write<T>(string path, ReadOnlySpan<T> values, params ReadOnlySpan<int> shape)
        where T : unmanaged, IBinaryInteger<T>
    {
        var digits = 2 * Unsafe.SizeOf<T>();
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"// {NpyFile.Descriptor<T>()} [{string.Join(',', shape.ToArray())}]\n");
        var format = string.Create(CultureInfo.InvariantCulture, $"x{digits}");
        foreach (var value in values) text.Append(value.ToString(format, CultureInfo.InvariantCulture)).Append('\n');
        AtomicFile.Write(path, Encoding.ASCII.GetBytes(text.ToString()));
    }
}
