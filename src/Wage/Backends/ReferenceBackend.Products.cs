using Wage.Tensors;

namespace Wage.Backends;

/// <content>The three products of a layer.</content>
public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void Convolve(Tensor x, Tensor w, in ConvGeometry g, Tensor accumulator)
    {
        var (input, weights, output) = (Widen(x), Widen(w), new long[accumulator.Length]);
        foreach (var t in Taps(g, outside: g.Padding.Value != 0))
        {
            for (var f = 0; f < g.Filters; f++)
            {
                var (sum, first) = (0L, t.X + (f / g.GroupFilters * g.GroupChannels));
                for (var c = 0; c < g.GroupChannels; c++)
                    sum += (t.X < 0 ? g.Padding.Value : input[first + c]) * weights[(f * g.FanIn) + t.W + c];
                output[t.Y + f] += sum;
            }
        }

        Narrow(output, accumulator);
    }

    /// <inheritdoc/>
    public void ConvolveError(Tensor e, Tensor w, in ConvGeometry g, Tensor delta)
    {
        var (error, weights, input) = (Widen(e), Widen(w), new long[delta.Length]);
        foreach (var t in Taps(g))
        {
            for (var f = 0; f < g.Filters; f++)
            {
                var first = t.X + (f / g.GroupFilters * g.GroupChannels);
                for (var c = 0; c < g.GroupChannels; c++) input[first + c] += error[t.Y + f] * weights[(f * g.FanIn) + t.W + c];
            }
        }

        Narrow(input, delta);
    }

    /// <inheritdoc/>
    public void ConvolveGradient(Tensor x, Tensor e, in ConvGeometry g, Tensor gradient)
    {
        var (input, error, sums) = (Widen(x), Widen(e), new long[gradient.Length]);
        foreach (var t in Taps(g, outside: g.Padding.Value != 0))
        {
            for (var f = 0; f < g.Filters; f++)
            {
                var first = t.X + (f / g.GroupFilters * g.GroupChannels);
                for (var c = 0; c < g.GroupChannels; c++)
                    sums[(f * g.FanIn) + t.W + c] += error[t.Y + f] * (t.X < 0 ? g.Padding.Value : input[first + c]);
            }
        }

        Narrow(sums, gradient);
    }

    /// <summary>
    /// Every (output position, kernel tap) inside the image: the offsets of channel 0 of x, tap of filter 0 of w, filter 0 of the output. Those
    /// outside, where they are asked for, have a negative X.
    /// </summary>
    private static IEnumerable<(int X, int W, int Y)> Taps(ConvGeometry g, bool outside = false)
    {
        for (var n = 0; n < g.Batch; n++)
        {
            for (var y = 0; y < g.OutputHeight; y++)
            {
                for (var x = 0; x < g.OutputWidth; x++)
                {
                    var output = ((((n * g.OutputHeight) + y) * g.OutputWidth) + x) * g.Filters;
                    for (var ky = 0; ky < g.KernelHeight; ky++)
                    {
                        var row = (y * g.Stride) + ky - g.Padding.Top;
                        for (var kx = 0; kx < g.KernelWidth; kx++)
                        {
                            var column = (x * g.Stride) + kx - g.Padding.Left;
                            var inside = row >= 0 && row < g.Height && column >= 0 && column < g.Width;
                            if (!inside && !outside) continue;
                            var input = inside ? (((n * g.Height) + row) * g.Width + column) * g.Channels : -1;
                            yield return (input, ((ky * g.KernelWidth) + kx) * g.GroupChannels, output);
                        }
                    }
                }
            }
        }
    }

    private static long[] Widen(Tensor tensor)
    {
        var host = Host(tensor);
        var values = new long[host.Length];
        for (var i = 0; i < values.Length; i++) values[i] = host[i];
        return values;
    }

    private static void Narrow(long[] values, Tensor tensor)
    {
        var host = Host(tensor);
        for (var i = 0; i < values.Length; i++) host[i] = values[i];
    }
}
