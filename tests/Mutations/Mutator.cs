using System.Buffers.Binary;
using System.Text;

namespace Wage.Tests.Mutations;

/// <summary>Damages bytes, always in the same way for the same seed: bits, bytes, numbers, cuts, repetitions, and the tokens of texts.</summary>
internal static class Mutator
{
    private static readonly long[] Numbers =
    [
        0, 1, -1, 2, 7, 8, 127, 128, 255, 256, 32767, 65535, 65536, 1 << 20, int.MaxValue, int.MinValue, uint.MaxValue,
        1L << 32, long.MaxValue, long.MinValue,
    ];

    private static readonly string[] Tokens =
    [
        "null", "true", "0", "-1", "1e999", "-1e999", "1e-999", "NaN", "9223372036854775807",
        "-9223372036854775808", "18446744073709551616", "2^-60", "1/0",
        "\"\\ud800\"", "\"\\u0000\"", "\"\"", "\"", "\\", "[]", "{}", "[", "]", "{", "}", ",", ":", "\n", "\r",
        "\t", " ", "\0", "#", "&a ", "*a", "- ", "? ",
        "\u2028", "\uFEFF", "\uFFFF", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    ];

    /// <summary>The damaged bytes of a round.</summary>
    public static byte[] Mutate(byte[] original, int round)
    {
        var random = new Random(unchecked((round * 1_000_003) + original.Length));
        var bytes = original;
        for (var left = random.Next(1, 5); left > 0; left--) bytes = Once(bytes, random);
        return bytes;
    }

    private static byte[] Once(byte[] bytes, Random random)
    {
        if (bytes.Length == 0) return [(byte)random.Next(256)];
        var at = Place(bytes.Length, random);
        switch (random.Next(10))
        {
            case 0: return With(bytes, at, [(byte)(bytes[at] ^ (1 << random.Next(8)))]);
            case 1: return With(bytes, at, [(byte)random.Next(256)]);
            case 2: return With(bytes, at, Number(random));
            case 3: return bytes[..at];
            case 4: return [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + random.Next(1, 64))..]];
            case 5: return [.. bytes[..at], .. bytes.AsSpan(at, Math.Min(bytes.Length - at, random.Next(1, 64))), .. bytes[at..]];
            case 6: return [.. bytes[..at], .. Encoding.UTF8.GetBytes(Tokens[random.Next(Tokens.Length)]), .. bytes[at..]];
            case 7: return Replaced(bytes, at, Encoding.UTF8.GetBytes(Tokens[random.Next(Tokens.Length)]));
            case 8: return [.. bytes, .. bytes.AsSpan(0, Math.Min(bytes.Length, random.Next(1, 64)))];
            default: return With(bytes, at, bytes[Place(bytes.Length, random)..].AsSpan(0, 1).ToArray());
        }
    }

    /// <summary>Half of the places lie in the first bytes, where headers are.</summary>
    private static int Place(int length, Random random) => random.Next(random.Next(2) == 0 ? Math.Min(length, 96) : length);

    private static byte[] Number(Random random)
    {
        var bytes = new byte[1 << random.Next(1, 4)];
        var value = Numbers[random.Next(Numbers.Length)];
        Span<byte> eight = stackalloc byte[8];
        if (random.Next(2) == 0) BinaryPrimitives.WriteInt64LittleEndian(eight, value);
        else BinaryPrimitives.WriteInt64BigEndian(eight, value << (64 - (8 * bytes.Length)));
        eight[..bytes.Length].CopyTo(bytes);
        return bytes;
    }

    private static byte[] With(byte[] bytes, int at, byte[] part)
    {
        var copy = (byte[])bytes.Clone();
        part.AsSpan(0, Math.Min(part.Length, copy.Length - at)).CopyTo(copy.AsSpan(at));
        return copy;
    }

    /// <summary>The number, word or text around a place becomes another.</summary>
    private static byte[] Replaced(byte[] bytes, int at, byte[] token)
    {
        var (start, end) = (at, at);
        while (start > 0 && IsOfToken(bytes[start - 1])) start--;
        while (end < bytes.Length && IsOfToken(bytes[end])) end++;
        return [.. bytes[..start], .. token, .. bytes[end..]];
    }

    private static bool IsOfToken(byte c) => char.IsAsciiLetterOrDigit((char)c) || c is (byte)'"' or (byte)'.' or (byte)'-' or (byte)'+' or (byte)'/';
}
