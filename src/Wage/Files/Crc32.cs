namespace Wage.Files;

/// <summary>The checksum of gzip, zip and PNG: the polynomial 0xEDB88320, bits reflected, begun and ended with all bits inverted. ISO 3309.</summary>
internal static class Crc32
{
    private static readonly uint[] Table = MakeTable();

    /// <summary>The checksum of what was read so far and these bytes.</summary>
    /// <param name="bytes">What comes next.</param>
    /// <param name="before">The checksum of what came before; 0: nothing.</param>
    public static uint Of(ReadOnlySpan<byte> bytes, uint before = 0)
    {
        var (crc, table) = (~before, Table);
        for (; bytes.Length >= 4; bytes = bytes[4..])
        {
            crc ^= BitConverter.ToUInt32(bytes);
            crc = table[768 + (byte)crc] ^ table[512 + (byte)(crc >> 8)] ^ table[256 + (byte)(crc >> 16)] ^ table[crc >> 24];
        }

        foreach (var value in bytes) crc = table[(byte)(crc ^ value)] ^ (crc >> 8);
        return ~crc;
    }

    /// <summary>Four tables of 256: what a byte becomes when 0 to 3 more follow it.</summary>
    private static uint[] MakeTable()
    {
        var table = new uint[1024];
        for (var i = 0u; i < 256; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++) value = (value >> 1) ^ ((value & 1) * 0xEDB88320);
            table[i] = value;
        }

        for (var i = 256; i < table.Length; i++) table[i] = table[(byte)table[i - 256]] ^ (table[i - 256] >> 8);
        return table;
    }
}
