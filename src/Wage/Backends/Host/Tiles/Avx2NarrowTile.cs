using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Wage.Backends.Host;

/// <summary>
/// The tile product of unsigned bytes with narrow signed bytes on AVX2, four terms to an instruction: sums grow in 16 bits and are widened
/// before they can overflow. Twice the rate of <see cref="Avx2Tile"/>.
/// </summary>
internal static unsafe class Avx2NarrowTile
{
    /// <summary>The widest weights for which 16 bits hold enough quads to be worth it.</summary>
    public const int MostWeight = 8;

    /// <summary>The quads that 16 bits hold: a lane gains two products of at most 255 * <paramref name="weight"/> each.</summary>
    public static int Steps(int weight) => short.MaxValue / (2 * byte.MaxValue * Math.Max(1, weight));

    /// <summary>See <see cref="TileKernel"/>: bytes, 6 rows, one panel; one plane, whose rows advance by a quad from step to step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(void* rows, int* offsets, void* panels, TileLoop* loop, int* start, int* c, nint stride, bool accumulate)
    {
        Debug.Assert(loop->Planes == 1 && loop->InnerStep == TileLoop.Quad && !accumulate, "a walk of the forward or the error product");
        var a = (byte*)rows;
        var panel = (sbyte*)panels;
        var steps = loop->SafeSteps;
        byte* a0 = a + offsets[0], a1 = a + offsets[1], a2 = a + offsets[2], a3 = a + offsets[3], a4 = a + offsets[4], a5 = a + offsets[5];
        Vector256<short> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        Vector256<short> c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        var (outer, inner, left) = (loop->Outer, loop->Inner, steps);
        nint run = 0, i = 0, fromStride = 0;
        var from = start;
        while (true)
        {
            var n = Math.Min(inner, left);
            inner -= n;
            left -= n;
            for (; n > 0; n--)
            {
                var b0 = Vector256.Load(panel);
                var b1 = Vector256.Load(panel + 32);
                var x = Avx2.BroadcastScalarToVector256((int*)(a0 + i)).AsByte();
                c00 = Avx2.Add(c00, Avx2.MultiplyAddAdjacent(x, b0));
                c01 = Avx2.Add(c01, Avx2.MultiplyAddAdjacent(x, b1));
                x = Avx2.BroadcastScalarToVector256((int*)(a1 + i)).AsByte();
                c10 = Avx2.Add(c10, Avx2.MultiplyAddAdjacent(x, b0));
                c11 = Avx2.Add(c11, Avx2.MultiplyAddAdjacent(x, b1));
                x = Avx2.BroadcastScalarToVector256((int*)(a2 + i)).AsByte();
                c20 = Avx2.Add(c20, Avx2.MultiplyAddAdjacent(x, b0));
                c21 = Avx2.Add(c21, Avx2.MultiplyAddAdjacent(x, b1));
                x = Avx2.BroadcastScalarToVector256((int*)(a3 + i)).AsByte();
                c30 = Avx2.Add(c30, Avx2.MultiplyAddAdjacent(x, b0));
                c31 = Avx2.Add(c31, Avx2.MultiplyAddAdjacent(x, b1));
                x = Avx2.BroadcastScalarToVector256((int*)(a4 + i)).AsByte();
                c40 = Avx2.Add(c40, Avx2.MultiplyAddAdjacent(x, b0));
                c41 = Avx2.Add(c41, Avx2.MultiplyAddAdjacent(x, b1));
                x = Avx2.BroadcastScalarToVector256((int*)(a5 + i)).AsByte();
                c50 = Avx2.Add(c50, Avx2.MultiplyAddAdjacent(x, b0));
                c51 = Avx2.Add(c51, Avx2.MultiplyAddAdjacent(x, b1));
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
            Widen(from, c, c00, c01);
            Widen(from + fromStride, c + stride, c10, c11);
            Widen(from + (2 * fromStride), c + (2 * stride), c20, c21);
            Widen(from + (3 * fromStride), c + (3 * stride), c30, c31);
            Widen(from + (4 * fromStride), c + (4 * stride), c40, c41);
            Widen(from + (5 * fromStride), c + (5 * stride), c50, c51);
            if (outer == 0) return;
            from = c;
            (fromStride, left) = (stride, steps);
            c00 = c01 = c10 = c11 = c20 = c21 = c30 = c31 = c40 = c41 = c50 = c51 = Vector256<short>.Zero;
        }
    }

    /// <summary>to = from + the pairs of lanes added up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Widen(int* from, int* to, Vector256<short> low, Vector256<short> high)
    {
        Avx2.Add(Vector256.Load(from), Avx2.MultiplyAddAdjacent(low, Vector256<short>.One)).Store(to);
        Avx2.Add(Vector256.Load(from + 8), Avx2.MultiplyAddAdjacent(high, Vector256<short>.One)).Store(to + 8);
    }
}
