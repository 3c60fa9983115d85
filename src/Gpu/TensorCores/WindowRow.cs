using System.Runtime.CompilerServices;

namespace Wage.Gpu.TensorCores;

/// <summary>A row of A: where its window starts.</summary>
internal struct WindowRow
{
    /// <summary>Rows of all images before its image.</summary>
    public int ImageRow;

    /// <summary>y Stride - Top.</summary>
    public int Y;

    /// <summary>x Stride - Left.</summary>
    public int X;

    /// <summary>
    /// Row <paramref name="m"/> of C. Where windows are pooled, the four rows of a pooling window are rows 0, 8, 16 and 24 of 32,
    /// which one lane accumulates: row 32 q + 16 i + 8 h + g is row i, column h of pooling window 8 q + g.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WindowRow Of(WindowShape s, int m, int pooled)
    {
        var position = pooled != 0 ? ((m >> 5) << 3) + (m & 7) : m;
        var image = position / (s.OutputHeight * s.OutputWidth);
        var rest = position - (image * s.OutputHeight * s.OutputWidth);
        var y = rest / s.OutputWidth;
        var x = rest - (y * s.OutputWidth);
        if (pooled != 0) (y, x) = ((2 * y) + ((m >> 4) & 1), (2 * x) + ((m >> 3) & 1));
        WindowRow row;
        row.ImageRow = image * s.Height;
        row.Y = position < s.Rows ? (y * s.Stride) - s.Top : -s.KernelHeight; // above the image, where no tap reaches it
        row.X = (x * s.Stride) - s.Left;
        return row;
    }

    /// <summary>Copies the segment that starts at channel <paramref name="c"/> of tap (ky, kx), or zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(WindowShape s, WindowRow row, int ky, int kx, int c, long source, int shared)
    {
        var (y, x) = (row.Y + ky, row.X + kx);
        var (down, along) = (y >> s.Spread, x >> s.Spread);
        var between = (y | x) & ((1 << s.Spread) - 1);

        // Inside where none of these is negative: one comparison instead of seven branches.
        var inside = (down | along | (s.Height - 1 - down) | (s.Width - 1 - along) | (s.KernelHeight - 1 - ky) | -between) >= 0;
        var element = ((((row.ImageRow + down) * s.Width) + along) * s.Channels) + c;
        TensorCore.CopyAsync(shared, source + (inside ? element : 0), inside ? TensorCore.Segment : 0);
    }
}
