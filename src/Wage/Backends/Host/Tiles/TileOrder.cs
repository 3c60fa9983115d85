namespace Wage.Backends.Host;

/// <summary>
/// The order of a product's tiles. Panels that fit a second-level cache together are all read for one tile's rows before the next: results
/// are then written from left to right, and the rows are read once. Larger panels are used up one by one.
/// </summary>
internal ref struct TileOrder
{
    /// <summary>A second-level cache's half.</summary>
    public const int CacheBytes = 1 << 18;

    private readonly int first;
    private readonly int last;
    private readonly int firstPanel;
    private readonly int lastPanel;
    private readonly bool rowsOutside;
    private readonly int rowStep;
    private readonly int panelStep;
    private int row;
    private int panel;

    public TileOrder(int first, int last, int firstPanel, int lastPanel, TileKernel kernel, nint panelBytes)
    {
        (this.first, this.last, this.firstPanel, this.lastPanel) = (first, last, firstPanel, lastPanel);
        (rowStep, panelStep) = (kernel.Rows, kernel.Panels);
        rowsOutside = (lastPanel - firstPanel) * panelBytes <= CacheBytes;
        (row, panel) = (first, firstPanel);
    }

    /// <summary>The next tile's first row and panel; false at the end.</summary>
    public bool Next(out int row, out int panel)
    {
        (row, panel) = (this.row, this.panel);
        var more = row < last && panel < lastPanel;
        if (rowsOutside)
        {
            if ((this.panel += panelStep) >= lastPanel) (this.row, this.panel) = (row + rowStep, firstPanel);
        }
        else if ((this.row += rowStep) >= last)
        {
            (this.row, this.panel) = (first, panel + panelStep);
        }

        return more;
    }
}
