using Wage.Backends.Host;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends;

/// <content>
/// Forward and error products of int8 data with int8 weights, of narrow ones alone where the instructions ask for it: a byte to a term, twice the
/// rate.
/// </content>
public sealed unsafe partial class HostBackend
{
    /// <summary>
    /// The kernel for such a product, with the quads of which 16 bits hold the sum with these weights; null where bytes are not the way: no
    /// kernel for them, data of 16 bits, sums of 64, or weights so wide that widening would cost more than it gains.
    /// </summary>
    private TileKernel? ByteKernel(Tensor data, HostTensor<sbyte> weights, int terms, Tensor? sums, out int steps)
    {
        steps = int.MaxValue;
        if (data is not HostTensor<sbyte> || sums is not (null or HostTensor<int>)) return null;
        if (kernels.Bytes is { } bytes) return bytes;
        if (kernels.Narrow is not { } narrow) return null;
        Reduce(weights, null, 0, default(MaxAbs), weightMaximum);
        var weight = (int)weightMaximum[0];
        steps = Avx2NarrowTile.Steps(weight);
        return weight <= narrow.MostWeight && 3L * QuadPacking.Bias * Math.Max(1, weight) * terms <= int.MaxValue ? narrow : null;
    }

    /// <summary>Panels of filters, [panel][ky][quad of (kx, channel)][16][4].</summary>
    private TileProduct ForwardBytes(HostTensor<sbyte> w, in ConvGeometry g, TileKernel kernel, int steps)
    {
        var (product, geometry) = (BytePanels(g.Filters, g.KernelHeight, g.KernelWidth * g.Channels, kernel, steps), g);
        pool.Run(TileProduct.PanelCount(g.Filters), (product, w, geometry), static (in s, panel, _) =>
        {
            var (g, terms, first) = (s.geometry, s.geometry.KernelWidth * s.geometry.Channels, panel * TileLoop.Columns);
            var run = s.product.Loop.Inner * TileLoop.StepBytes;
            var to = (sbyte*)s.product.Panels + ((long)panel * g.KernelHeight * run);
            var from = s.w.Pointer + ((long)first * g.FanIn);
            for (var ky = 0; ky < g.KernelHeight; ky++)
                QuadPacking.Transpose(from + (ky * terms), g.FanIn, Math.Min(TileLoop.Columns, g.Filters - first), terms, to + (ky * run));
            QuadPacking.Start(to, s.product.Loop.Steps, s.product.Start + first);
        });
        return product;
    }

    /// <summary>Panels of channels of the mirrored filters, [panel][KH - 1 - ky][quad of (KW - 1 - kx, filter)][16][4].</summary>
    private TileProduct BackwardBytes(HostTensor<sbyte> w, in ConvGeometry g, TileKernel kernel, int steps)
    {
        var (product, geometry) = (BytePanels(g.Channels, g.KernelHeight, g.KernelWidth * g.Filters, kernel, steps), g);
        pool.Run(TileProduct.PanelCount(g.Channels), (product, w, geometry), static (in s, panel, _) =>
        {
            var (g, first) = (s.geometry, panel * TileLoop.Columns);
            var to = (sbyte*)s.product.Panels + ((long)panel * s.product.Loop.Steps * TileLoop.StepBytes);
            for (var run = 0; run < g.KernelHeight; run++)
            {
                var line = s.w.Pointer + ((long)(g.KernelHeight - 1 - run) * g.KernelWidth * g.Channels) + first;
                for (var term = 0; term < g.KernelWidth * g.Filters; term += TileLoop.Quad, to += TileLoop.StepBytes)
                {
                    QuadPacking.Interleave(
                        Row(line, g, term), Row(line, g, term + 1), Row(line, g, term + 2), Row(line, g, term + 3),
                        Math.Min(TileLoop.Columns, g.Channels - first), to, TileLoop.Columns);
                }
            }

            to = (sbyte*)s.product.Panels + ((long)panel * s.product.Loop.Steps * TileLoop.StepBytes);
            QuadPacking.Start(to, s.product.Loop.Steps, s.product.Start + first);
        });
        return product;

        static sbyte* Row(sbyte* line, in ConvGeometry g, int term)
        {
            if (term >= g.KernelWidth * g.Filters) return null;
            var (kx, filter) = Math.DivRem(term, g.Filters);
            return line + ((long)filter * g.FanIn) + ((long)(g.KernelWidth - 1 - kx) * g.Channels);
        }
    }

    private TileProduct BytePanels(int columns, int runs, int terms, TileKernel kernel, int steps)
    {
        var (count, loop) = (TileProduct.PanelCount(columns),
            new TileLoop(1, runs, QuadPacking.Quads(terms), 0, 0, TileLoop.Quad) { SafeSteps = steps });
        return new TileProduct
        {
            Kernel = kernel,
            Panels = panels.Ensure<sbyte>((long)count * loop.Steps * TileLoop.StepBytes),
            Start = starts.Ensure<int>(count * TileLoop.Columns),
            Columns = columns,
            Loop = loop,
        };
    }

    private void MultiplyBytes(
        HostTensor<sbyte> data, TileProduct product, in ConvGeometry g, int terms, PlaneGeometry plane, HostTensor<int>? sums,
            ImageStage? stage = null)
    {
        if (IsDense(g)) MultiplyByteRows(data, g.Batch, terms, product, sums!);
        else CorrelateBytes(data, plane, product, sums, stage);
    }

    /// <summary>As <see cref="Correlate"/>.</summary>
    private void CorrelateBytes(HostTensor<sbyte> source, PlaneGeometry p, TileProduct product, HostTensor<int>? destination, ImageStage? stage)
    {
        product.Offsets = RowOffsets(p);
        product.Loop = product.Loop with { OuterStep = (nint)p.PlaneWidth * p.Channels };
        var (images, count) = (source.Length / p.ImageLength, TileProduct.PanelCount(product.Columns));
        var parts = stage is null ? Parts(images, count) : 1;
        pool.Run(images * parts, (product, source, p, destination, planes, parts, count, stage, accumulators, windows), static (in s, item, worker) =>
        {
            var ((image, part), p) = (Math.DivRem(item, s.parts), s.p);
            var (product, pixels) = (s.product, p.OutputHeight * p.OutputWidth);
            var plane = s.planes[worker].Ensure<byte>((long)p.PlaneLength + p.Excess(product.Kernel));
            product.A = plane;
            p.Fill(s.source.Pointer + ((long)image * p.ImageLength), plane, product.Kernel.Bias);
            if (s.stage is not null)
            {
                var sums = s.accumulators[worker].Ensure<int>((long)pixels * product.Columns);
                product.Into(sums, product.Columns, 0, pixels, 0, s.count, false);
                s.stage.Run(image, sums, s.windows[worker].Ensure<int>(s.stage.RowLength));
                return;
            }

            product.Into(
                s.destination!.Pointer + ((long)image * pixels * product.Columns), product.Columns, 0, pixels,
                s.count * part / s.parts, s.count * (part + 1) / s.parts, false);
        });
    }

    /// <summary>As <see cref="MultiplyRows"/>.</summary>
    private void MultiplyByteRows(HostTensor<sbyte> a, int count, int terms, TileProduct product, HostTensor<int> c)
    {
        var biased = rows.Ensure<byte>((long)a.Length + product.Kernel.Excess(terms));
        Ranges(a.Length, (a, to: (nint)biased, product.Kernel.Bias), static (in s, start, n) =>
            QuadPacking.Biased(s.a.Pointer + start, (byte*)s.to + start, n, s.Bias));
        product.A = biased;
        product.Offsets = RowOffsets(count, terms);
        var (blocks, panelCount) = ((count + RowBlock - 1) / RowBlock, TileProduct.PanelCount(product.Columns));
        pool.Run(product.Kernel.Groups(panelCount) * blocks, (product, c, count, blocks, panelCount), static (in s, item, _) =>
        {
            var (group, first) = (item / s.blocks, item % s.blocks * RowBlock);
            var panel = group * s.product.Kernel.Panels;
            var lastPanel = Math.Min(s.panelCount, panel + s.product.Kernel.Panels);
            s.product.Into(s.c.Pointer, s.product.Columns, first, Math.Min(s.count, first + RowBlock), panel, lastPanel, false);
        });
    }
}
