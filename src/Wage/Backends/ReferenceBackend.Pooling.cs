using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Backends;

/// <content>Pooling.</content>
public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void MaxPool(Tensor x, in PoolGeometry g, Tensor y, Tensor position)
    {
        var (source, destination, first) = (Host(x), Host(y), Host(position));
        foreach (var (output, input) in Windows(g))
        {
            var best = 0;
            for (var k = 1; k < g.Window; k++)
                if (source[Element(g, input, k)] > source[Element(g, input, best)]) best = k;
            destination[output] = source[Element(g, input, best)];
            first[output] = best;
        }
    }

    /// <inheritdoc/>
    public void MaxPoolError(Tensor e, Tensor position, in PoolGeometry g, long limit, Tensor destination)
    {
        var (error, first, sums) = (Host(e), Host(position), new long[destination.Length]);
        foreach (var (output, input) in Windows(g)) Gain(ref sums[Element(g, input, (int)first[output])], error[output]);
        Narrow(Saturated(sums, limit), destination);
    }

    /// <inheritdoc/>
    public void AveragePool(Tensor x, in PoolGeometry g, Rounding rounding, Tensor y)
    {
        var (source, destination) = (Host(x), Host(y));
        foreach (var (output, input) in Windows(g))
        {
            var sum = 0L;
            for (var k = 0; k < g.Window; k++) sum += source[Element(g, input, k)];
            destination[output] = FixedPoint.Divide(sum, g.Window, rounding);
        }
    }

    /// <inheritdoc/>
    public void AveragePoolError(Tensor e, in PoolGeometry g, long limit, Tensor destination)
    {
        var (error, sums) = (Host(e), new long[destination.Length]);
        foreach (var (output, input) in Windows(g))
            for (var k = 0; k < g.Window; k++) Gain(ref sums[Element(g, input, k)], error[output]);
        Narrow(Saturated(sums, limit), destination);
    }

    /// <summary>Every output element with the offset of its window's first element.</summary>
    private static IEnumerable<(int Output, int Input)> Windows(PoolGeometry g)
    {
        var output = 0;
        for (var n = 0; n < g.Batch; n++)
            for (var y = 0; y < g.OutputHeight; y++)
                for (var x = 0; x < g.OutputWidth; x++)
                    for (var c = 0; c < g.Channels; c++)
                        yield return (output++, (((n * g.Height) + (y * g.Stride)) * g.Width + (x * g.Stride)) * g.Channels + c);
    }

    /// <summary>The offset of element k, row-major, of the window that starts at <paramref name="input"/>.</summary>
    private static int Element(in PoolGeometry g, int input, int k) => input + (((k / g.WindowWidth) * g.Width + (k % g.WindowWidth)) * g.Channels);

    private static void Gain(ref long sum, long error) => sum = FixedPoint.AddSaturated(sum, error);

    private static long[] Saturated(long[] values, long limit)
    {
        for (var i = 0; i < values.Length; i++) values[i] = FixedPoint.Saturate(values[i], limit);
        return values;
    }
}
