using Wage.Backends;

namespace Wage.Simulation.Products;

/// <summary>
/// The float32 products as plain loops: what <see cref="FloatEngine"/> must give to the last bit. What lies outside an image is 0 and takes part as
/// a term.
/// </summary>
internal static class FloatDefinition
{
    /// <summary>y[n,oy,ox,f] = bias[f] + the sum over ky, kx, c of x[n, oy stride + ky - top, ox stride + kx - left, c] w[f,ky,kx,c].</summary>
    public static void Convolve(FloatTensor x, FloatTensor w, FloatTensor? bias, in ConvGeometry g, FloatTensor y)
    {
        for (var i = 0; i < y.Span.Length; i++)
        {
            var (position, f) = (i / g.Filters, i % g.Filters);
            var sum = new FloatSum(bias is null ? 0 : bias.Span[f]);
            for (var term = 0; term < g.FanIn; term++)
                sum.Add(Input(x.Span, g, position, term, f / g.GroupFilters), w.Span[(f * g.FanIn) + term]);

            y.Span[i] = sum.Value;
        }
    }

    /// <summary>
    /// delta[n,y,x,c] = the sum over oy, ox, f of e[n,oy,ox,f] w[f, y + top - oy stride, x + left - ox stride, c]: oy and ox upwards through every
    /// position, in the image of e or not, for which that tap is one of the kernel's, f through the filters of c's group.
    /// </summary>
    public static void ConvolveError(FloatTensor e, FloatTensor w, in ConvGeometry g, FloatTensor delta)
    {
        for (var i = 0; i < delta.Span.Length; i++)
        {
            var (c, at) = (i % g.Channels, i / g.Channels);
            var (n, y, x) = (at / (g.Height * g.Width), at / g.Width % g.Height, at % g.Width);
            var sum = new FloatSum(0);
            for (var ky = g.KernelHeight - 1; ky >= 0; ky--)
            {
                for (var kx = g.KernelWidth - 1; kx >= 0; kx--)
                {
                    if ((y + g.Padding.Top - ky) % g.Stride != 0 || (x + g.Padding.Left - kx) % g.Stride != 0) continue;
                    var (oy, ox) = ((y + g.Padding.Top - ky) / g.Stride, (x + g.Padding.Left - kx) / g.Stride);
                    for (var j = 0; j < g.GroupFilters; j++)
                    {
                        var f = (c / g.GroupChannels * g.GroupFilters) + j;
                        var tap = (((f * g.KernelHeight) + ky) * g.KernelWidth) + kx;
                        sum.Add(Error(e.Span, g, n, oy, ox, f), w.Span[(tap * g.GroupChannels) + (c % g.GroupChannels)]);
                    }
                }
            }

            delta.Span[i] = sum.Value;
        }
    }

    /// <summary>gradient[f,ky,kx,c] = the sum over n, oy, ox of x[n, oy stride + ky - top, ox stride + kx - left, c] e[n,oy,ox,f].</summary>
    public static void ConvolveGradient(FloatTensor x, FloatTensor e, in ConvGeometry g, FloatTensor gradient)
    {
        for (var i = 0; i < gradient.Span.Length; i++)
        {
            var (f, term) = (i / g.FanIn, i % g.FanIn);
            var sum = new FloatSum(0);
            for (var position = 0; position < g.Positions; position++)
                sum.Add(Input(x.Span, g, position, term, f / g.GroupFilters), e.Span[(position * g.Filters) + f]);

            gradient.Span[i] = sum.Value;
        }
    }

    /// <summary>sums[f] = the sum over all positions of e[position,f].</summary>
    public static void SumPositions(FloatTensor e, FloatTensor sums)
    {
        var filters = sums.Span.Length;
        for (var f = 0; f < filters; f++)
        {
            var sum = new FloatSum(0);
            for (var i = f; i < e.Span.Length; i += filters) sum.Add(e.Span[i], 1);
            sums.Span[f] = sum.Value;
        }
    }

    /// <summary>What a term (ky, kx, c) of a group reads at an output position (n, oy, ox).</summary>
    private static float Input(ReadOnlySpan<float> x, in ConvGeometry g, int position, int term, int group)
    {
        var (image, at) = Math.DivRem(position, g.OutputHeight * g.OutputWidth);
        var (tap, c) = Math.DivRem(term, g.GroupChannels);
        var row = (at / g.OutputWidth * g.Stride) + (tap / g.KernelWidth) - g.Padding.Top;
        var column = (at % g.OutputWidth * g.Stride) + (tap % g.KernelWidth) - g.Padding.Left;
        if (row < 0 || row >= g.Height || column < 0 || column >= g.Width) return 0;
        return x[(((((image * g.Height) + row) * g.Width) + column) * g.Channels) + (group * g.GroupChannels) + c];
    }

    private static float Error(ReadOnlySpan<float> e, in ConvGeometry g, int n, int oy, int ox, int f) =>
        oy < 0 || oy >= g.OutputHeight || ox < 0 || ox >= g.OutputWidth
            ? 0 : e[(((((n * g.OutputHeight) + oy) * g.OutputWidth) + ox) * g.Filters) + f];
}

/// <summary>
/// The one order of every sum. Terms come in blocks of 256: a block's sum begins at 0 and takes its terms one after the other, each by one fused
/// multiply-add; the element begins with its start and takes the blocks' sums one after the other.
/// </summary>
internal struct FloatSum(float start)
{
    private float element = start;
    private float block;
    private int terms;

    /// <summary>The element with what came so far.</summary>
    public readonly float Value => terms == 0 ? element : element + block;

    /// <summary>Takes the term a b.</summary>
    public void Add(float a, float b)
    {
        block = MathF.FusedMultiplyAdd(a, b, block);
        if (++terms < FloatTile.BlockTerms) return;
        element += block;
        (block, terms) = (0, 0);
    }
}
