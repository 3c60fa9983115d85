using Wage.Backends.Host;
using Wage.Tensors;

namespace Wage.Backends;

/// <content>The three products of a layer: which rows, panels and walk each of them is.</content>
public sealed unsafe partial class HostBackend
{
    /// <summary>Rows of a matrix that are an item of work: a few tiles.</summary>
    private const int RowBlock = 2 * TileKernel.WholeRows;

    /// <inheritdoc/>
    public void Convolve(Tensor x, Tensor w, in ConvGeometry g, Tensor accumulator)
    {
        Require(x, g.InputLength);
        Require(w, g.WeightLength);
        Require(accumulator, g.OutputLength);
        if (g.Groups > 1 && !IsDepthwise(g)) GroupedForward(x, w, g, accumulator);
        else Forward(x, w, g, accumulator, null);
    }

    /// <summary>The forward product into sums, or, without sums, image by image into a stage.</summary>
    private void Forward(Tensor x, Tensor w, in ConvGeometry g, Tensor? sums, ImageStage? stage)
    {
        var weights = (HostTensor<sbyte>)w;
        if (g.Groups > 1)
        {
            DepthwiseForward((HostTensor<sbyte>)x, weights, g, sums, stage);
            return;
        }

        if (ByteKernel(x, weights, g.FanIn, sums, out var steps) is { } kernel)
        {
            var product = ForwardBytes(weights, g, kernel, steps);
            MultiplyBytes((HostTensor<sbyte>)x, product, g, g.Channels, ForwardPlaneOf(g), (HostTensor<int>?)sums, stage);
            return;
        }

        var (filters, terms, runs) = (g.Filters, g.KernelWidth * g.Channels, g.KernelHeight);
        var run = TileProduct.Pairs(terms) * TileLoop.PairLength;
        var packed = panels.Ensure<short>((long)TileProduct.PanelCount(filters) * runs * run);
        pool.Run(TileProduct.PanelCount(filters) * runs, (weights, filters, terms, runs, run, packed: (nint)packed), static (in s, item, _) =>
        {
            var (panel, ky) = Math.DivRem(item, s.runs);
            var first = panel * TileLoop.Columns;
            var from = s.weights.Pointer + ((((long)first * s.runs) + ky) * s.terms);
            var to = (short*)s.packed + ((long)item * s.run);
            Packing.Transpose(from, s.runs * s.terms, Math.Min(TileLoop.Columns, s.filters - first), s.terms, to);
        });
        if (IsDense(g)) MultiplyRows(x, g.Batch, g.Channels, packed, g.Filters, sums!);
        else Correlate(x, ForwardPlaneOf(g), packed, g.Filters, sums, stage);
    }

    /// <inheritdoc/>
    public void ConvolveError(Tensor e, Tensor w, in ConvGeometry g, Tensor delta)
    {
        Require(e, g.OutputLength);
        Require(w, g.WeightLength);
        Require(delta, g.InputLength);
        var weights = (HostTensor<sbyte>)w;
        if (g.Groups > 1)
        {
            if (IsDepthwise(g)) DepthwiseError(e, weights, g, delta);
            else GroupedError(e, w, g, delta);
            return;
        }

        if (g.Stride > 1 && !IsDense(g))
        {
            StridedError(e, weights, g, delta);
            return;
        }

        if (ByteKernel(e, weights, g.FanOut, delta, out var steps) is { } kernel)
        {
            MultiplyBytes((HostTensor<sbyte>)e, BackwardBytes(weights, g, kernel, steps), g, g.Filters, ErrorPlaneOf(g), (HostTensor<int>)delta);
            return;
        }

        var geometry = g;
        var run = TileProduct.Pairs(g.KernelWidth * g.Filters) * TileLoop.PairLength;
        var packed = panels.Ensure<short>((long)TileProduct.PanelCount(g.Channels) * g.KernelHeight * run);
        pool.Run(TileProduct.PanelCount(g.Channels) * g.KernelHeight, (weights, geometry, run, packed: (nint)packed), static (in s, item, _) =>
        {
            var (panel, ky) = Math.DivRem(item, s.geometry.KernelHeight);
            PackFlipped(s.weights.Pointer, s.geometry, panel, ky, (short*)s.packed + ((long)item * s.run));
        });
        if (IsDense(g)) MultiplyRows(e, g.Batch, g.Filters, packed, g.Channels, delta);
        else Correlate(e, ErrorPlaneOf(g), packed, g.Channels, delta);
    }

    /// <inheritdoc/>
    public void ConvolveGradient(Tensor x, Tensor e, in ConvGeometry g, Tensor gradient)
    {
        Require(x, g.InputLength);
        Require(e, g.OutputLength);
        Require(gradient, g.WeightLength);
        var input = (HostTensor<sbyte>)x;
        if (g.Groups > 1)
        {
            if (!IsDepthwise(g)) GroupedGradient(x, e, g, gradient);
            else if (e is HostTensor<short> wide) DepthwiseGradient(input, wide, g, gradient);
            else DepthwiseGradient(input, (HostTensor<sbyte>)e, g, gradient);
            return;
        }

        if (e is HostTensor<sbyte> narrowErrors && TrySparseGradient(input, narrowErrors, g, gradient)) return;
        switch (e, IsDense(g))
        {
            case (HostTensor<sbyte> error, true): DenseGradient(input, error, g, gradient); break;
            case (HostTensor<sbyte> error, false): ConvolutionGradient(input, error, g, gradient); break;
            case (HostTensor<short> error, true): DenseGradient(input, error, g, gradient); break;
            case (HostTensor<short> error, false): ConvolutionGradient(input, error, g, gradient); break;
            default: throw new ArgumentException($"errors are Int8 or Int16, not {e.Type}", nameof(e));
        }
    }

    private static bool IsDense(in ConvGeometry g) =>
        (g.Height, g.Width, g.KernelHeight, g.KernelWidth) == (1, 1, 1, 1) && g.Padding == Padding.None;

    /// <summary>The filters of ky mirrored: panel of 16 channels, run KH - 1 - ky, terms (kx mirrored, filter).</summary>
    private static void PackFlipped(sbyte* weights, in ConvGeometry g, int panel, int run, short* to)
    {
        var first = panel * TileLoop.Columns;
        var columns = Math.Min(TileLoop.Columns, g.Channels - first);
        var terms = g.KernelWidth * g.Filters;
        var row = weights + ((((long)(g.KernelHeight - 1 - run) * g.KernelWidth) + g.KernelWidth - 1) * g.Channels) + first;
        sbyte* even = null;
        var filter = 0;
        for (var term = 0; term < terms; term++)
        {
            if ((term & 1) == 0) even = row;
            if ((term & 1) != 0 || term == terms - 1)
            {
                Packing.Interleave(even, (term & 1) != 0 ? row : null, columns, to, TileLoop.Columns);
                to += TileLoop.PairLength;
            }

            row += g.FanIn;
            if (++filter < g.Filters) continue;
            filter = 0;
            row -= ((long)g.Filters * g.FanIn) + g.Channels;
        }
    }

    /// <summary>Row i starts at i * step.</summary>
    private int* RowOffsets(int n, int step)
    {
        var all = offsets.Ensure<int>(TileProduct.RoundRows(n));
        for (var i = 0; i < n; i++) all[i] = i * step;
        return RepeatLast(all, n);
    }

    /// <summary>Whole tiles: the rows beyond the last are the last again.</summary>
    private static int* RepeatLast(int* all, int n)
    {
        for (var i = n; i < TileProduct.RoundRows(n); i++) all[i] = all[n - 1];
        return all;
    }

    /// <summary>
    /// c = a * panels for a [rows, terms]: a dense layer's forward product or its error. Blocks of rows times panels are the items.
    /// </summary>
    private void MultiplyRows(Tensor a, int count, int terms, short* packed, int columns, Tensor c)
    {
        var product = new TileProduct
        {
            Kernel = kernels.Words,
            A = Widened(a, kernels.Words.Excess(terms)),
            Offsets = RowOffsets(count, terms),
            Rows = count,
            Panels = packed,
            Columns = columns,
            Loop = new TileLoop(1, 1, TileProduct.Pairs(terms), 0, 0, 2),
            SafeSteps = SafePairs(a.Type),
        };
        var (blocks, panelCount) = ((count + RowBlock - 1) / RowBlock, TileProduct.PanelCount(columns));
        pool.Run(product.Kernel.Groups(panelCount) * blocks, (product, c, blocks, panelCount), static (in s, item, _) =>
        {
            var (group, first) = (item / s.blocks, item % s.blocks * RowBlock);
            var panel = group * s.product.Kernel.Panels;
            var lastPanel = Math.Min(s.panelCount, panel + s.product.Kernel.Panels);
            Into(s.product, s.c, s.product.Columns, first, Math.Min(s.product.Rows, first + RowBlock), panel, lastPanel, 0);
        });
    }

    private short* Widened(Tensor a, int excess)
    {
        var to = rows.Ensure<short>((long)a.Length + excess);
        Ranges(a.Length, (a, to: (nint)to), static (in s, start, n) =>
        {
            var to = (short*)s.to + start;
            if (s.a is HostTensor<short> wide) Packing.Widen(wide.Pointer + start, to, n);
            else Packing.Widen(((HostTensor<sbyte>)s.a).Pointer + start, to, n);
        });
        return to;
    }

    private static void Into(in TileProduct product, Tensor c, nint stride, int first, int last, int firstPanel, int lastPanel, long offset)
    {
        if (c is HostTensor<int> narrow) product.Into(narrow.Pointer + offset, stride, first, last, firstPanel, lastPanel, false);
        else product.Into(((HostTensor<long>)c).Pointer + offset, stride, first, last, firstPanel, lastPanel, false);
    }

    /// <summary>The pairs of products of errors or activations of this type with int8 that cannot leave int32.</summary>
    private static int SafePairs(ElementType type) => int.MaxValue / (type == ElementType.Int16 ? 1 << 15 : 1 << 7) / (1 << 7) / 2;
}
