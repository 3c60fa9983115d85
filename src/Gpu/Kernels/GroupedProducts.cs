using ILGPU;
using Wage.Quantization;

namespace Wage.Gpu.Kernels;

/// <summary>
/// The product of a grouped convolution: as <see cref="Products"/>, but a row and a column meet only in the terms of one group, so that a tile would
/// be almost empty. A thread makes four sums of one column alone; neighbours have neighbouring columns.
/// </summary>
internal static class GroupedProducts
{
    private const int Block = 4;

    /// <summary>Every block of four rows, column and slice that falls to this thread.</summary>
    public static void Multiply<TOperands, TLeft, TRight, TSum, TEnding, S>(
        ArrayView<byte> left, ArrayView<byte> right, ProductShape s, S stage, StageViews to, long items)
        where TOperands : struct, IOperands
        where TLeft : struct, IElement
        where TRight : struct, IElement
        where TSum : struct, ISum<TSum>
        where TEnding : struct, IEnding<S>
        where S : unmanaged, IOutputStage
    {
        var (ready, measure) = (Ending.Ready<TEnding, S>(stage, to), new StageMeasure());
        for (var item = Threads.First; item < items; item += Threads.Step)
        {
            int column = (int)(item % s.Columns), firstTerm = (int)(item / s.Columns % s.Slices) * s.SliceTerms;
            int row = (int)(item / s.Columns / s.Slices) * Block, lastTerm = Math.Min(firstTerm + s.SliceTerms, s.Terms);
            var (row0, column0) = TOperands.Pair(s, row, column);
            var (row1, column1) = TOperands.Pair(s, Math.Min(row + 1, s.Rows - 1), column);
            var (row2, column2) = TOperands.Pair(s, Math.Min(row + 2, s.Rows - 1), column);
            var (row3, column3) = TOperands.Pair(s, Math.Min(row + 3, s.Rows - 1), column);
            TSum s0 = default, s1 = default, s2 = default, s3 = default;
            for (var k = firstTerm; k < lastTerm; k++)
            {
                var term = TOperands.Term(s, k);
                s0 = TSum.Add(s0, TOperands.Left<TLeft>(left, s, row0, term), TOperands.Right<TRight>(right, s, term, column0));
                s1 = TSum.Add(s1, TOperands.Left<TLeft>(left, s, row1, term), TOperands.Right<TRight>(right, s, term, column1));
                s2 = TSum.Add(s2, TOperands.Left<TLeft>(left, s, row2, term), TOperands.Right<TRight>(right, s, term, column2));
                s3 = TSum.Add(s3, TOperands.Left<TLeft>(left, s, row3, term), TOperands.Right<TRight>(right, s, term, column3));
            }

            Ending.Column<TSum, TEnding, S>(s.Rows, s.Columns, row, column, s0, s1, s2, s3, ready, to, ref measure);
        }

        Ending.Finish<TEnding, S>(ready, to, measure);
    }
}
