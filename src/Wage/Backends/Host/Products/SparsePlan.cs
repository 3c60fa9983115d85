namespace Wage.Backends.Host;

/// <summary>How a gradient is cut: images into blocks, these into segments, kernel rows into chunks.</summary>
internal readonly struct SparsePlan
{
    /// <summary>Columns of a chunk.</summary>
    public const int ChunkColumns = SparseTile.MostVectors * SparseTile.Columns;

    /// <summary>The most filters of an item: their sums of a chunk stay in a second-level cache while a segment is added to them.</summary>
    private const int MostFilters = 64;

    /// <summary>The fewest, where there are many threads.</summary>
    private const int LeastFilters = 8;

    /// <summary>Bytes of inputs that a segment's positions read of one chunk: they stay in the caches nearest to the core.</summary>
    private const int SegmentBytes = 1 << 16;

    /// <summary>Bytes of the lists of one block of images, were no error 0.</summary>
    public const long ListBytes = 1 << 23;

    /// <summary>Of a product on so many threads.</summary>
    public SparsePlan(in ConvGeometry g, in PlaneGeometry p, int workers)
    {
        var position = Math.Min(ChunkColumns, g.Stride * g.Channels);
        var line = Math.Max(1, Math.Min(SegmentBytes, g.OutputWidth * position));
        var listed = 6L * g.OutputHeight * g.OutputWidth * g.Filters;
        Images = (int)Math.Clamp(ListBytes / Math.Max(listed, p.PlaneLength), 1, g.Batch);
        SegmentLines = Math.Clamp(SegmentBytes / line, 1, Images * g.OutputHeight);
        Segments = ((Images * g.OutputHeight) + SegmentLines - 1) / SegmentLines;
        ListItems = (g.Filters + 31) / 32;
        Chunks = ((g.KernelWidth * g.Channels) + ChunkColumns - 1) / ChunkColumns;
        var chunks = Chunks * g.KernelHeight;
        Excess = (SparseTile.Columns - ((g.KernelWidth * g.Channels) % SparseTile.Columns)) % SparseTile.Columns;
        Filters = MostFilters;
        while (Filters > LeastFilters && chunks * ((g.Filters + Filters - 1) / Filters) < 4 * workers) Filters /= 2;
        Items = chunks * ((g.Filters + Filters - 1) / Filters);
    }

    /// <summary>Images of a block.</summary>
    public int Images { get; }

    /// <summary>Rows of positions of a segment, of one image or of several.</summary>
    public int SegmentLines { get; }

    /// <summary>Segments of a block.</summary>
    public int Segments { get; }

    /// <summary>Items of a segment's lists, of 32 filters each.</summary>
    public int ListItems { get; }

    /// <summary>Chunks of a kernel row.</summary>
    public int Chunks { get; }

    /// <summary>Inputs that the last vector of a kernel row is read beyond it.</summary>
    public int Excess { get; }

    /// <summary>Filters of an item.</summary>
    public int Filters { get; }

    /// <summary>Items of the sums.</summary>
    public int Items { get; }
}
