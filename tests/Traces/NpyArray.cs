using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Wage.Tests.Traces;

/// <summary>An integer array read from a .npy file by the format's published description, not by the writer's code.</summary>
internal sealed partial record NpyArray(string Type, int[] Shape, long[] Values)
{
    public static NpyArray Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        Assert.That(bytes[..8], Is.EqualTo(new byte[] { 0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0 }));
        var start = 10 + bytes[8] + (bytes[9] << 8);
        var header = Header().Match(Encoding.ASCII.GetString(bytes, 10, start - 10));
        Assert.That(header.Success && start % 64 == 0, $"{path}: the header is not as numpy has it");
        int[] shape = [.. header.Groups["shape"].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(extent => int.Parse(extent, CultureInfo.InvariantCulture))];
        var (type, data) = (header.Groups["type"].Value, bytes[start..]);
        var (size, signed) = (type[2] - '0', type[1] == 'i');
        Assert.That(data.Length, Is.EqualTo(size * shape.Aggregate(1, (product, extent) => product * extent)));
        var values = new long[data.Length / size];
        for (var i = 0; i < values.Length; i++)
        {
            for (var k = size - 1; k >= 0; k--) values[i] = (values[i] << 8) | data[(i * size) + k];
            if (signed) values[i] = values[i] << (64 - (8 * size)) >> (64 - (8 * size));
        }

        return new NpyArray(type, shape, values);
    }

    [GeneratedRegex(@"^\{'descr': '(?<type>[<|][iu][1248])', 'fortran_order': False, 'shape': \((?<shape>[0-9, ]*)\), \} *\n$")]
    private static partial Regex Header();
}
