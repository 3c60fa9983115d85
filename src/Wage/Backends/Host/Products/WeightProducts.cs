using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>The forward product and the error product of a layer without groups: how weights become panels.</summary>
internal sealed unsafe class WeightProducts(HostEngine engine, TileDriver tiles)
{
    private readonly WorkerPool pool = engine.Pool;
    private readonly WinogradProduct winograd = new(engine, tiles);

    /// <summary>The forward product into sums, or, without sums, image by image into a stage.</summary>
    public void Forward(Tensor x, HostTensor<sbyte> w, in ConvGeometry g, Tensor? sums, ImageStage? stage)
    {
        var product = tiles.Product(x, w, g.Filters, g.KernelHeight, g.KernelWidth * g.Channels, sums);
        var plane = PlaneGeometry.OfInputs(g) with { Value = g.Padding.Value };
        if (winograd.Takes(x, w, product, plane, sums))
        {
            winograd.Run((HostTensor<sbyte>)x, w, false, plane, g.Filters, sums, stage);
            return;
        }

        pool.Run(TileProduct.PanelCount(g.Filters), (w, product, geometry: g), static (in s, panel, _) =>
            PackFilters(s.w.Pointer, s.geometry, s.product, panel));
        tiles.Multiply(x, product, g, plane, sums, stage);
    }

    /// <summary>The error product into sums, or, without sums, image by image into a stage.</summary>
    public void Error(Tensor e, HostTensor<sbyte> w, in ConvGeometry g, Tensor? delta, ImageStage? stage = null)
    {
        var product = tiles.Product(e, w, g.Channels, g.KernelHeight, g.KernelWidth * g.Filters, delta);
        var plane = PlaneGeometry.OfErrors(g);
        if (winograd.Takes(e, w, product, plane, delta))
        {
            winograd.Run((HostTensor<sbyte>)e, w, true, plane, g.Channels, delta, stage);
            return;
        }

        pool.Run(TileProduct.PanelCount(g.Channels), (w, product, geometry: g), static (in s, panel, _) =>
            PackMirrored(s.w.Pointer, s.geometry, s.product, panel));
        tiles.Multiply(e, product, g, plane, delta, stage);
    }

    /// <summary>A panel of 16 filters, [ky][step of (kx, channel)][16][terms].</summary>
    private static void PackFilters(sbyte* w, in ConvGeometry g, in TileProduct product, int panel)
    {
        var (first, terms, run) = (panel * TileLoop.Columns, g.KernelWidth * g.Channels, product.Loop.Inner * TileLoop.StepBytes);
        var columns = Math.Min(TileLoop.Columns, g.Filters - first);
        var to = product.Panel(panel);
        var from = w + ((long)first * g.FanIn);
        for (var ky = 0; ky < g.KernelHeight; ky++, from += terms, to += run)
        {
            if (product.Start is not null) QuadPacking.Transpose(from, g.FanIn, columns, terms, (sbyte*)to);
            else Packing.Transpose(from, g.FanIn, columns, terms, (short*)to);
        }

        product.SetStart(panel);
    }

    /// <summary>A panel of 16 channels of the mirrored filters, [KH - 1 - ky][step of (KW - 1 - kx, filter)][16][terms].</summary>
    private static void PackMirrored(sbyte* w, in ConvGeometry g, in TileProduct product, int panel)
    {
        var (first, terms, step) = (panel * TileLoop.Columns, g.KernelWidth * g.Filters, product.Kernel.Terms);
        var columns = Math.Min(TileLoop.Columns, g.Channels - first);
        var to = product.Panel(panel);
        var rows = stackalloc sbyte*[TileLoop.Quad];
        for (var ky = g.KernelHeight - 1; ky >= 0; ky--)
        {
            var row = w + ((((long)ky * g.KernelWidth) + g.KernelWidth - 1) * g.Channels) + first;
            var filter = 0;
            for (var term = 0; term < terms; term += step, to += TileLoop.StepBytes)
            {
                for (var i = 0; i < step; i++)
                {
                    rows[i] = term + i < terms ? row : null;
                    row += g.FanIn;
                    if (++filter < g.Filters) continue;
                    filter = 0;
                    row -= ((long)g.Filters * g.FanIn) + g.Channels;
                }

                StepPacking.Interleave(step, rows, columns, (int*)to, TileLoop.Columns, 0);
            }
        }

        product.SetStart(panel);
    }
}
