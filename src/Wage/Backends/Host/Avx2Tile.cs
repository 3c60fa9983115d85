using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Wage.Backends.Host;

/// <summary>
/// The tile product on AVX2: 12 accumulators, one broadcast operand, two panel operands, one product: the 16 registers there are.
/// </summary>
internal static unsafe class Avx2Tile
{
    /// <summary>See <see cref="TileKernel"/>: int16, 6 rows, one panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(void* rows, int* offsets, void* panels, TileLoop* loop, int* start, int* c, nint stride, bool accumulate)
    {
        var a = (short*)rows;
        var panel = (short*)panels;
        byte* a0 = (byte*)(a + offsets[0]), a1 = (byte*)(a + offsets[1]), a2 = (byte*)(a + offsets[2]);
        byte* a3 = (byte*)(a + offsets[3]), a4 = (byte*)(a + offsets[4]), a5 = (byte*)(a + offsets[5]);
        Vector256<int> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        Vector256<int> c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        var outerStep = loop->OuterStep * sizeof(short);
        var innerStep = loop->InnerStep * sizeof(short);
        nint run = 0;
        var planes = loop->Planes;
        var outer = loop->Outer;
        while (true)
        {
            var i = run;
            for (var inner = loop->Inner; inner > 0; inner--)
            {
                var b0 = Vector256.Load(panel);
                var b1 = Vector256.Load(panel + 16);
                var x = Avx2.BroadcastScalarToVector256((int*)(a0 + i)).AsInt16();
                c00 = Avx2.Add(c00, Avx2.MultiplyAddAdjacent(x, b0));
                c01 = Avx2.Add(c01, Avx2.MultiplyAddAdjacent(x, b1));
                x = Avx2.BroadcastScalarToVector256((int*)(a1 + i)).AsInt16();
                c10 = Avx2.Add(c10, Avx2.MultiplyAddAdjacent(x, b0));
                c11 = Avx2.Add(c11, Avx2.MultiplyAddAdjacent(x, b1));
                x = Avx2.BroadcastScalarToVector256((int*)(a2 + i)).AsInt16();
                c20 = Avx2.Add(c20, Avx2.MultiplyAddAdjacent(x, b0));
                c21 = Avx2.Add(c21, Avx2.MultiplyAddAdjacent(x, b1));
                x = Avx2.BroadcastScalarToVector256((int*)(a3 + i)).AsInt16();
                c30 = Avx2.Add(c30, Avx2.MultiplyAddAdjacent(x, b0));
                c31 = Avx2.Add(c31, Avx2.MultiplyAddAdjacent(x, b1));
                x = Avx2.BroadcastScalarToVector256((int*)(a4 + i)).AsInt16();
                c40 = Avx2.Add(c40, Avx2.MultiplyAddAdjacent(x, b0));
                c41 = Avx2.Add(c41, Avx2.MultiplyAddAdjacent(x, b1));
                x = Avx2.BroadcastScalarToVector256((int*)(a5 + i)).AsInt16();
                c50 = Avx2.Add(c50, Avx2.MultiplyAddAdjacent(x, b0));
                c51 = Avx2.Add(c51, Avx2.MultiplyAddAdjacent(x, b1));
                i += innerStep;
                panel += TileLoop.PairLength;
            }

            run += outerStep;
            if (--outer > 0) continue;
            if (--planes == 0) break;
            outer = loop->Outer;
            run += (loop->PlaneStep * sizeof(short)) - (outer * outerStep);
        }

        Store(c, c00, c01, accumulate);
        Store(c += stride, c10, c11, accumulate);
        Store(c += stride, c20, c21, accumulate);
        Store(c += stride, c30, c31, accumulate);
        Store(c += stride, c40, c41, accumulate);
        Store(c + stride, c50, c51, accumulate);
    }

    /// <summary>Stores 16 sums, or adds them to what is there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(int* c, Vector256<int> low, Vector256<int> high, bool accumulate)
    {
        if (accumulate)
        {
            low = Avx2.Add(low, Vector256.Load(c));
            high = Avx2.Add(high, Vector256.Load(c + 8));
        }

        low.Store(c);
        high.Store(c + 8);
    }
}
