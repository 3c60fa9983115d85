using System.Runtime.CompilerServices;

namespace Wage.Gpu.TensorCores;

/// <summary>A position p = (n,y,x), which moves on by a stage's 64 without a division.</summary>
internal struct GradientRow
{
    /// <summary>p.</summary>
    public int Position;

    /// <summary>n * Height: rows of all images before its image.</summary>
    public int ImageRow;

    /// <summary>y.</summary>
    public int Y;

    /// <summary>x.</summary>
    public int X;

    /// <summary>Position <paramref name="p"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static GradientRow Of(GradientShape s, int p)
    {
        var rows = p / s.OutputWidth;
        var image = rows / s.OutputHeight;
        GradientRow row;
        row.Position = p;
        row.ImageRow = image * s.Height;
        row.Y = rows - (image * s.OutputHeight);
        row.X = p - (rows * s.OutputWidth);
        return row;
    }

    /// <summary>The row, <paramref name="step"/> positions on; <paramref name="step"/>'s own parts are those of position 64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static GradientRow Next(GradientShape s, GradientRow row, GradientRow step)
    {
        row.Position += step.Position;
        row.X += step.X;
        var past = row.X >= s.OutputWidth ? 1 : 0;
        row.X -= past * s.OutputWidth;
        row.Y += step.Y + past;
        past = row.Y >= s.OutputHeight ? 1 : 0;
        row.Y -= past * s.OutputHeight;
        row.ImageRow += step.ImageRow + (past * s.Height);
        return row;
    }

    /// <summary>Copies 16 filters of the error at this position, or zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CopyError(GradientShape s, GradientRow row, int filter, long error, int shared)
    {
        var inside = ((s.Terms - 1 - row.Position) | (s.Rows - 1 - filter)) >= 0;
        TensorCore.CopyAsync(shared, error + (inside ? (row.Position * s.Rows) + filter : 0), inside ? TensorCore.Segment : 0);
    }

    /// <summary>
    /// Copies 16 channels, from c on, of what tap (ky, kx) reads at this position, or zeros.
    /// c is negative for a column that does not exist.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CopyImage(GradientShape s, GradientRow row, int ky, int kx, int c, long image, int shared)
    {
        var (y, x) = ((row.Y * s.Stride) + ky, (row.X * s.Stride) + kx);

        // Inside where none of these is negative: one comparison instead of six branches.
        var inside = ((s.Terms - 1 - row.Position) | c | y | x | (s.Height - 1 - y) | (s.Width - 1 - x)) >= 0;
        var element = ((((row.ImageRow + y) * s.Width) + x) * s.Channels) + c;
        TensorCore.CopyAsync(shared, image + (inside ? element : 0), inside ? TensorCore.Segment : 0);
    }
}
