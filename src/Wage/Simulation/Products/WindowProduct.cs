using Wage.Backends;

namespace Wage.Simulation.Products;

/// <summary>
/// Convolutions as products of windows with weights: the weights are packed once for all threads, a thread takes some rows of windows, block by block
/// of terms, and some panels of weights.
/// </summary>
internal static unsafe class WindowProduct
{
    /// <summary>Output positions that one thread does at a time: a usual batch, whole tiles, and a block of them stays in its cache.</summary>
    private const int Rows = 128;

    /// <summary>From a row of a strip to the next: some more than a block, so that rows do not share the sets of a cache.</summary>
    private const int Stride = FloatTile.BlockTerms + 16;

    /// <summary>Values of the packed weights.</summary>
    public static long PackedLength(in ConvGeometry g, int lanes) => g.Groups * Panels(g, lanes).Length;

    /// <summary>Values of what the sums begin with, a row of panels.</summary>
    public static long StartLength(in ConvGeometry g, int lanes) => (long)g.Groups * Panels(g, lanes).Count * Panels(g, lanes).Width;

    /// <summary>Values that a thread needs.</summary>
    public static long StripLength(in ConvGeometry g) => (long)Rows * (Stride + g.Filters);

    /// <summary>Packs w [F,KH,KW,C/G].</summary>
    public static void Pack(FloatEngine engine, in ConvGeometry g, float* w, float* to) =>
        engine.Run(g.Groups * Panels(g, engine.Lanes).Count, (g, W: (nint)w, To: (nint)to, engine.Lanes), static (in s, item, _) =>
        {
            var (g, panels) = (s.g, Panels(s.g, s.Lanes));
            var (group, panel) = Math.DivRem(item, panels.Count);
            var (first, columns) = (panel * panels.Width, Math.Min(panels.Width, panels.Columns - (panel * panels.Width)));
            var w = (float*)s.W + ((((nint)group * g.GroupFilters) + first) * g.FanIn);
            for (var term = 0; term < g.FanIn; term += FloatTile.BlockTerms)
            {
                var to = (float*)s.To + (group * (nint)panels.Length) + panels.Offset(term, panel);
                FloatPanels.FromColumns(w + term, g.FanIn, Math.Min(FloatTile.BlockTerms, g.FanIn - term), columns, to, panels.Width);
            }
        });

    /// <summary>Packs w [F,KH,KW,C/G] as a phase of the error reads them: the columns are the channels of a group.</summary>
    public static void Pack(FloatEngine engine, in ErrorPhase phase, float* w, float* to)
    {
        var p = phase.Geometry;
        var state = (phase, p, W: (nint)w, To: (nint)to, engine.Lanes);
        engine.Run(p.Groups * Panels(p, engine.Lanes).Count, state, static (in s, item, _) =>
        {
            var (p, g, panels) = (s.p, s.phase.Forward, Panels(s.p, s.Lanes));
            var (group, panel) = Math.DivRem(item, panels.Count);
            var (first, columns) = (panel * panels.Width, Math.Min(panels.Width, panels.Columns - (panel * panels.Width)));
            for (var term = 0; term < p.FanIn;)
            {
                var (tap, j) = Math.DivRem(term, p.GroupChannels);
                var block = term & -FloatTile.BlockTerms;
                var count = Math.Min(p.GroupChannels - j, Math.Min(block + FloatTile.BlockTerms, p.FanIn) - term);
                var (ky, kx) = (s.phase.KernelRow(tap / p.KernelWidth), s.phase.KernelColumn(tap % p.KernelWidth));
                var from = ((((((nint)group * g.GroupFilters) + j) * g.KernelHeight) + ky) * g.KernelWidth) + kx;
                var to = (float*)s.To + (group * (nint)panels.Length) + panels.Offset(block, panel) + ((nint)(term - block) * panels.Width);
                FloatPanels.FromRows((float*)s.W + (from * g.GroupChannels) + first, g.FanIn, count, columns, to, panels.Width);
                term += count;
            }
        });
    }

    /// <summary>y = start + windows of x times the packed weights.</summary>
    /// <param name="engine">The threads.</param>
    /// <param name="g">Which outputs read what.</param>
    /// <param name="x">[N,H,W,C].</param>
    /// <param name="packed">The weights.</param>
    /// <param name="start">[F]; null: zeros.</param>
    /// <param name="y">[N,OH,OW,F]; with a phase the tensor whose inputs these outputs are.</param>
    /// <param name="phase">Where the outputs go; null: one after the other.</param>
    public static void Run(FloatEngine engine, in ConvGeometry g, float* x, float* packed, float* start, float* y, ErrorPhase? phase)
    {
        var panels = Panels(g, engine.Lanes);
        var starts = engine.Starts(StartLength(g, engine.Lanes));
        for (var group = 0; group < g.Groups; group++)
        {
            var to = new Span<float>(starts + ((nint)group * panels.Count * panels.Width), panels.Count * panels.Width);
            to.Clear();
            if (start is not null) new ReadOnlySpan<float>(start + (group * g.GroupFilters), g.GroupFilters).CopyTo(to);
        }

        engine.Reserve(StripLength(g));
        var strips = (g.Positions + Rows - 1) / Rows;
        var across = phase is null ? Math.Clamp(4 * engine.Workers / strips, 1, panels.Count) : 1;
        var work = new Work(g, panels, (nint)x, (nint)packed, (nint)starts, (nint)y, phase, (panels.Count + across - 1) / across);
        engine.Run(
            strips * across, (engine, work, across), static (in s, item, worker) => Part(s.engine, s.work, item / s.across, item % s.across, worker));
    }

    /// <summary>Narrow groups take narrower vectors.</summary>
    private static FloatPanels Panels(in ConvGeometry g, int lanes)
    {
        while (lanes > 4 && g.GroupFilters <= lanes) lanes /= 2;
        return new FloatPanels(g.FanIn, g.GroupFilters, FloatTile.Width(lanes));
    }

    private static void Part(FloatEngine engine, in Work w, int strip, int across, int worker)
    {
        var (g, panels, first) = (w.Geometry, w.Panels, strip * Rows);
        var rows = Math.Min(Rows, g.Positions - first);
        var windows = engine.Strip(worker);
        var y = w.Phase is null ? (float*)w.Y + ((nint)first * g.Filters) : windows + (Rows * Stride);
        var (from, to) = (across * w.PanelsAcross, Math.Min((across + 1) * w.PanelsAcross, panels.Count));
        for (var group = 0; group < g.Groups; group++)
        {
            var packed = (float*)w.Packed + (group * (nint)panels.Length);
            var starts = (float*)w.Starts + ((nint)group * panels.Count * panels.Width);
            for (var term = 0; term < g.FanIn; term += FloatTile.BlockTerms)
            {
                var terms = Math.Min(FloatTile.BlockTerms, g.FanIn - term);
                FloatWindows.Write((float*)w.X, g, group, first, rows, term, terms, windows, Stride);
                for (var panel = from; panel < to; panel++)
                {
                    var column = panel * panels.Width;
                    FloatTile.Add(
                        panels.Width / 2, new FloatRows((nint)windows, Stride, 1), rows, packed + panels.Offset(term, panel), terms,
                        term == 0 ? starts + column : null, y + (group * g.GroupFilters) + column, g.Filters,
                        Math.Min(panels.Width, panels.Columns - column));
                }
            }
        }

        if (w.Phase is { } phase) Scatter(phase, y, first, rows, (float*)w.Y);
    }

    private static void Scatter(in ErrorPhase phase, float* from, int first, int rows, float* delta)
    {
        var g = phase.Forward;
        for (var r = first; r < first + rows; r++, from += g.Channels)
        {
            var (line, column) = Math.DivRem(r, phase.Columns);
            var (n, row) = Math.DivRem(line, phase.Rows);
            new ReadOnlySpan<float>(from, g.Channels).CopyTo(new Span<float>(delta + (phase.Pixel(n, row, column) * g.Channels), g.Channels));
        }
    }

    private readonly record struct Work(
        ConvGeometry Geometry, FloatPanels Panels, nint X, nint Packed, nint Starts, nint Y, ErrorPhase? Phase, int PanelsAcross);
}
