namespace Wage.Gpu.Runs;

/// <summary>
/// A product whose terms lie in runs: sum[row, column] = sum over s &lt; Segments, k &lt; Run of
/// left[Row(row) + s LeftStep + k] * right[Column(column) + s RightStep + k]. All addresses are below 2^31.
/// </summary>
internal struct RunShape
{
    public int Rows, Columns, Segments, Run, LeftStep, RightStep;

    /// <summary>A row is an image's pixel or, with windows of more than 1, an element of a pooling window.</summary>
    public int Window, WindowWidth, PoolStride, PooledHeight, PooledWidth, ImagePitch, LinePitch, PixelPitch;

    /// <summary>A column is a channel of a tap.</summary>
    public int Channels, KernelWidth, ChannelPitch, TapLinePitch, TapPitch;

    /// <summary>What is summed in registers at once: PartSegments whole segments, or PartRun terms of one.</summary>
    public int PartSegments, PartRun;

    /// <summary>Parts of a segment.</summary>
    public int Cuts;

    /// <summary>The parts, which Slices threads share, SliceParts each.</summary>
    public int Parts, Slices, SliceParts;

    /// <summary>Tiles side by side, and all tiles times slices.</summary>
    public int TilesAcross, Items;

    /// <summary>Where a row's terms start.</summary>
    public readonly int Row(int row)
    {
        int window = row / Window, element = row - (window * Window);
        int line = window / PooledWidth, column = window - (line * PooledWidth);
        int image = line / PooledHeight, y = line - (image * PooledHeight);
        int down = element / WindowWidth, across = element - (down * WindowWidth);
        return (image * ImagePitch) + (((y * PoolStride) + down) * LinePitch) + (((column * PoolStride) + across) * PixelPitch);
    }

    /// <summary>Where a column's terms start.</summary>
    public readonly int Column(int column)
    {
        int tap = column / Channels, channel = column - (tap * Channels), line = tap / KernelWidth;
        return (channel * ChannelPitch) + (line * TapLinePitch) + ((tap - (line * KernelWidth)) * TapPitch);
    }
}
