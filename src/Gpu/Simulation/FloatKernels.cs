using ILGPU;
using Wage.Gpu.Kernels;
using Wage.Simulation.Products;

namespace Wage.Gpu.Simulation;

/// <summary>
/// The float32 products, each sum in the order of <see cref="FloatSum"/>: the bits of <see cref="FloatDefinition"/>. A thread makes four sums that
/// share an operand, one after the other past the last one.
/// </summary>
internal static class FloatKernels
{
    /// <summary>Sums of a thread.</summary>
    public const int Block = 4;

    /// <summary>
    /// y[n,oy,ox | f] = bias[f] + the sum of x[n, oy s + ky - top, ox s + kx - left, c] w[f | ky,kx,c]; an item is a position and filters.
    /// </summary>
    public static void Forward(ArrayView<float> x, ArrayView<float> w, ArrayView<float> bias, ArrayView<float> y, ProductShape s, long items)
    {
        for (var item = Threads.First; item < items; item += Threads.Step)
        {
            int position = (int)(item / s.Columns), first = First((int)(item % s.Columns), s.GroupFilters, out var end);
            int line = position / s.OutputWidth, top = (line % s.OutputHeight * s.Stride) - s.Top;
            var left = (position % s.OutputWidth * s.Stride) - s.Left;
            int image = line / s.OutputHeight * s.Height, channel = first / s.GroupFilters * s.GroupChannels;
            int f1 = Math.Min(first + 1, end - 1), f2 = Math.Min(first + 2, end - 1), f3 = Math.Min(first + 3, end - 1);
            var sums = new FloatSums(bias[first], bias[f1], bias[f2], bias[f3]);
            int w0 = first * s.Terms, w1 = f1 * s.Terms, w2 = f2 * s.Terms, w3 = f3 * s.Terms, term = 0;
            for (var ky = 0; ky < s.KernelHeight; ky++)
            {
                for (var kx = 0; kx < s.KernelWidth; kx++)
                {
                    int row = top + ky, column = left + kx;
                    var isInside = row >= 0 && column >= 0 && row < s.Height && column < s.Width;
                    var from = isInside ? ((((image + row) * s.Width) + column) * s.Channels) + channel : 0;
                    for (var c = 0; c < s.GroupChannels; c++, term++)
                        sums = FloatSums.Add(sums, isInside ? x[from + c] : 0f, w[w0 + term], w[w1 + term], w[w2 + term], w[w3 + term]);
                }
            }

            sums = FloatSums.End(sums);
            var to = position * s.Filters;
            y[to + f3] = sums.E3;
            y[to + f2] = sums.E2;
            y[to + f1] = sums.E1;
            y[to + first] = sums.E0;
        }
    }

    /// <summary>delta[n,h,w | c], the taps that this input meets from the last to the first; an item is an input position and channels.</summary>
    public static void Error(ArrayView<float> e, ArrayView<float> w, ArrayView<float> delta, ProductShape s, long items)
    {
        for (var item = Threads.First; item < items; item += Threads.Step)
        {
            int position = (int)(item / s.Columns), first = First((int)(item % s.Columns), s.GroupChannels, out var end);
            int line = position / s.Width, top = (line % s.Height) + s.Top, left = (position % s.Width) + s.Left;
            int image = line / s.Height * s.OutputHeight, group = first / s.GroupChannels, c0 = first % s.GroupChannels;
            int last = end - first - 1, c1 = c0 + Math.Min(1, last), c2 = c0 + Math.Min(2, last), c3 = c0 + Math.Min(3, last);
            var sums = new FloatSums(0f, 0f, 0f, 0f);
            for (var ky = s.KernelHeight - 1; ky >= 0; ky--)
            {
                for (var kx = s.KernelWidth - 1; kx >= 0; kx--)
                {
                    int row = top - ky, column = left - kx;
                    if (row % s.Stride != 0 || column % s.Stride != 0) continue;
                    int oy = row / s.Stride, ox = column / s.Stride;
                    var isInside = row >= 0 && column >= 0 && oy < s.OutputHeight && ox < s.OutputWidth;
                    var from = isInside ? ((((image + oy) * s.OutputWidth) + ox) * s.Filters) + (group * s.GroupFilters) : 0;
                    for (var j = 0; j < s.GroupFilters; j++)
                    {
                        var tap = (((((group * s.GroupFilters) + j) * s.KernelHeight) + ky) * s.KernelWidth) + kx;
                        var at = tap * s.GroupChannels;
                        sums = FloatSums.Add(sums, isInside ? e[from + j] : 0f, w[at + c0], w[at + c1], w[at + c2], w[at + c3]);
                    }
                }
            }

            sums = FloatSums.End(sums);
            var to = (position * s.Channels) + (group * s.GroupChannels);
            delta[to + c3] = sums.E3;
            delta[to + c2] = sums.E2;
            delta[to + c1] = sums.E1;
            delta[to + c0] = sums.E0;
        }
    }

    /// <summary>gradient[f | ky,kx,c], the terms are the output positions; an item is a filter and values of its weights.</summary>
    public static void Gradient(ArrayView<float> x, ArrayView<float> e, ArrayView<float> gradient, ProductShape s, long items)
    {
        for (var item = Threads.First; item < items; item += Threads.Step)
        {
            int f = (int)(item / s.Columns), t0 = First((int)(item % s.Columns), s.Terms, out var end);
            int t1 = Math.Min(t0 + 1, end - 1), t2 = Math.Min(t0 + 2, end - 1), t3 = Math.Min(t0 + 3, end - 1);
            var channel = f / s.GroupFilters * s.GroupChannels;
            var sums = new FloatSums(0f, 0f, 0f, 0f);
            for (var position = 0; position < s.Rows; position++)
            {
                sums = FloatSums.Add(
                    sums, e[(position * s.Filters) + f], Window(x, s, position, t0, channel), Window(x, s, position, t1, channel),
                    Window(x, s, position, t2, channel), Window(x, s, position, t3, channel));
            }

            sums = FloatSums.End(sums);
            var to = f * s.Terms;
            gradient[to + t3] = sums.E3;
            gradient[to + t2] = sums.E2;
            gradient[to + t1] = sums.E1;
            gradient[to + t0] = sums.E0;
        }
    }

    /// <summary>The first of a block of values that are cut into groups of so many; the end of its group.</summary>
    private static int First(int block, int group, out int end)
    {
        var blocks = (group + 3) >> 2;
        end = ((block / blocks) + 1) * group;
        return (block / blocks * group) + (block % blocks * Block);
    }

    private static float Window(ArrayView<float> x, ProductShape s, int position, int term, int channel)
    {
        int tap = term / s.GroupChannels, line = position / s.OutputWidth;
        var row = (line % s.OutputHeight * s.Stride) + (tap / s.KernelWidth) - s.Top;
        var column = (position % s.OutputWidth * s.Stride) + (tap % s.KernelWidth) - s.Left;
        if (row < 0 || column < 0 || row >= s.Height || column >= s.Width) return 0f;
        return x[((((line / s.OutputHeight * s.Height) + row) * s.Width) + column) * s.Channels + channel + (term % s.GroupChannels)];
    }
}

/// <summary>Four sums that share an operand: the elements so far, and their blocks.</summary>
internal readonly struct FloatSums(float e0, float e1, float e2, float e3)
{
    public readonly float E0 = e0, E1 = e1, E2 = e2, E3 = e3;
    private readonly float b0, b1, b2, b3;
    private readonly int terms;

    private FloatSums(float e0, float e1, float e2, float e3, float b0, float b1, float b2, float b3, int terms)
        : this(e0, e1, e2, e3) => (this.b0, this.b1, this.b2, this.b3, this.terms) = (b0, b1, b2, b3, terms);

    /// <summary>With the next term of each, a times the operand of its own.</summary>
    public static FloatSums Add(in FloatSums s, float a, float x0, float x1, float x2, float x3)
    {
        float b0 = FloatArithmetic.MultiplyAdd(a, x0, s.b0), b1 = FloatArithmetic.MultiplyAdd(a, x1, s.b1);
        float b2 = FloatArithmetic.MultiplyAdd(a, x2, s.b2), b3 = FloatArithmetic.MultiplyAdd(a, x3, s.b3);
        var next = new FloatSums(s.E0, s.E1, s.E2, s.E3, b0, b1, b2, b3, s.terms + 1);
        return next.terms < FloatTile.BlockTerms ? next : End(next);
    }

    /// <summary>With the block added.</summary>
    public static FloatSums End(in FloatSums s) => s.terms == 0 ? s : new(
        FloatArithmetic.MultiplyAdd(1f, s.b0, s.E0), FloatArithmetic.MultiplyAdd(1f, s.b1, s.E1), FloatArithmetic.MultiplyAdd(1f, s.b2, s.E2),
        FloatArithmetic.MultiplyAdd(1f, s.b3, s.E3));
}
