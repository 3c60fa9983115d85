using System.Runtime.CompilerServices;
using ILGPU;
using Wage.Numbers;
using Wage.Quantization;

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
    public static void Store<S>(Tile tile, S stage, int shared)
        where S : unmanaged, IOutputStage
    {
        var k = stage.Prepare<Lane32>(0);
        TensorCore.WaitForAllGroups();
        Group.Barrier();
        var target = Address(shared, Staging.WarpExtent);
        StoreStrip(tile.S0, stage, k, target);
        StoreStrip(tile.S1, stage, k, target + (16 * Pitch));
        StoreStrip(tile.S2, stage, k, target + (32 * Pitch));
        StoreStrip(tile.S3, stage, k, target + (48 * Pitch));
        Group.Barrier();
    }

    /// <summary>Activations as output 0, masks as output 1, positions as output 2, each of 32 rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePooled<S>(Tile tile, S stage, int shared)
        where S : unmanaged, IOutputStage
    {
        var k = stage.Prepare<Lane32>(0);
        TensorCore.WaitForAllGroups();
        Group.Barrier();
        var target = Address(shared, Staging.WarpExtent / Window);
        PoolStrips(tile.S0, tile.S1, stage, k, target);
        PoolStrips(tile.S2, tile.S3, stage, k, target + (8 * Pitch));
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
    private static void StoreStrip<S>(Strip c, S stage, in StageConstants<Lane32> k, int target)
        where S : unmanaged, IOutputStage
    {
        StoreFragment(c.C0, stage, k, target);
        StoreFragment(c.C1, stage, k, target + 8);
        StoreFragment(c.C2, stage, k, target + 16);
        StoreFragment(c.C3, stage, k, target + 24);
        StoreFragment(c.C4, stage, k, target + 32);
        StoreFragment(c.C5, stage, k, target + 40);
        StoreFragment(c.C6, stage, k, target + 48);
        StoreFragment(c.C7, stage, k, target + 56);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFragment<S>(Quad c, S stage, in StageConstants<Lane32> k, int target)
        where S : unmanaged, IOutputStage
    {
        StorePair(c.X, c.Y, stage, k, target, Staging.Extent);
        StorePair(c.Z, c.W, stage, k, target + (8 * Pitch), Staging.Extent);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PoolStrips<S>(Strip upper, Strip lower, S stage, in StageConstants<Lane32> k, int target)
        where S : unmanaged, IOutputStage
    {
        PoolFragments(upper.C0, lower.C0, stage, k, target);
        PoolFragments(upper.C1, lower.C1, stage, k, target + 8);
        PoolFragments(upper.C2, lower.C2, stage, k, target + 16);
        PoolFragments(upper.C3, lower.C3, stage, k, target + 24);
        PoolFragments(upper.C4, lower.C4, stage, k, target + 32);
        PoolFragments(upper.C5, lower.C5, stage, k, target + 40);
        PoolFragments(upper.C6, lower.C6, stage, k, target + 48);
        PoolFragments(upper.C7, lower.C7, stage, k, target + 56);
    }

    /// <summary>Rows of windows are fragments, columns of windows their upper and lower halves: see <see cref="WindowRow.Of"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PoolFragments<S>(Quad upper, Quad lower, S stage, in StageConstants<Lane32> k, int target)
        where S : unmanaged, IOutputStage
    {
        var first = Math.Max(Math.Max(upper.X, upper.Z), Math.Max(lower.X, lower.Z));
        var second = Math.Max(Math.Max(upper.Y, upper.W), Math.Max(lower.Y, lower.W));
        StorePair(first, second, stage, k, target, PooledRows);
        var position = First(upper.X, upper.Z, lower.X, first) | (First(upper.Y, upper.W, lower.Y, second) << 8);
        TensorCore.StoreSharedPair(target + (2 * PooledRows * Pitch), position);
    }

    /// <summary>The first of a window's four that is the maximum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int First(int v0, int v1, int v2, int maximum) => v0 == maximum ? 0 : v1 == maximum ? 1 : v2 == maximum ? 2 : 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePair<S>(int low, int high, S stage, in StageConstants<Lane32> k, int target, int extent)
        where S : unmanaged, IOutputStage
    {
        var (first, second) = (new Lane32(low), new Lane32(high));
        var column = k.Column;
        TensorCore.StoreSharedPair(target, (stage.Value(first, k, column).Value & 0xFF) | ((stage.Value(second, k, column).Value & 0xFF) << 8));
        TensorCore.StoreSharedPair(target + (extent * Pitch), stage.Mask(first, k).Value | (stage.Mask(second, k).Value << 8));
    }
}
