using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Wage.Backends.Host;

/// <summary>
/// The tile product on AVX-512: 8 rows by up to 3 panels are 24 accumulators, and with three panel operands, one broadcast operand and one
/// product 29 of the 32 registers. A step takes 11 loads to 48 multiplications and additions: two execution ports, not the loads, set the
/// pace. Eight rows divide the 64, 256 and 1024 pixels of the usual images and the batches that are powers of two; two panels left over
/// still give 16 independent sums, more than the additions' latency asks for.
/// </summary>
internal static unsafe class Avx512Tile
{
    /// <summary>See <see cref="TileKernel"/>: int16, 8 rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<T>(void* rows, int* offsets, void* panels, TileLoop* loop, int* start, int* c, nint stride, bool accumulate)
        where T : struct, IPanels
    {
        var a = (short*)rows;
        var panel = (byte*)panels;
        byte* a0 = (byte*)(a + offsets[0]), a1 = (byte*)(a + offsets[1]), a2 = (byte*)(a + offsets[2]), a3 = (byte*)(a + offsets[3]);
        byte* a4 = (byte*)(a + offsets[4]), a5 = (byte*)(a + offsets[5]), a6 = (byte*)(a + offsets[6]), a7 = (byte*)(a + offsets[7]);
        Vector512<int> c00 = default, c01 = default, c02 = default, c10 = default, c11 = default, c12 = default;
        Vector512<int> c20 = default, c21 = default, c22 = default, c30 = default, c31 = default, c32 = default;
        Vector512<int> c40 = default, c41 = default, c42 = default, c50 = default, c51 = default, c52 = default;
        Vector512<int> c60 = default, c61 = default, c62 = default, c70 = default, c71 = default, c72 = default;
        Vector512<short> b0, b1 = default, b2 = default, x;
        var outerStep = loop->OuterStep * sizeof(short);
        var innerStep = loop->InnerStep * sizeof(short);
        var panelStep = loop->PanelStep;
        nint run = 0;
        var planes = loop->Planes;
        var outer = loop->Outer;
        while (true)
        {
            var i = run;
            for (var inner = loop->Inner; inner > 0; inner--)
            {
                b0 = Vector512.Load((short*)panel);
                if (T.Count > 1) b1 = Vector512.Load((short*)(panel + panelStep));
                if (T.Count > 2) b2 = Vector512.Load((short*)(panel + (2 * panelStep)));
                x = Vector512.Create(*(int*)(a0 + i)).AsInt16();
                c00 = Add(c00, x, b0);
                if (T.Count > 1) c01 = Add(c01, x, b1);
                if (T.Count > 2) c02 = Add(c02, x, b2);
                x = Vector512.Create(*(int*)(a1 + i)).AsInt16();
                c10 = Add(c10, x, b0);
                if (T.Count > 1) c11 = Add(c11, x, b1);
                if (T.Count > 2) c12 = Add(c12, x, b2);
                x = Vector512.Create(*(int*)(a2 + i)).AsInt16();
                c20 = Add(c20, x, b0);
                if (T.Count > 1) c21 = Add(c21, x, b1);
                if (T.Count > 2) c22 = Add(c22, x, b2);
                x = Vector512.Create(*(int*)(a3 + i)).AsInt16();
                c30 = Add(c30, x, b0);
                if (T.Count > 1) c31 = Add(c31, x, b1);
                if (T.Count > 2) c32 = Add(c32, x, b2);
                x = Vector512.Create(*(int*)(a4 + i)).AsInt16();
                c40 = Add(c40, x, b0);
                if (T.Count > 1) c41 = Add(c41, x, b1);
                if (T.Count > 2) c42 = Add(c42, x, b2);
                x = Vector512.Create(*(int*)(a5 + i)).AsInt16();
                c50 = Add(c50, x, b0);
                if (T.Count > 1) c51 = Add(c51, x, b1);
                if (T.Count > 2) c52 = Add(c52, x, b2);
                x = Vector512.Create(*(int*)(a6 + i)).AsInt16();
                c60 = Add(c60, x, b0);
                if (T.Count > 1) c61 = Add(c61, x, b1);
                if (T.Count > 2) c62 = Add(c62, x, b2);
                x = Vector512.Create(*(int*)(a7 + i)).AsInt16();
                c70 = Add(c70, x, b0);
                if (T.Count > 1) c71 = Add(c71, x, b1);
                if (T.Count > 2) c72 = Add(c72, x, b2);
                i += innerStep;
                panel += TileLoop.StepBytes;
            }

            run += outerStep;
            if (--outer > 0) continue;
            if (--planes == 0) break;
            outer = loop->Outer;
            run += (loop->PlaneStep * sizeof(short)) - (outer * outerStep);
        }

        Store<T>(c, c00, c01, c02, accumulate);
        Store<T>(c += stride, c10, c11, c12, accumulate);
        Store<T>(c += stride, c20, c21, c22, accumulate);
        Store<T>(c += stride, c30, c31, c32, accumulate);
        Store<T>(c += stride, c40, c41, c42, accumulate);
        Store<T>(c += stride, c50, c51, c52, accumulate);
        Store<T>(c += stride, c60, c61, c62, accumulate);
        Store<T>(c + stride, c70, c71, c72, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Add(Vector512<int> sum, Vector512<short> x, Vector512<short> b) =>
        Avx512F.Add(sum, Avx512BW.MultiplyAddAdjacent(x, b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T>(int* c, Vector512<int> first, Vector512<int> second, Vector512<int> third, bool accumulate)
        where T : struct, IPanels
    {
        Store(c, first, accumulate);
        if (T.Count > 1) Store(c + TileLoop.Columns, second, accumulate);
        if (T.Count > 2) Store(c + (2 * TileLoop.Columns), third, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(int* c, Vector512<int> sum, bool accumulate)
    {
        if (accumulate) sum = Avx512F.Add(sum, Vector512.Load(c));
        sum.Store(c);
    }
}
