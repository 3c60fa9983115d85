using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Wage.Backends.Host;

/// <summary>
/// The tile product of unsigned with signed bytes on 128-bit vectors of any machine, in the shape and layout of the kernels of <see
/// cref="VnniTile"/>.
/// </summary>
internal static unsafe class PortableByteTile
{
    /// <summary>See <see cref="TileKernel"/>: bytes, 8 rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<T>(void* rows, int* offsets, void* panels, TileLoop* loop, int* start, int* c, nint stride, bool accumulate)
        where T : struct, IPanels
    {
        var a = (byte*)rows;
        for (var column = 0; column < T.Count * TileLoop.Columns; column += Vector128<int>.Count)
        {
            Vector128<int> c0, c1, c2, c3, c4, c5, c6, c7;
            c0 = c1 = c2 = c3 = c4 = c5 = c6 = c7 = Vector128.Load(start + column);
            var b = (byte*)panels + (column / TileLoop.Columns * loop->PanelStep) + (TileLoop.Quad * (column % TileLoop.Columns));
            for (var run = 0; run < loop->Planes * loop->Outer; run++)
            {
                var x = a + (run / loop->Outer * loop->PlaneStep) + (run % loop->Outer * loop->OuterStep);
                for (var inner = loop->Inner; inner > 0; inner--)
                {
                    var quads = Vector128.Load((int*)b);
                    var b0 = (quads << 24) >> 24;
                    var b1 = (quads << 16) >> 24;
                    var b2 = (quads << 8) >> 24;
                    var b3 = quads >> 24;
                    c0 += Dot(x + offsets[0], b0, b1, b2, b3);
                    c1 += Dot(x + offsets[1], b0, b1, b2, b3);
                    c2 += Dot(x + offsets[2], b0, b1, b2, b3);
                    c3 += Dot(x + offsets[3], b0, b1, b2, b3);
                    c4 += Dot(x + offsets[4], b0, b1, b2, b3);
                    c5 += Dot(x + offsets[5], b0, b1, b2, b3);
                    c6 += Dot(x + offsets[6], b0, b1, b2, b3);
                    c7 += Dot(x + offsets[7], b0, b1, b2, b3);
                    x += loop->InnerStep;
                    b += TileLoop.StepBytes;
                }
            }

            var to = c + column;
            PortableTile.Store(to, c0, accumulate);
            PortableTile.Store(to += stride, c1, accumulate);
            PortableTile.Store(to += stride, c2, accumulate);
            PortableTile.Store(to += stride, c3, accumulate);
            PortableTile.Store(to += stride, c4, accumulate);
            PortableTile.Store(to += stride, c5, accumulate);
            PortableTile.Store(to += stride, c6, accumulate);
            PortableTile.Store(to + stride, c7, accumulate);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Dot(byte* x, Vector128<int> b0, Vector128<int> b1, Vector128<int> b2, Vector128<int> b3) =>
        (b0 * Vector128.Create((int)x[0])) + (b1 * Vector128.Create((int)x[1]))
            + (b2 * Vector128.Create((int)x[2])) + (b3 * Vector128.Create((int)x[3]));
}
