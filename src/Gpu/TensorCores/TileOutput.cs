using System.Runtime.CompilerServices;
using ILGPU;

namespace Wage.Gpu.TensorCores;

/// <summary>A tile's accumulators to memory. Lane 4 g + t has rows g and g + 8, columns 2 t and 2 t + 1 of each fragment of 16 x 8.</summary>
internal static class TileOutput
{
    private const int Bytes = sizeof(int);

    /// <summary>C [rows, columns], columns even; added where the terms are split.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Tile tile, long target, TilePlace place, int rows, int columns, int splits)
    {
        var (lane, warp) = (Group.IdxX & 31, Group.IdxX >> 5);
        var row = place.Row + ((warp >> 1) * Staging.WarpExtent) + (lane >> 2);
        var column = place.Column + ((warp & 1) * Staging.WarpExtent) + (2 * (lane & 3));
        StoreStrip(tile.S0, target, row, column, rows, columns, splits);
        StoreStrip(tile.S1, target, row + 16, column, rows, columns, splits);
        StoreStrip(tile.S2, target, row + 32, column, rows, columns, splits);
        StoreStrip(tile.S3, target, row + 48, column, rows, columns, splits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreStrip(Strip c, long target, int row, int column, int rows, int columns, int splits)
    {
        var upper = target + ((((long)row * columns) + column) * Bytes);
        var lower = upper + (8L * columns * Bytes);
        StoreFragment(c.C0, upper, lower, row, column, rows, columns, splits);
        StoreFragment(c.C1, upper + 32, lower + 32, row, column + 8, rows, columns, splits);
        StoreFragment(c.C2, upper + 64, lower + 64, row, column + 16, rows, columns, splits);
        StoreFragment(c.C3, upper + 96, lower + 96, row, column + 24, rows, columns, splits);
        StoreFragment(c.C4, upper + 128, lower + 128, row, column + 32, rows, columns, splits);
        StoreFragment(c.C5, upper + 160, lower + 160, row, column + 40, rows, columns, splits);
        StoreFragment(c.C6, upper + 192, lower + 192, row, column + 48, rows, columns, splits);
        StoreFragment(c.C7, upper + 224, lower + 224, row, column + 56, rows, columns, splits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFragment(Quad c, long upper, long lower, int row, int column, int rows, int columns, int splits)
    {
        if (column >= columns) return;
        if (row < rows) StorePair(upper, c.X, c.Y, splits);
        if (row + 8 < rows) StorePair(lower, c.Z, c.W, splits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePair(long address, int low, int high, int splits)
    {
        if (splits == 1)
        {
            TensorCore.StoreGlobalPair(address, low, high);
            return;
        }

        TensorCore.AddGlobal(address, low);
        TensorCore.AddGlobal(address + Bytes, high);
    }
}
