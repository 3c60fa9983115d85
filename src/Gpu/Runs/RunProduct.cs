using ILGPU;
using Wage.Gpu.Kernels;
using Wage.Quantization;

namespace Wage.Gpu.Runs;

/// <summary>
/// The product for processors: a thread makes a tile of sums alone, 4 x 4 at a time in registers. Its innermost loop reads four rows and
/// four columns from one term to the next and does nothing else, which the compilers of OpenCL for processors turn into vectors.
/// </summary>
internal static class RunProduct
{
    /// <summary>Rows of a tile.</summary>
    public const int TileRows = 32;

    /// <summary>Columns of a tile.</summary>
    public const int TileColumns = 128;

    private const int Block = 4;

    /// <summary>Every tile and slice of the product that falls to this thread, which is a group of its own.</summary>
    public static void Multiply<TElement, TSum, TEnding, S>(
        ArrayView<byte> left, ArrayView<byte> right, RunShape s, S stage, StageViews to)
        where TElement : struct, IElement
        where TSum : struct, ISum<TSum>
        where TEnding : struct, IEnding<S>
        where S : unmanaged, IOutputStage
    {
        var (ready, measure) = (Ending.Ready<TEnding, S>(stage, to), new StageMeasure());
        for (var item = Grid.IdxX; item < s.Items; item += Grid.DimX)
        {
            int tile = item / s.Slices, firstPart = (item - (tile * s.Slices)) * s.SliceParts;
            var lastPart = Math.Min(firstPart + s.SliceParts, s.Parts);
            int firstRow = tile / s.TilesAcross * TileRows, firstColumn = tile % s.TilesAcross * TileColumns;
            int lastRow = Math.Min(firstRow + TileRows, s.Rows), lastColumn = Math.Min(firstColumn + TileColumns, s.Columns);
            for (var part = firstPart; part < lastPart; part++)
            {
                int segment = part / s.Cuts * s.PartSegments, start = part % s.Cuts * s.PartRun, run = Math.Min(s.PartRun, s.Run - start);
                int leftStart = (segment * s.LeftStep) + start, rightStart = (segment * s.RightStep) + start;
                for (var row = firstRow; row < lastRow; row += Block)
                {
                    int a0 = leftStart + s.Row(row), a1 = leftStart + s.Row(Math.Min(row + 1, s.Rows - 1));
                    int a2 = leftStart + s.Row(Math.Min(row + 2, s.Rows - 1)), a3 = leftStart + s.Row(Math.Min(row + 3, s.Rows - 1));
                    for (var column = firstColumn; column < lastColumn; column += Block)
                    {
                        int b0 = rightStart + s.Column(column), b1 = rightStart + s.Column(Math.Min(column + 1, s.Columns - 1));
                        int b2 = rightStart + s.Column(Math.Min(column + 2, s.Columns - 1));
                        int b3 = rightStart + s.Column(Math.Min(column + 3, s.Columns - 1));
                        TSum s00 = default, s01 = default, s02 = default, s03 = default, s10 = default, s11 = default, s12 = default, s13 = default;
                        TSum s20 = default, s21 = default, s22 = default, s23 = default, s30 = default, s31 = default, s32 = default, s33 = default;
                        for (var t = 0; t < s.PartSegments; t++)
                        {
                            long leftStep = t * s.LeftStep, rightStep = t * s.RightStep;
                            long l0 = a0 + leftStep, l1 = a1 + leftStep, l2 = a2 + leftStep, l3 = a3 + leftStep;
                            long r0 = b0 + rightStep, r1 = b1 + rightStep, r2 = b2 + rightStep, r3 = b3 + rightStep;
                            for (var k = 0; k < run; k++)
                            {
                                int p0 = (int)TElement.Get(left, l0 + k), p1 = (int)TElement.Get(left, l1 + k);
                                int p2 = (int)TElement.Get(left, l2 + k), p3 = (int)TElement.Get(left, l3 + k);
                                int q0 = (int)TElement.Get(right, r0 + k), q1 = (int)TElement.Get(right, r1 + k);
                                int q2 = (int)TElement.Get(right, r2 + k), q3 = (int)TElement.Get(right, r3 + k);
                                s00 = TSum.Add(s00, p0, q0);
                                s01 = TSum.Add(s01, p0, q1);
                                s02 = TSum.Add(s02, p0, q2);
                                s03 = TSum.Add(s03, p0, q3);
                                s10 = TSum.Add(s10, p1, q0);
                                s11 = TSum.Add(s11, p1, q1);
                                s12 = TSum.Add(s12, p1, q2);
                                s13 = TSum.Add(s13, p1, q3);
                                s20 = TSum.Add(s20, p2, q0);
                                s21 = TSum.Add(s21, p2, q1);
                                s22 = TSum.Add(s22, p2, q2);
                                s23 = TSum.Add(s23, p2, q3);
                                s30 = TSum.Add(s30, p3, q0);
                                s31 = TSum.Add(s31, p3, q1);
                                s32 = TSum.Add(s32, p3, q2);
                                s33 = TSum.Add(s33, p3, q3);
                            }
                        }

                        Ending.Column<TSum, TEnding, S>(s.Rows, s.Columns, row, column, s00, s10, s20, s30, ready, to, ref measure);
                        Ending.Column<TSum, TEnding, S>(s.Rows, s.Columns, row, column + 1, s01, s11, s21, s31, ready, to, ref measure);
                        Ending.Column<TSum, TEnding, S>(s.Rows, s.Columns, row, column + 2, s02, s12, s22, s32, ready, to, ref measure);
                        Ending.Column<TSum, TEnding, S>(s.Rows, s.Columns, row, column + 3, s03, s13, s23, s33, ready, to, ref measure);
                    }
                }
            }
        }

        Ending.Finish<TEnding, S>(ready, to, measure);
    }
}
