using ILGPU;
using Wage.Quantization;

namespace Wage.Gpu.Kernels;

/// <summary>
/// The portable product. A group of Side x Side threads makes a tile of 4 Side x 4 Side sums:
/// a chunk of terms of both operands is brought to shared memory, and each thread keeps 4 x 4 sums in registers.
/// Any number of groups, of any side up to 16, does the work; one thread alone does too.
/// </summary>
internal static class Products
{
    private const int ChunkBits = 4;
    private const int Chunk = 1 << ChunkBits;
    private const int Block = 4;
    private const int MostEdge = 64;

    /// <summary>Every tile and slice of the product that falls to this group.</summary>
    public static void Multiply<TOperands, TLeft, TRight, TSum, TEnding, S>(
        ArrayView<byte> left, ArrayView<byte> right, ProductShape s, S stage, StageViews to)
        where TOperands : struct, IOperands
        where TLeft : struct, IElement
        where TRight : struct, IElement
        where TSum : struct, ISum<TSum>
        where TEnding : struct, IEnding<S>
        where S : unmanaged, IOutputStage
    {
        var lefts = SharedMemory.Allocate<int>(Chunk * MostEdge);
        var rights = SharedMemory.Allocate<int>(Chunk * MostEdge);
        var rows = SharedMemory.Allocate<Place>(MostEdge);
        var columns = SharedMemory.Allocate<Place>(MostEdge);
        var terms = SharedMemory.Allocate<Place>(Chunk);
        int edge = s.Side * Block, threads = s.Side * s.Side, thread = Group.IdxX;
        int blockRow = thread / s.Side * Block, blockColumn = thread % s.Side * Block;
        int across = (s.Columns + edge - 1) / edge, items = (s.Rows + edge - 1) / edge * across * s.Slices;
        var (ready, measure) = (Ending.Ready<TEnding, S>(stage, to), new StageMeasure());
        for (var item = Grid.IdxX; item < items; item += Grid.DimX)
        {
            int tile = item / s.Slices, firstTerm = item % s.Slices * s.SliceTerms, lastTerm = Math.Min(firstTerm + s.SliceTerms, s.Terms);
            int firstRow = tile / across * edge, firstColumn = tile % across * edge;
            for (var i = thread; i < edge; i += threads)
            {
                rows[i] = TOperands.Row(s, firstRow + i);
                columns[i] = TOperands.Column(s, firstColumn + i);
            }

            TSum s00 = default, s01 = default, s02 = default, s03 = default, s10 = default, s11 = default, s12 = default, s13 = default;
            TSum s20 = default, s21 = default, s22 = default, s23 = default, s30 = default, s31 = default, s32 = default, s33 = default;
            for (var chunk = firstTerm; chunk < lastTerm; chunk += Chunk)
            {
                for (var i = thread; i < Chunk; i += threads) terms[i] = TOperands.Term(s, chunk + i);
                Group.Barrier();
                for (var i = thread; i < Chunk * edge; i += threads)
                {
                    int k = i & (Chunk - 1), at = i >> ChunkBits;
                    var inside = chunk + k < lastTerm;
                    lefts[(k * edge) + at] = inside && firstRow + at < s.Rows ? TOperands.Left<TLeft>(left, s, rows[at], terms[k]) : 0;
                    rights[(k * edge) + at] = inside && firstColumn + at < s.Columns ? TOperands.Right<TRight>(right, s, terms[k], columns[at]) : 0;
                }

                Group.Barrier();
                for (var k = 0; k < Chunk; k++)
                {
                    int l = (k * edge) + blockRow, r = (k * edge) + blockColumn;
                    int a0 = lefts[l], a1 = lefts[l + 1], a2 = lefts[l + 2], a3 = lefts[l + 3];
                    int b0 = rights[r], b1 = rights[r + 1], b2 = rights[r + 2], b3 = rights[r + 3];
                    s00 = TSum.Add(s00, a0, b0);
                    s01 = TSum.Add(s01, a0, b1);
                    s02 = TSum.Add(s02, a0, b2);
                    s03 = TSum.Add(s03, a0, b3);
                    s10 = TSum.Add(s10, a1, b0);
                    s11 = TSum.Add(s11, a1, b1);
                    s12 = TSum.Add(s12, a1, b2);
                    s13 = TSum.Add(s13, a1, b3);
                    s20 = TSum.Add(s20, a2, b0);
                    s21 = TSum.Add(s21, a2, b1);
                    s22 = TSum.Add(s22, a2, b2);
                    s23 = TSum.Add(s23, a2, b3);
                    s30 = TSum.Add(s30, a3, b0);
                    s31 = TSum.Add(s31, a3, b1);
                    s32 = TSum.Add(s32, a3, b2);
                    s33 = TSum.Add(s33, a3, b3);
                }
            }

            int row = firstRow + blockRow, column = firstColumn + blockColumn;
            Ending.Column<TSum, TEnding, S>(s.Rows, s.Columns, row, column, s00, s10, s20, s30, ready, to, ref measure);
            Ending.Column<TSum, TEnding, S>(s.Rows, s.Columns, row, column + 1, s01, s11, s21, s31, ready, to, ref measure);
            Ending.Column<TSum, TEnding, S>(s.Rows, s.Columns, row, column + 2, s02, s12, s22, s32, ready, to, ref measure);
            Ending.Column<TSum, TEnding, S>(s.Rows, s.Columns, row, column + 3, s03, s13, s23, s33, ready, to, ref measure);
        }

        Ending.Finish<TEnding, S>(ready, to, measure);
    }
}
