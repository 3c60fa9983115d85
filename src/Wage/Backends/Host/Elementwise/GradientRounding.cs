using System.Numerics;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>
/// Stochastic rounding of a range of gradients by the scale's own formula; element i draws from the same Philox block as in RandomBits.
/// </summary>
internal static unsafe class GradientRounding
{
    /// <summary>
    /// Elements [start, start + count); an exact step by a power of two without branches, which random bits would mislead. Requires a start,
    /// with the rule's first, that is a multiple of 4.
    /// </summary>
    public static void OneByOne(Tensor gradient, int start, int count, in GradientScale scale, in GradientRule rule, in RandomKey key, short* update)
    {
        var values = stackalloc long[PhiloxBlocks.Words];
        var words = stackalloc uint[PhiloxBlocks.Words]; // as ulong, words 0, 1 and 2, 3 of a block are its two elements
        var wide = scale.NeedsWideRandom;
        var exact = rule.Randomizer == Randomizer.Exact && scale.PowerShift is >= 1 and <= 62 ? scale.PowerShift.Value : 0;
        var span = wide ? PhiloxBlocks.Words / 2 : PhiloxBlocks.Words;
        for (var i = 0; i < count; i += span)
        {
            var n = Math.Min(span, count - i);
            Elements.Read(gradient, start + i, n, values);
            PhiloxBlocks.Fill(key, (uint)(rule.FirstRandom + start + i) / (wide ? 2u : 4u), words);
            if (wide) Steps(values, (ulong*)words, n, scale, exact, update + i);
            else Steps(values, words, n, scale, exact, update + i);
        }
    }

    private static void Steps<T>(long* values, T* random, int n, in GradientScale scale, int exact, short* update)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (exact == 0)
        {
            for (var i = 0; i < n; i++) update[i] = checked((short)scale.Step(values[i], ulong.CreateTruncating(random[i])));
            return;
        }

        var (mask, most) = ((1L << exact) - 1, scale.Most);
        for (var i = 0; i < n; i++)
        {
            var sign = values[i] >> 63;
            var magnitude = Math.Min((values[i] ^ sign) - sign, most);
            var up = (long)((ulong)((long.CreateTruncating(random[i]) & mask) - (magnitude & mask)) >> 63);
            var step = Math.Min((magnitude >> exact) + up, short.MaxValue);
            update[i] = (short)((step ^ sign) - sign);
        }
    }
}
