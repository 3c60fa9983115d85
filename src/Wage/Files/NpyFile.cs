using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Wage.Files;

/// <summary>
/// Writes NumPy's .npy files, format version 1.0: the bytes 93 'NUMPY' 1 0, the header's length (UInt16), the header, a Python dictionary padded with
/// spaces so that the elements begin at a multiple of 64 bytes, then the elements, row-major and little-endian.
/// </summary>
internal static class NpyFile
{
    private const int Alignment = 64;

    /// <summary>Writes an array of integers, whole or not at all.</summary>
    /// <exception cref="WageException">The file cannot be written.</exception>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    public static void Write<T>(string path, ReadOnlySpan<T> values, params ReadOnlySpan<int> shape)
        where T : unmanaged, IBinaryInteger<T> => Write(path, Descriptor<T>(), MemoryMarshal.AsBytes(values), Marshal.SizeOf<T>(), shape);

    /// <summary>"&lt;i4" and the like: order, kind and bytes of an element.</summary>
    public static string Descriptor<T>()
        where T : unmanaged, IBinaryInteger<T>
    {
        var size = Marshal.SizeOf<T>();
        var kind = T.IsNegative(T.Zero - T.One) ? 'i' : 'u';
        return string.Create(CultureInfo.InvariantCulture, $"{(size == 1 ? '|' : '<')}{kind}{size}");
    }

    private static void Write(string path, string descriptor, ReadOnlySpan<byte> elements, int size, ReadOnlySpan<int> shape)
    {
        var length = 1L;
        foreach (var extent in shape) length *= extent;
        if (length * size != elements.Length)
            throw new ArgumentException($"npy: a shape of {length} elements for {elements.Length / size}", nameof(shape));
        AtomicFile.Write(path, [.. Start(descriptor, shape), .. elements]);
    }

    /// <summary>What stands before the elements.</summary>
    /// <param name="descriptor">"&lt;f4": order, kind and bytes of an element.</param>
    /// <param name="shape">The extents.</param>
    public static byte[] Start(string descriptor, ReadOnlySpan<int> shape)
    {
        var extents = new StringBuilder();
        foreach (var extent in shape) extents.Append(CultureInfo.InvariantCulture, $"{extent}, ");
        var tuple = shape.Length == 1 ? $"({extents.ToString().TrimEnd()})" : $"({extents.ToString().TrimEnd(',', ' ')})";
        var header = $"{{'descr': '{descriptor}', 'fortran_order': False, 'shape': {tuple}, }}";
        var padded = header.PadRight(((10 + header.Length + Alignment) / Alignment * Alignment) - 11) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)padded.Length, (byte)(padded.Length >> 8), .. Encoding.ASCII.GetBytes(padded)];
    }
}
