namespace Wage.Backends.Host;

/// <summary>
/// A small product through a kernel, beside plain loops. Code that no compiler checked is asked for it once, at the start, so that a fault
/// of it or of the machine costs speed and not integers.
/// </summary>
internal static unsafe class KernelCheck
{
    private const int Inner = 3;
    private const int Outer = 2;
    private const int Steps = Inner * Outer;

    /// <summary>Whether every version of the kernel gives the sums.</summary>
    public static bool Passes(TileKernel kernel)
    {
        for (var panels = 1; panels <= kernel.Panels; panels++)
            if (!Passes(kernel, panels)) return false;
        return true;
    }

    private static bool Passes(TileKernel kernel, int panels)
    {
        var (columns, terms) = (panels * TileLoop.Columns, Steps * kernel.Terms);
        var offsets = stackalloc int[TileKernel.WholeRows];
        var start = stackalloc int[3 * TileLoop.Columns];
        var sums = stackalloc int[TileKernel.MostSums];
        var rows = stackalloc int[TileKernel.WholeRows * Steps];
        var panel = stackalloc int[3 * Steps * TileLoop.Columns];
        for (var r = 0; r < kernel.Rows; r++) offsets[r] = r * terms;
        for (var i = 0; i < kernel.Rows * Steps; i++) rows[i] = unchecked((i * (int)2654435761u) ^ (i << 7));
        for (var i = 0; i < columns * Steps; i++) panel[i] = unchecked((i + 12345) * (int)2246822519u);
        for (var j = 0; j < columns; j++) start[j] = int.MaxValue - j;
        for (var i = 0; i < kernel.Rows * columns; i++) sums[i] = i;
        var loop = new TileLoop(1, Outer, Inner, 0, Inner * kernel.Terms, kernel.Terms) { PanelStep = Steps * TileLoop.StepBytes };
        kernel.Of(panels)(rows, offsets, panel, &loop, start, sums, columns, true);
        for (var i = 0; i < kernel.Rows * columns; i++)
        {
            var (r, j) = (i / columns, i % columns);
            var sum = i + (kernel.Bias != 0 ? (long)start[j] : 0);
            for (var term = 0; term < terms; term++)
            {
                var column = (((j / TileLoop.Columns * Steps) + (term / kernel.Terms)) * TileLoop.Columns) + (j % TileLoop.Columns);
                var at = (column * kernel.Terms) + (term % kernel.Terms);
                sum += kernel.Terms != TileLoop.Quad ? ((short*)rows)[(r * terms) + term] * ((short*)panel)[at]
                    : (kernel.Bias != 0 ? ((byte*)rows)[(r * terms) + term] : ((sbyte*)rows)[(r * terms) + term]) * ((sbyte*)panel)[at];
            }

            if (sums[i] != unchecked((int)sum)) return false;
        }

        return true;
    }
}
