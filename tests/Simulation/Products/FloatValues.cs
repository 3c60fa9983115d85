using Wage.Numbers;
using Wage.Simulation;
using Wage.Tensors;

namespace Wage.Tests.Simulation.Products;

/// <summary>Tensors for products.</summary>
internal static class FloatValues
{
    /// <summary>Values of very different magnitudes, so that another order of a sum gives other bits.</summary>
    public static FloatTensor Wide(ulong seed, Shape shape) => Draw(seed, shape, u => MathF.ScaleB((int)u / 2147483648f, (int)(u >> 60) - 8));

    /// <summary>Integers of [-4, 4].</summary>
    public static FloatTensor Integers(ulong seed, Shape shape) => Draw(seed, shape, u => (int)(u % 9) - 4);

    /// <summary>The bits of every value.</summary>
    public static int[] Bits(FloatTensor tensor) => [.. tensor.Span.ToArray().Select(BitConverter.SingleToInt32Bits)];

    private static FloatTensor Draw(ulong seed, Shape shape, Func<ulong, float> value)
    {
        var tensor = new FloatTensor(shape);
        for (var i = 0; i < tensor.Span.Length; i++) tensor.Span[i] = value(RandomBits.UInt64(new RandomKey(seed, 0, 0), (ulong)i));
        return tensor;
    }
}
