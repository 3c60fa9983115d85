using System.Runtime.CompilerServices;
using ILGPU;

namespace Wage.Gpu.TensorCores;

/// <summary>
/// The product whose terms (positions) lie apart in both operands. A stage holds 64 positions of A and of B,
/// each with 128 bytes of neighbouring channels; segment s of row r lies at segment s ^ (r mod 8).
/// The instruction wants neighbouring terms in a register: matrices are loaded transposed in units of two channels,
/// and byte permutations part the even channels from the odd ones. So terms come in another order, the same for A and B,
/// and row i (column i) of a fragment is channel 2 i (i &lt; 8) or 2 i - 15 of 16, which <see cref="Store"/> puts right.
/// </summary>
internal static class GradientProduct
{
    private const int Pitch = Staging.Extent;
    private const int RowsPerPass = Staging.Threads / 8;
    private const int Even = 0x6420;
    private const int Odd = 0x7531;

    /// <summary>C into memory, or added to it where the terms are split.</summary>
    public static void Accumulate(ArrayView<byte> error, ArrayView<byte> image, ArrayView<byte> gradient, GradientShape s)
    {
        var shared = TensorCore.SharedAddress(SharedMemory.Allocate<Quad>(Staging.Bytes / TensorCore.Segment));
        var place = TilePlace.Of(s.Columns, s.Terms, s.Splits);
        var tile = Multiply(TensorCore.GlobalAddress(error), TensorCore.GlobalAddress(image), s, place, shared);
        Store(tile, TensorCore.GlobalAddress(gradient), place, s);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Tile Multiply(long errors, long images, GradientShape s, TilePlace place, int shared)
    {
        var thread = Group.IdxX;

        // Copying: eight threads a row, 16 rows a pass.
        var (row, segment) = (thread >> 3, thread & 7);
        var target = shared + (row * Pitch) + ((segment ^ (row & 7)) * TensorCore.Segment);
        var filter = place.Row + (segment * TensorCore.Segment);
        var column = place.Column + (segment * TensorCore.Segment);
        var tap = column / s.Channels;
        var c = column < s.Columns ? column - (tap * s.Channels) : -1;
        var ky = (tap / s.KernelWidth) - s.Top;
        var kx = tap - ((tap / s.KernelWidth) * s.KernelWidth) - s.Left;
        var first = (place.FirstStage * Staging.Depth) + row;
        var step = GradientRow.Of(s, Staging.Depth);
        var r0 = GradientRow.Of(s, first);
        var r1 = GradientRow.Of(s, first + RowsPerPass);
        var r2 = GradientRow.Of(s, first + (2 * RowsPerPass));
        var r3 = GradientRow.Of(s, first + (3 * RowsPerPass));

        // Multiplying: lane l gives the address of row l of 32, for 16 channels at a time.
        var (lane, warp) = (thread & 31, thread >> 5);
        var fragmentA = (lane * Pitch) + ((((warp >> 1) * 4) ^ (lane & 7)) * TensorCore.Segment);
        var fragmentB = Staging.Operand + (lane * Pitch) + ((((warp & 1) * 4) ^ (lane & 7)) * TensorCore.Segment);

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
                GradientRow.CopyError(s, r0, filter, errors, to);
                GradientRow.CopyError(s, r1, filter, errors, to + (RowsPerPass * Pitch));
                GradientRow.CopyError(s, r2, filter, errors, to + (2 * RowsPerPass * Pitch));
                GradientRow.CopyError(s, r3, filter, errors, to + (3 * RowsPerPass * Pitch));
                to += Staging.Operand;
                GradientRow.CopyImage(s, r0, ky, kx, c, images, to);
                GradientRow.CopyImage(s, r1, ky, kx, c, images, to + (RowsPerPass * Pitch));
                GradientRow.CopyImage(s, r2, ky, kx, c, images, to + (2 * RowsPerPass * Pitch));
                GradientRow.CopyImage(s, r3, ky, kx, c, images, to + (3 * RowsPerPass * Pitch));
                r0 = GradientRow.Next(s, r0, step);
                r1 = GradientRow.Next(s, r1, step);
                r2 = GradientRow.Next(s, r2, step);
                r3 = GradientRow.Next(s, r3, step);
            }

            TensorCore.CommitCopies();
            written = written == Staging.Bytes - Staging.Stage ? 0 : written + Staging.Stage;
            if (i < 0) continue;

            tile = Step(tile, shared + read, fragmentA, fragmentB);
            tile = Step(tile, shared + read + (Staging.Operand / 2), fragmentA, fragmentB);
            read = read == Staging.Bytes - Staging.Stage ? 0 : read + Staging.Stage;
        }

        return tile;
    }

    /// <summary>32 terms: half a stage. Sixteen channels further is the next segment, found by flipping bits of the swizzled one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Tile Step(Tile tile, int stage, int a, int b)
    {
        Columns columns;
        columns.B0 = ColumnPair(stage + b);
        columns.B1 = ColumnPair(stage + (b ^ TensorCore.Segment));
        columns.B2 = ColumnPair(stage + (b ^ (2 * TensorCore.Segment)));
        columns.B3 = ColumnPair(stage + (b ^ (3 * TensorCore.Segment)));
        return WarpProduct.Step(
            tile,
            RowBlock(stage + a), RowBlock(stage + (a ^ TensorCore.Segment)),
            RowBlock(stage + (a ^ (2 * TensorCore.Segment))), RowBlock(stage + (a ^ (3 * TensorCore.Segment))),
            columns);
    }

    /// <summary>A: rows 0 to 7 are the even channels, 8 to 15 the odd ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad RowBlock(int shared)
    {
        var m = TensorCore.LoadMatricesTransposed(shared);
        Quad a;
        a.X = TensorCore.Permute(m.X, m.Y, Even);
        a.Y = TensorCore.Permute(m.X, m.Y, Odd);
        a.Z = TensorCore.Permute(m.Z, m.W, Even);
        a.W = TensorCore.Permute(m.Z, m.W, Odd);
        return a;
    }

    /// <summary>B: the first eight columns are the even channels, the second eight the odd ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad ColumnPair(int shared)
    {
        var m = TensorCore.LoadMatricesTransposed(shared);
        Quad b;
        b.X = TensorCore.Permute(m.X, m.Y, Even);
        b.Y = TensorCore.Permute(m.Z, m.W, Even);
        b.Z = TensorCore.Permute(m.X, m.Y, Odd);
        b.W = TensorCore.Permute(m.Z, m.W, Odd);
        return b;
    }

    /// <summary>Lane 4 g + t has channels 2 g and 2 g + 1 of each 16 rows, and 4 t to 4 t + 3 of each 16 columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Tile tile, long target, TilePlace place, GradientShape s)
    {
        var (lane, warp) = (Group.IdxX & 31, Group.IdxX >> 5);
        var row = place.Row + ((warp >> 1) * Staging.WarpExtent) + (2 * (lane >> 2));
        var column = place.Column + ((warp & 1) * Staging.WarpExtent) + (4 * (lane & 3));
        StoreStrip(tile.S0, target, row, column, s);
        StoreStrip(tile.S1, target, row + 16, column, s);
        StoreStrip(tile.S2, target, row + 32, column, s);
        StoreStrip(tile.S3, target, row + 48, column, s);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreStrip(Strip c, long target, int row, int column, GradientShape s)
    {
        if (row >= s.Rows) return;
        var upper = target + ((((long)row * s.Columns) + column) * sizeof(int));
        StoreBlock(c.C0, c.C1, upper, column, s);
        StoreBlock(c.C2, c.C3, upper + 64, column + 16, s);
        StoreBlock(c.C4, c.C5, upper + 128, column + 32, s);
        StoreBlock(c.C6, c.C7, upper + 192, column + 48, s);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreBlock(Quad even, Quad odd, long upper, int column, GradientShape s)
    {
        if (column >= s.Columns) return;
        StoreFour(upper, even.X, odd.X, even.Y, odd.Y, s.Splits);
        StoreFour(upper + ((long)s.Columns * sizeof(int)), even.Z, odd.Z, even.W, odd.W, s.Splits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFour(long address, int v0, int v1, int v2, int v3, int splits)
    {
        if (splits == 1)
        {
            Quad four;
            (four.X, four.Y, four.Z, four.W) = (v0, v1, v2, v3);
            TensorCore.StoreGlobal(address, four);
            return;
        }

        TensorCore.AddGlobal(address, v0);
        TensorCore.AddGlobal(address + 4, v1);
        TensorCore.AddGlobal(address + 8, v2);
        TensorCore.AddGlobal(address + 12, v3);
    }
}
