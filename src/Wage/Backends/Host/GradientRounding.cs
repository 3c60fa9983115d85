using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>Stochastic rounding of a range of gradients by the scale's own formula; element i draws from the same Philox block as in RandomBits.</summary>
internal static unsafe class GradientRounding
{
    /// <summary>Elements [start, start + count). Requires a start that is a multiple of 32.</summary>
    public static void OneByOne(Tensor gradient, int start, int count, in GradientScale scale, in RandomKey key, short* update)
    {
        var values = stackalloc long[PhiloxBlocks.Words];
        var words = stackalloc uint[PhiloxBlocks.Words];
        var wide = scale.NeedsWideRandom;
        var span = wide ? PhiloxBlocks.Words / 2 : PhiloxBlocks.Words;
        for (var i = 0; i < count; i += span)
        {
            var n = Math.Min(span, count - i);
            Elements.Read(gradient, start + i, n, values);
            PhiloxBlocks.Fill(key, (uint)(start + i) / (wide ? 2u : 4u), words);
            for (var j = 0; j < n; j++)
            {
                var random = wide ? ((ulong)words[(2 * j) + 1] << 32) | words[2 * j] : words[j];
                update[i + j] = checked((short)scale.Step(values[j], random));
            }
        }
    }
}
