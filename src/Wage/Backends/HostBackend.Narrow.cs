using Wage.Backends.Host;
using Wage.Tensors;

namespace Wage.Backends;

/// <content>Forward and error products of ternary and other narrow weights with int8 data: a byte to a term, twice the rate.</content>
public sealed unsafe partial class HostBackend
{
    /// <summary>
    /// The quads of which 16 bits hold the sum with these weights; 0 where bytes are not the way: no AVX2, data of 16 bits, sums of 64, or
    /// weights so wide that widening would cost more than it gains.
    /// </summary>
    private int NarrowSteps(Tensor data, HostTensor<sbyte> weights, int terms, Tensor? sums)
    {
        if (!narrow || data is not HostTensor<sbyte> || sums is not (null or HostTensor<int>)) return 0;
        var weight = (int)MaxAbs(weights);
        var fits = weight <= NarrowTile.MostWeight && 3L * NarrowProduct.Bias * Math.Max(1, weight) * terms <= int.MaxValue;
        return fits ? NarrowTile.Steps(weight) : 0;
    }

    /// <summary>Panels of filters, [panel][ky][quad of (kx, channel)][16][4].</summary>
    private NarrowProduct NarrowForward(HostTensor<sbyte> w, in ConvGeometry g, int steps)
    {
        var (product, geometry) = (NarrowPanels(g.Filters, g.KernelHeight, g.KernelWidth * g.Channels, steps), g);
        pool.Run(TileProduct.PanelCount(g.Filters), (product, w, geometry), static (in s, panel, _) =>
        {
            var (g, terms, first) = (s.geometry, s.geometry.KernelWidth * s.geometry.Channels, panel * TileLoop.Columns);
            var run = s.product.Loop.Inner * NarrowLoop.QuadLength;
            var to = s.product.Panels + ((long)panel * g.KernelHeight * run);
            var from = s.w.Pointer + ((long)first * g.FanIn);
            for (var ky = 0; ky < g.KernelHeight; ky++)
                NarrowPacking.Transpose(from + (ky * terms), g.FanIn, Math.Min(TileLoop.Columns, g.Filters - first), terms, to + (ky * run));
            NarrowPacking.Start(to, s.product.Loop.Quads, s.product.Start + first);
        });
        return product;
    }

    /// <summary>Panels of channels of the mirrored filters, [panel][KH - 1 - ky][quad of (KW - 1 - kx, filter)][16][4].</summary>
    private NarrowProduct NarrowBackward(HostTensor<sbyte> w, in ConvGeometry g, int steps)
    {
        var (product, geometry) = (NarrowPanels(g.Channels, g.KernelHeight, g.KernelWidth * g.Filters, steps), g);
        pool.Run(TileProduct.PanelCount(g.Channels), (product, w, geometry), static (in s, panel, _) =>
        {
            var (g, first) = (s.geometry, panel * TileLoop.Columns);
            var to = s.product.Panels + ((long)panel * s.product.Loop.Quads * NarrowLoop.QuadLength);
            for (var run = 0; run < g.KernelHeight; run++)
            {
                var line = s.w.Pointer + ((long)(g.KernelHeight - 1 - run) * g.KernelWidth * g.Channels) + first;
                for (var term = 0; term < g.KernelWidth * g.Filters; term += NarrowLoop.Quad, to += NarrowLoop.QuadLength)
                {
                    NarrowPacking.Interleave(
                        Row(line, g, term), Row(line, g, term + 1), Row(line, g, term + 2), Row(line, g, term + 3),
                        Math.Min(TileLoop.Columns, g.Channels - first), to);
                }
            }

            to = s.product.Panels + ((long)panel * s.product.Loop.Quads * NarrowLoop.QuadLength);
            NarrowPacking.Start(to, s.product.Loop.Quads, s.product.Start + first);
        });
        return product;

        static sbyte* Row(sbyte* line, in ConvGeometry g, int term)
        {
            if (term >= g.KernelWidth * g.Filters) return null;
            var (kx, filter) = Math.DivRem(term, g.Filters);
            return line + ((long)filter * g.FanIn) + ((long)(g.KernelWidth - 1 - kx) * g.Channels);
        }
    }

    private NarrowProduct NarrowPanels(int columns, int runs, int terms, int steps)
    {
        var (count, loop) = (TileProduct.PanelCount(columns), new NarrowLoop(runs, NarrowPacking.Quads(terms), 0));
        return new NarrowProduct
        {
            Panels = panels.Ensure<sbyte>((long)count * loop.Quads * NarrowLoop.QuadLength),
            Start = starts.Ensure<int>(count * TileLoop.Columns),
            Columns = columns,
            Loop = loop,
            Steps = steps,
        };
    }

    private void NarrowMultiply(HostTensor<sbyte> data, NarrowProduct product, in ConvGeometry g, int terms, PlaneGeometry plane, HostTensor<int>? sums, ImageStage? stage = null)
    {
        if (IsDense(g)) NarrowMultiplyRows(data, g.Batch, terms, product, sums!);
        else NarrowCorrelate(data, plane, product, sums, stage);
    }

    /// <summary>As <see cref="Correlate"/>.</summary>
    private void NarrowCorrelate(HostTensor<sbyte> source, PlaneGeometry p, NarrowProduct product, HostTensor<int>? destination, ImageStage? stage)
    {
        product.Offsets = RowOffsets(p);
        product.Loop = product.Loop with { OuterStep = (nint)p.PlaneWidth * p.Channels };
        var (images, count) = (source.Length / p.ImageLength, TileProduct.PanelCount(product.Columns));
        var parts = stage is null ? Parts(images, count) : 1;
        pool.Run(images * parts, (product, source, p, destination, planes, parts, count, stage, accumulators, windows), static (in s, item, worker) =>
        {
            var ((image, part), p) = (Math.DivRem(item, s.parts), s.p);
            var (product, pixels) = (s.product, p.OutputHeight * p.OutputWidth);
            product.A = s.planes[worker].Ensure<byte>(p.PlaneLength);
            p.Fill(s.source.Pointer + ((long)image * p.ImageLength), product.A);
            if (s.stage is not null)
            {
                var sums = s.accumulators[worker].Ensure<int>((long)pixels * product.Columns);
                product.Into(sums, product.Columns, 0, pixels, 0, s.count);
                s.stage.Run(image, sums, s.windows[worker].Ensure<int>(product.Columns));
                return;
            }

            product.Into(
                s.destination!.Pointer + ((long)image * pixels * product.Columns), product.Columns, 0, pixels,
                s.count * part / s.parts, s.count * (part + 1) / s.parts);
        });
    }

    /// <summary>As <see cref="MultiplyRows"/>.</summary>
    private void NarrowMultiplyRows(HostTensor<sbyte> a, int count, int terms, NarrowProduct product, HostTensor<int> c)
    {
        product.A = rows.Ensure<byte>(a.Length);
        Ranges(a.Length, (a, product), static (in s, start, n) => NarrowPacking.Biased(s.a.Pointer + start, s.product.A + start, n));
        product.Offsets = RowOffsets(count, terms);
        var blocks = (count + RowBlock - 1) / RowBlock;
        pool.Run(TileProduct.PanelCount(product.Columns) * blocks, (product, c, count, blocks), static (in s, item, _) =>
        {
            var (panel, first) = (item / s.blocks, item % s.blocks * RowBlock);
            s.product.Into(s.c.Pointer, s.product.Columns, first, Math.Min(s.count, first + RowBlock), panel, panel + 1);
        });
    }
}
