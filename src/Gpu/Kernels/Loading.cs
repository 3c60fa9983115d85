using ILGPU;
using Wage.Data;
using Wage.Numbers;

namespace Wage.Gpu.Kernels;

/// <summary>Batches gathered from a data set that lies on the device.</summary>
internal static class Loading
{
    /// <summary>Image n = pixels[order[offset + n]], moved, mirrored and read through the table.</summary>
    public static void Images(
        ArrayView<byte> pixels, ArrayView<byte> order, int orderLength, int offset, ArrayView<byte> table, int pad, int flip, RandomKey key, ImageExtents extents,
        ArrayView<byte> images, int length)
    {
        for (var i = Threads.First; i < length; i += Threads.Step)
        {
            var (c, position) = ((int)i % extents.Channels, (int)i / extents.Channels);
            var (column, line) = (position % extents.Width, position / extents.Width);
            var (row, n) = (line % extents.Height, line / extents.Height);
            var bits = RandomBits.UInt64(key, (ulong)(offset + n));
            var fromRow = row + Augmentation.ShiftDown(bits, pad);
            var fromColumn = (flip != 0 && Augmentation.Flips(bits) ? extents.Width - 1 - column : column) + Augmentation.ShiftRight(bits, pad);
            var index = Index(order, orderLength, offset + n);
            var inside = index >= 0 && fromRow >= 0 && fromRow < extents.Height && fromColumn >= 0 && fromColumn < extents.Width;
            var from = (((((long)index * extents.Height) + fromRow) * extents.Width) + fromColumn) * extents.Channels;
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

/// <summary>Extents of an image.</summary>
internal readonly record struct ImageExtents(int Height, int Width, int Channels);
