using System.Runtime.CompilerServices;
using ILGPU;

namespace Wage.Gpu.TensorCores;

/// <summary>
/// A tile through the output stage, to bytes. The bytes of the group's tile are put together in the shared memory that its operands
/// have left, so that whole segments are written to memory; a pitch of 144 bytes keeps the eight rows of a fragment in different banks.
/// </summary>
internal static class TileStage
{
    /// <summary>Elements of a pooling window.</summary>
    public const int Window = 1 << WindowBits;

    /// <summary>log2 of it.</summary>
    public const int WindowBits = 2;

    /// <summary>Rows of a group's tile after pooling.</summary>
    public const int PooledRows = Staging.Extent / Window;

    private const int Pitch = Staging.Extent + TensorCore.Segment;

    /// <summary>Activations as output 0, masks as output 1, each of 128 rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Tile tile, StageRule rule, int shared)
    {
        TensorCore.WaitForAllGroups();
        Group.Barrier();
        var target = Address(shared, Staging.WarpExtent);
        StoreStrip(tile.S0, rule, target);
        StoreStrip(tile.S1, rule, target + (16 * Pitch));
        StoreStrip(tile.S2, rule, target + (32 * Pitch));
        StoreStrip(tile.S3, rule, target + (48 * Pitch));
        Group.Barrier();
    }

    /// <summary>Activations as output 0, masks as output 1, positions as output 2, each of 32 rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePooled(Tile tile, StageRule rule, int shared)
    {
        TensorCore.WaitForAllGroups();
        Group.Barrier();
        var target = Address(shared, Staging.WarpExtent / Window);
        PoolStrips(tile.S0, tile.S1, rule, target);
        PoolStrips(tile.S2, tile.S3, rule, target + (8 * Pitch));
        Group.Barrier();
    }

    /// <summary>One output of a group's tile to memory, [rows, columns] bytes, columns a multiple of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(int shared, int output, int extent, long target, int row, int column, int rows, int columns)
    {
        var source = shared + (output * extent * Pitch);
        for (var i = Group.IdxX; i < extent * (Staging.Extent / TensorCore.Segment); i += Staging.Threads)
        {
            var (y, x) = (i >> 3, (i & 7) * TensorCore.Segment);
            if (row + y < rows && column + x < columns)
                TensorCore.StoreGlobal(target + ((long)(row + y) * columns) + column + x, TensorCore.LoadShared(source + (y * Pitch) + x));
        }
    }

    /// <summary>Where this lane's first pair of bytes goes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Address(int shared, int warpRows)
    {
        var (lane, warp) = (Group.IdxX & 31, Group.IdxX >> 5);
        return shared + ((((warp >> 1) * warpRows) + (lane >> 2)) * Pitch) + ((warp & 1) * Staging.WarpExtent) + (2 * (lane & 3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreStrip(Strip c, StageRule rule, int target)
    {
        StoreFragment(c.C0, rule, target);
        StoreFragment(c.C1, rule, target + 8);
        StoreFragment(c.C2, rule, target + 16);
        StoreFragment(c.C3, rule, target + 24);
        StoreFragment(c.C4, rule, target + 32);
        StoreFragment(c.C5, rule, target + 40);
        StoreFragment(c.C6, rule, target + 48);
        StoreFragment(c.C7, rule, target + 56);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFragment(Quad c, StageRule rule, int target)
    {
        StorePair(c.X, c.Y, rule, target, Staging.Extent);
        StorePair(c.Z, c.W, rule, target + (8 * Pitch), Staging.Extent);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PoolStrips(Strip upper, Strip lower, StageRule rule, int target)
    {
        PoolFragments(upper.C0, lower.C0, rule, target);
        PoolFragments(upper.C1, lower.C1, rule, target + 8);
        PoolFragments(upper.C2, lower.C2, rule, target + 16);
        PoolFragments(upper.C3, lower.C3, rule, target + 24);
        PoolFragments(upper.C4, lower.C4, rule, target + 32);
        PoolFragments(upper.C5, lower.C5, rule, target + 40);
        PoolFragments(upper.C6, lower.C6, rule, target + 48);
        PoolFragments(upper.C7, lower.C7, rule, target + 56);
    }

    /// <summary>Rows of windows are fragments, columns of windows their upper and lower halves: see <see cref="WindowRow.Of"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PoolFragments(Quad upper, Quad lower, StageRule rule, int target)
    {
        var first = Math.Max(Math.Max(upper.X, upper.Z), Math.Max(lower.X, lower.Z));
        var second = Math.Max(Math.Max(upper.Y, upper.W), Math.Max(lower.Y, lower.W));
        StorePair(first, second, rule, target, PooledRows);
        var position = First(upper.X, upper.Z, lower.X, first) | (First(upper.Y, upper.W, lower.Y, second) << 8);
        TensorCore.StoreSharedPair(target + (2 * PooledRows * Pitch), position);
    }

    /// <summary>The first of a window's four that is the maximum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int First(int v0, int v1, int v2, int maximum) => v0 == maximum ? 0 : v1 == maximum ? 1 : v2 == maximum ? 2 : 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePair(int low, int high, StageRule rule, int target, int extent)
    {
        TensorCore.StoreSharedPair(target, StageRule.Value(rule, low) | (StageRule.Value(rule, high) << 8));
        TensorCore.StoreSharedPair(target + (extent * Pitch), StageRule.Mask(rule, low) | (StageRule.Mask(rule, high) << 8));
    }
}
