using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Wage.Backends.Host;

/// <summary>
/// The tile product of unsigned bytes with narrow signed bytes on AVX-512, as <see cref="Avx2NarrowTile"/> and in the shape of <see
/// cref="Avx512Tile"/>: sums grow in 16 bits and are widened before they can overflow.
/// </summary>
internal static unsafe class Avx512NarrowTile
{
    /// <summary>See <see cref="TileKernel"/>: bytes, 8 rows; one plane, whose rows advance by a quad from step to step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<T>(void* rows, int* offsets, void* panels, TileLoop* loop, int* start, int* c, nint stride, bool accumulate)
        where T : struct, IPanels
    {
        Debug.Assert(loop->Planes == 1 && loop->InnerStep == TileLoop.Quad && !accumulate, "a walk of the forward or the error product");
        var a = (byte*)rows;
        var panel = (byte*)panels;
        byte* a0 = a + offsets[0], a1 = a + offsets[1], a2 = a + offsets[2], a3 = a + offsets[3];
        byte* a4 = a + offsets[4], a5 = a + offsets[5], a6 = a + offsets[6], a7 = a + offsets[7];
        Vector512<short> c00 = default, c01 = default, c02 = default, c10 = default, c11 = default, c12 = default;
        Vector512<short> c20 = default, c21 = default, c22 = default, c30 = default, c31 = default, c32 = default;
        Vector512<short> c40 = default, c41 = default, c42 = default, c50 = default, c51 = default, c52 = default;
        Vector512<short> c60 = default, c61 = default, c62 = default, c70 = default, c71 = default, c72 = default;
        Vector512<sbyte> b0, b1 = default, b2 = default;
        Vector512<byte> x;
        var panelStep = loop->PanelStep;
        var outer = loop->Outer;
        var inner = loop->Inner;
        var left = loop->SafeSteps;
        nint run = 0, i = 0, fromStride = 0;
        var from = start;
        while (true)
        {
            var n = Math.Min(inner, left);
            inner -= n;
            left -= n;
            for (; n > 0; n--)
            {
                b0 = Vector512.Load((sbyte*)panel);
                if (T.Count > 1) b1 = Vector512.Load((sbyte*)(panel + panelStep));
                if (T.Count > 2) b2 = Vector512.Load((sbyte*)(panel + (2 * panelStep)));
                x = Vector512.Create(*(int*)(a0 + i)).AsByte();
                c00 = Add(c00, x, b0);
                if (T.Count > 1) c01 = Add(c01, x, b1);
                if (T.Count > 2) c02 = Add(c02, x, b2);
                x = Vector512.Create(*(int*)(a1 + i)).AsByte();
                c10 = Add(c10, x, b0);
                if (T.Count > 1) c11 = Add(c11, x, b1);
                if (T.Count > 2) c12 = Add(c12, x, b2);
                x = Vector512.Create(*(int*)(a2 + i)).AsByte();
                c20 = Add(c20, x, b0);
                if (T.Count > 1) c21 = Add(c21, x, b1);
                if (T.Count > 2) c22 = Add(c22, x, b2);
                x = Vector512.Create(*(int*)(a3 + i)).AsByte();
                c30 = Add(c30, x, b0);
                if (T.Count > 1) c31 = Add(c31, x, b1);
                if (T.Count > 2) c32 = Add(c32, x, b2);
                x = Vector512.Create(*(int*)(a4 + i)).AsByte();
                c40 = Add(c40, x, b0);
                if (T.Count > 1) c41 = Add(c41, x, b1);
                if (T.Count > 2) c42 = Add(c42, x, b2);
                x = Vector512.Create(*(int*)(a5 + i)).AsByte();
                c50 = Add(c50, x, b0);
                if (T.Count > 1) c51 = Add(c51, x, b1);
                if (T.Count > 2) c52 = Add(c52, x, b2);
                x = Vector512.Create(*(int*)(a6 + i)).AsByte();
                c60 = Add(c60, x, b0);
                if (T.Count > 1) c61 = Add(c61, x, b1);
                if (T.Count > 2) c62 = Add(c62, x, b2);
                x = Vector512.Create(*(int*)(a7 + i)).AsByte();
                c70 = Add(c70, x, b0);
                if (T.Count > 1) c71 = Add(c71, x, b1);
                if (T.Count > 2) c72 = Add(c72, x, b2);
                i += TileLoop.Quad;
                panel += TileLoop.StepBytes;
            }

            if (inner == 0)
            {
                outer--;
                inner = loop->Inner;
                i = run += loop->OuterStep;
            }

            if (left > 0 && outer > 0) continue;
            Widen<T>(from, c, c00, c01, c02);
            Widen<T>(from + fromStride, c + stride, c10, c11, c12);
            Widen<T>(from + (2 * fromStride), c + (2 * stride), c20, c21, c22);
            Widen<T>(from + (3 * fromStride), c + (3 * stride), c30, c31, c32);
            Widen<T>(from + (4 * fromStride), c + (4 * stride), c40, c41, c42);
            Widen<T>(from + (5 * fromStride), c + (5 * stride), c50, c51, c52);
            Widen<T>(from + (6 * fromStride), c + (6 * stride), c60, c61, c62);
            Widen<T>(from + (7 * fromStride), c + (7 * stride), c70, c71, c72);
            if (outer == 0) return;
            from = c;
            fromStride = stride;
            left = loop->SafeSteps;
            c00 = c01 = c02 = c10 = c11 = c12 = c20 = c21 = c22 = c30 = c31 = c32 = Vector512<short>.Zero;
            c40 = c41 = c42 = c50 = c51 = c52 = c60 = c61 = c62 = c70 = c71 = c72 = Vector512<short>.Zero;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Add(Vector512<short> sum, Vector512<byte> x, Vector512<sbyte> b) =>
        Avx512BW.Add(sum, Avx512BW.MultiplyAddAdjacent(x, b));

    /// <summary>to = from + the pairs of lanes added up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Widen<T>(int* from, int* to, Vector512<short> first, Vector512<short> second, Vector512<short> third)
        where T : struct, IPanels
    {
        Widen(from, to, first);
        if (T.Count > 1) Widen(from + TileLoop.Columns, to + TileLoop.Columns, second);
        if (T.Count > 2) Widen(from + (2 * TileLoop.Columns), to + (2 * TileLoop.Columns), third);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Widen(int* from, int* to, Vector512<short> sums) =>
        Avx512F.Add(Vector512.Load(from), Avx512BW.MultiplyAddAdjacent(sums, Vector512<short>.One)).Store(to);
}
