using Wage.Backends;

namespace Wage.Simulation.Products;

/// <summary>
/// The weights' gradient as the product of the transposed errors with windows: a thread takes some panels of columns (ky, kx, c) and some filters,
/// and goes through all positions, block by block.
/// </summary>
internal static unsafe class GradientProduct
{
    /// <summary>Values that a thread needs: a block of errors and a panel of windows.</summary>
    public static long StripLength(in ConvGeometry g, int lanes) =>
        (FloatTile.BlockTerms * (g.GroupFilters + FloatTile.Rows(lanes) + (long)FloatTile.Width(lanes))) + FloatTile.Width(lanes);

    /// <summary>gradient [F,KH,KW,C/G] of x [N,H,W,C] and e [N,OH,OW,F].</summary>
    public static void Run(FloatEngine engine, in ConvGeometry g, float* x, float* e, float* gradient)
    {
        var (panels, rows) = (new FloatPanels(g.Positions, g.FanIn, FloatTile.Width(engine.Lanes)), FloatTile.Rows(engine.Lanes));
        engine.Reserve(StripLength(g, engine.Lanes));
        var wanted = Math.Max(1, 2 * engine.Workers / g.Groups);
        var across = Math.Min(panels.Count, wanted);
        var down = Math.Min((g.GroupFilters + rows - 1) / rows, Math.Max(1, wanted / across));
        var filters = (((g.GroupFilters + down - 1) / down) + rows - 1) / rows * rows;
        var work = new Work(g, panels.Width, (nint)x, (nint)e, (nint)gradient, (panels.Count + across - 1) / across, filters);
        engine.Run(g.Groups * down * across, (engine, work, down, across), static (in s, item, worker) =>
        {
            var (rest, part) = Math.DivRem(item, s.across);
            var (group, filters) = Math.DivRem(rest, s.down);
            Part(s.engine, s.work, group, filters * s.work.Filters, part * s.work.Panels * s.work.Width, worker);
        });
    }

    private static void Part(FloatEngine engine, in Work w, int group, int filter, int column, int worker)
    {
        var (g, rows, width) = (w.Geometry, FloatTile.Rows(engine.Lanes), w.Width);
        var (filters, columns) = (Math.Min(w.Filters, g.GroupFilters - filter), Math.Min(w.Panels * width, g.FanIn - column));
        if (filters <= 0 || columns <= 0) return;
        var zeros = engine.Strip(worker);
        var windows = zeros + width;
        var errors = windows + (FloatTile.BlockTerms * width);
        new Span<float>(zeros, width * (1 + FloatTile.BlockTerms)).Clear();
        filter += group * g.GroupFilters;
        for (var first = 0; first < g.Positions; first += FloatTile.BlockTerms)
        {
            var count = Math.Min(FloatTile.BlockTerms, g.Positions - first);
            for (var row = 0; row < filters; row += rows)
            {
                var from = (float*)w.E + ((nint)first * g.Filters) + filter + row;
                FloatPanels.FromRows(from, g.Filters, count, Math.Min(rows, filters - row), errors + (row * count), rows);
            }

            for (var done = 0; done < columns; done += width)
            {
                var most = Math.Min(width, columns - done);
                FloatWindows.Write((float*)w.X, g, group, first, count, column + done, most, windows, width);
                for (var row = 0; row < filters; row += rows)
                {
                    FloatTile.Add(
                        width / 2, new FloatRows((nint)(errors + (row * count)), 1, rows), Math.Min(rows, filters - row), windows, count,
                        first == 0 ? zeros : null, (float*)w.Gradient + ((nint)(filter + row) * g.FanIn) + column + done, g.FanIn, most);
                }
            }
        }
    }

    /// <param name="Geometry">The convolution.</param>
    /// <param name="Width">Columns of a panel.</param>
    /// <param name="X">[N,H,W,C].</param>
    /// <param name="E">[N,OH,OW,F].</param>
    /// <param name="Gradient">[F,KH,KW,C/G].</param>
    /// <param name="Panels">The most panels of a part.</param>
    /// <param name="Filters">The most filters of a part.</param>
    private readonly record struct Work(ConvGeometry Geometry, int Width, nint X, nint E, nint Gradient, int Panels, int Filters);
}
