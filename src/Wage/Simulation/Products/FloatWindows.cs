using Wage.Backends;

namespace Wage.Simulation.Products;

/// <summary>What the outputs of a convolution read, as the rows of a matrix: a convolution is their product with the weights.</summary>
internal static unsafe class FloatWindows
{
    /// <summary>
    /// Writes [count, FanIn]: row i holds, in the order ky, kx, c, the values of a group's channels that output position first + i reads; 0 outside
    /// the image. A padding may be negative: an image of which the first rows are not read.
    /// </summary>
    public static void Write(float* x, in ConvGeometry g, int group, int first, int count, float* to)
    {
        var (height, width, channels) = (g.OutputHeight, g.OutputWidth, g.GroupChannels);
        for (var position = first; position < first + count; position++)
        {
            var (n, at) = Math.DivRem(position, height * width);
            var (top, left) = ((at / width * g.Stride) - g.Padding.Top, (at % width * g.Stride) - g.Padding.Left);
            for (var ky = 0; ky < g.KernelHeight; ky++)
            {
                var row = x + (((((nint)n * g.Height) + top + ky) * g.Width) * g.Channels) + (group * channels);
                for (var kx = 0; kx < g.KernelWidth; kx++, to += channels)
                {
                    var (isRow, column) = ((uint)(top + ky) < (uint)g.Height, left + kx);
                    var window = new Span<float>(to, channels);
                    if (!isRow || (uint)column >= (uint)g.Width) window.Clear();
                    else new ReadOnlySpan<float>(row + ((nint)column * g.Channels), channels).CopyTo(window);
                }
            }
        }
    }
}
