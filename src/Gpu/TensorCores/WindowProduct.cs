using System.Runtime.CompilerServices;
using ILGPU;
using Wage.Quantization;

namespace Wage.Gpu.TensorCores;

/// <summary>
/// Products whose terms lie next to each other in both operands: forward (images x weights) and error (errors x transposed weights),
/// as implicit matrix products. A stage holds 128 rows of A and 128 of B, each of 64 bytes; segment s of row r lies at segment
/// s ^ (r / 2 mod 4), so that the eight rows of a matrix are in different banks.
/// </summary>
internal static class WindowProduct
{
    private const int Pitch = Staging.Depth;

    /// <summary>The bit of a swizzled address that tells the stage's second 32 terms from its first.</summary>
    private const int HalfStage = 32;

    private const int RowsPerPass = Staging.Threads / 4;

    /// <summary>C into memory, or added to it where the terms are split.</summary>
    public static void Accumulate(ArrayView<byte> source, ArrayView<byte> weights, ArrayView<byte> accumulator, WindowShape s)
    {
        var shared = TensorCore.SharedAddress(SharedMemory.Allocate<Quad>(Staging.Bytes / TensorCore.Segment));
        var place = TilePlace.Of(s.Columns, s.Terms, s.Splits);
        var tile = Multiply(source, weights, s, place, 0, shared);
        TileOutput.Store(tile, TensorCore.GlobalAddress(accumulator), place, s.Rows, s.Columns, s.Splits);
    }

    /// <summary>C through the output stage; see <see cref="TileStage"/>.</summary>
    public static void Stage<S>(ArrayView<byte> source, ArrayView<byte> weights, ArrayView<byte> a, ArrayView<byte> mask, WindowShape s, S stage)
        where S : unmanaged, IOutputStage
    {
        var shared = TensorCore.SharedAddress(SharedMemory.Allocate<Quad>(Staging.Bytes / TensorCore.Segment));
        var place = TilePlace.Of(s.Columns, s.Terms, 1);
        var tile = Multiply(source, weights, s, place, 0, shared);
        TileStage.Store(tile, stage, shared);
        TileStage.Write(shared, 0, Staging.Extent, TensorCore.GlobalAddress(a), place.Row, place.Column, s.Rows, s.Columns);
        TileStage.Write(shared, 1, Staging.Extent, TensorCore.GlobalAddress(mask), place.Row, place.Column, s.Rows, s.Columns);
    }

    /// <summary>The maximum of each window of 2 x 2 of C through the output stage.</summary>
    public static void PoolStage<S>(
        ArrayView<byte> source, ArrayView<byte> weights, ArrayView<byte> a, ArrayView<byte> mask, ArrayView<byte> position,
        WindowShape s, S stage)
        where S : unmanaged, IOutputStage
    {
        var shared = TensorCore.SharedAddress(SharedMemory.Allocate<Quad>(Staging.Bytes / TensorCore.Segment));
        var place = TilePlace.Of(s.Columns, s.Terms, 1);
        var tile = Multiply(source, weights, s, place, 1, shared);
        TileStage.StorePooled(tile, stage, shared);
        var row = place.Row >> TileStage.WindowBits;
        TileStage.Write(shared, 0, TileStage.PooledRows, TensorCore.GlobalAddress(a), row, place.Column, s.Rows, s.Columns);
        TileStage.Write(shared, 1, TileStage.PooledRows, TensorCore.GlobalAddress(mask), row, place.Column, s.Rows, s.Columns);
        TileStage.Write(shared, 2, TileStage.PooledRows, TensorCore.GlobalAddress(position), row, place.Column, s.Rows, s.Columns);
    }

    /// <summary>The tile of this group and this warp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Tile Multiply(ArrayView<byte> source, ArrayView<byte> weights, WindowShape s, TilePlace place, int pooled, int shared)
    {
        var thread = Group.IdxX;

        // Copying: four threads a row, 32 rows a pass.
        var (row, segment) = (thread >> 2, thread & 3);
        var target = shared + (row * Pitch) + ((segment ^ ((row >> 1) & 3)) * TensorCore.Segment);
        var term = (place.FirstStage * Staging.Depth) + (segment * TensorCore.Segment);
        var tap = term / s.Channels;
        var c = term - (tap * s.Channels);
        var ky = tap / s.KernelWidth;
        var kx = tap - (ky * s.KernelWidth);
        var a0 = WindowRow.Of(s, place.Row + row, pooled);
        var a1 = WindowRow.Of(s, place.Row + row + RowsPerPass, pooled);
        var a2 = WindowRow.Of(s, place.Row + row + (2 * RowsPerPass), pooled);
        var a3 = WindowRow.Of(s, place.Row + row + (3 * RowsPerPass), pooled);
        var images = TensorCore.GlobalAddress(source);
        var filters = TensorCore.GlobalAddress(weights);
        var filter = place.Column + row;

        // Multiplying: this lane's part of the addresses of a matrix's rows.
        var (lane, warp) = (thread & 31, thread >> 5);
        var (rowA, halfA) = ((lane & 7) + (lane & 8), lane >> 4);
        var (rowB, halfB) = ((lane & 7) + ((lane >> 1) & 8), (lane >> 3) & 1);
        var fragmentA = ((((warp >> 1) * Staging.WarpExtent) + rowA) * Pitch) + ((halfA ^ ((rowA >> 1) & 3)) * TensorCore.Segment);
        var fragmentB = Staging.Operand + ((((warp & 1) * Staging.WarpExtent) + rowB) * Pitch) + ((halfB ^ ((rowB >> 1) & 3)) * TensorCore.Segment);

        var tile = default(Tile);
        var (written, read) = (0, 0);
        for (var i = 1 - Staging.Stages; i < place.Stages; i++)
        {
            // This thread's copies of stage i are there, then everybody's; and everybody has read stage i - 1, whose place the next copies take.
            TensorCore.WaitForAllButOneGroup();
            Group.Barrier();
            if (i + Staging.Stages - 1 < place.Stages)
            {
                var to = target + written;
                WindowRow.Copy(s, a0, ky, kx, c, images, to);
                WindowRow.Copy(s, a1, ky, kx, c, images, to + (RowsPerPass * Pitch));
                WindowRow.Copy(s, a2, ky, kx, c, images, to + (2 * RowsPerPass * Pitch));
                WindowRow.Copy(s, a3, ky, kx, c, images, to + (3 * RowsPerPass * Pitch));
                to += Staging.Operand;
                CopyFilter(s, filter, term, filters, to);
                CopyFilter(s, filter + RowsPerPass, term, filters, to + (RowsPerPass * Pitch));
                CopyFilter(s, filter + (2 * RowsPerPass), term, filters, to + (2 * RowsPerPass * Pitch));
                CopyFilter(s, filter + (3 * RowsPerPass), term, filters, to + (3 * RowsPerPass * Pitch));
                term += Staging.Depth;
                c += Staging.Depth;
                while (c >= s.Channels)
                {
                    c -= s.Channels;
                    kx++;
                    if (kx == s.KernelWidth) (kx, ky) = (0, ky + 1);
                }
            }

            TensorCore.CommitCopies();
            written = written == Staging.Bytes - Staging.Stage ? 0 : written + Staging.Stage;
            if (i < 0) continue;

            tile = Step(tile, shared + read + fragmentA, shared + read + fragmentB);
            tile = Step(tile, shared + read + (fragmentA ^ HalfStage), shared + read + (fragmentB ^ HalfStage));
            read = read == Staging.Bytes - Staging.Stage ? 0 : read + Staging.Stage;
        }

        return tile;
    }

    /// <summary>32 terms: half a stage.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Tile Step(Tile tile, int a, int b)
    {
        Columns columns;
        columns.B0 = TensorCore.LoadMatrices(b);
        columns.B1 = TensorCore.LoadMatrices(b + (16 * Pitch));
        columns.B2 = TensorCore.LoadMatrices(b + (32 * Pitch));
        columns.B3 = TensorCore.LoadMatrices(b + (48 * Pitch));
        return WarpProduct.Step(
            tile,
            TensorCore.LoadMatrices(a), TensorCore.LoadMatrices(a + (16 * Pitch)),
            TensorCore.LoadMatrices(a + (32 * Pitch)), TensorCore.LoadMatrices(a + (48 * Pitch)),
            columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyFilter(WindowShape s, int filter, int term, long weights, int shared)
    {
        var inside = ((s.Columns - 1 - filter) | (s.Terms - 1 - term)) >= 0;
        TensorCore.CopyAsync(shared, weights + (inside ? (filter * s.Terms) + term : 0), inside ? TensorCore.Segment : 0);
    }
}
