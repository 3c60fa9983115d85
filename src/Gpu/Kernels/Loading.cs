using ILGPU;
using Wage.Data;
using Wage.Numbers;

namespace Wage.Gpu.Kernels;

/// <summary>Batches gathered from a data set.</summary>
internal static class Loading
{
    /// <summary>Image n = pixels[order[b.First + n]], moved, mirrored and read through the table.</summary>
    public static void Images(
        ArrayView<byte> pixels, ArrayView<byte> order, ArrayView<byte> table, ImageBatch b, RandomKey key, ArrayView<byte> images, int length)
    {
        for (var i = Threads.First; i < length; i += Threads.Step)
        {
            var (c, position) = ((int)i % b.Channels, (int)i / b.Channels);
            var (column, line) = (position % b.Width, position / b.Width);
            var (row, n) = (line % b.Height, line / b.Height);
            var bits = RandomBits.UInt64(key, (ulong)(b.Position + n));
            var fromRow = row + Augmentation.ShiftDown(bits, b.Pad);
            var fromColumn = (b.Flip != 0 && Augmentation.Flips(bits) ? b.Width - 1 - column : column) + Augmentation.ShiftRight(bits, b.Pad);
            var index = Index(order, b.OrderLength, b.First + n);
            var inside = index >= 0 && fromRow >= 0 && fromRow < b.Height && fromColumn >= 0 && fromColumn < b.Width;
            var from = (((((long)index * b.Height) + fromRow) * b.Width) + fromColumn) * b.Channels;
            images[i] = inside ? table[(int)pixels[from + c]] : (byte)0;
        }
    }

    /// <summary>Label n = labels[order[offset + n]], or -1.</summary>
    public static void Labels(ArrayView<byte> labels, ArrayView<byte> order, int orderLength, int offset, ArrayView<byte> destination, int length)
    {
        for (var n = Threads.First; n < length; n += Threads.Step)
        {
            var index = Index(order, orderLength, offset + (int)n);
            Int32Element.Set(destination, n, index >= 0 ? labels[index] : -1);
        }
    }

    private static int Index(ArrayView<byte> order, int length, int position) => position < length ? order.Cast<int>()[position] : -1;
}

/// <summary>Which images a batch gathers and how.</summary>
internal struct ImageBatch
{
    /// <summary>The indices in the order, and that of the batch's first image.</summary>
    public int OrderLength, First;

    /// <summary>The first image's place in the stream of the augmentation's bits.</summary>
    public int Position;

    /// <summary>The augmentation; Flip is 1 or 0.</summary>
    public int Pad, Flip;

    public int Height, Width, Channels;
}
