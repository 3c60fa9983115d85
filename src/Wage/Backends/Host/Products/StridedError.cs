using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>Errors of a convolution with a stride, without the zeros that a stride puts between the pixels.</summary>
internal sealed unsafe class StridedError(HostEngine engine, WeightProducts products)
{
    /// <summary>
    /// The inputs whose row and column leave the same rests r by the stride s are reached by the same taps, k = (r + top) mod s, + s, + 2 s, ...:
    /// their errors are those of a convolution of stride 1 with these taps alone. There are s * s such products, together as long as the forward
    /// one.
    /// </summary>
    public void Run(Tensor e, HostTensor<sbyte> weights, in ConvGeometry g, Tensor delta)
    {
        for (var row = 0; row < Math.Min(g.Stride, g.Height); row++)
        {
            for (var column = 0; column < Math.Min(g.Stride, g.Width); column++)
            {
                var vertical = new StrideRest(g.Stride, row, g.Height, g.KernelHeight, g.Padding.Top, g.OutputHeight);
                var horizontal = new StrideRest(g.Stride, column, g.Width, g.KernelWidth, g.Padding.Left, g.OutputWidth);
                if (vertical.Taps == 0 || horizontal.Taps == 0)
                {
                    Spread(null, g, row, column, delta);
                    continue;
                }

                var part = new ConvGeometry(
                    g.Batch, vertical.Inputs, horizontal.Inputs, g.Channels, g.Filters, vertical.Taps, horizontal.Taps, 1,
                    new Padding(vertical.Before, horizontal.Before, vertical.After, horizontal.After));
                var taps = (HostTensor<sbyte>)engine.Scratch.Tensor(KeptTensor.Taps, ElementType.Int8, part.WeightLength);
                TakeTaps(weights.Pointer, g, vertical.FirstTap, horizontal.FirstTap, part, taps.Pointer);
                var sums = engine.Scratch.Tensor(KeptTensor.Sums, delta.Type, part.InputLength);
                products.Error(e, taps, part, sums);
                Spread(sums, g, row, column, delta);
            }
        }
    }

    /// <summary>Every stride-th tap of every filter.</summary>
    private static void TakeTaps(sbyte* from, in ConvGeometry g, int firstRow, int firstColumn, in ConvGeometry part, sbyte* to)
    {
        for (var f = 0; f < g.Filters; f++)
        {
            for (var y = 0; y < part.KernelHeight; y++)
            {
                for (var x = 0; x < part.KernelWidth; x++, to += g.Channels)
                {
                    var tap = ((((long)f * g.KernelHeight) + firstRow + (y * g.Stride)) * g.KernelWidth) + firstColumn + (x * g.Stride);
                    new ReadOnlySpan<sbyte>(from + (tap * g.Channels), g.Channels).CopyTo(new Span<sbyte>(to, g.Channels));
                }
            }
        }
    }

    /// <summary>delta[n, row + s i, column + s j] = sums[n, i, j], or 0 without sums.</summary>
    private void Spread(HostTensor? sums, in ConvGeometry g, int row, int column, Tensor delta)
    {
        var geometry = g;
        engine.Pool.Run(g.Batch, (sums, geometry, row, column, delta), static (in s, image, _) =>
        {
            if (s.delta is HostTensor<int> narrow) Spread((s.sums as HostTensor<int>)?.Pointer, s.geometry, image, s.row, s.column, narrow.Pointer);
            else Spread((s.sums as HostTensor<long>)?.Pointer, s.geometry, image, s.row, s.column, ((HostTensor<long>)s.delta).Pointer);
        });
    }

    private static void Spread<T>(T* sums, in ConvGeometry g, int image, int row, int column, T* delta)
        where T : unmanaged
    {
        var (height, width) = (StrideRest.Count(g.Height, row, g.Stride), StrideRest.Count(g.Width, column, g.Stride));
        var from = sums + ((long)image * height * width * g.Channels);
        for (var y = 0; y < height; y++)
        {
            var to = delta + (((((long)image * g.Height) + row + (y * g.Stride)) * g.Width) + column) * g.Channels;
            for (var x = 0; x < width; x++, from += g.Channels, to += (long)g.Stride * g.Channels)
            {
                var pixel = new Span<T>(to, g.Channels);
                if (sums is null) pixel.Clear();
                else new ReadOnlySpan<T>(from, g.Channels).CopyTo(pixel);
            }
        }
    }
}
