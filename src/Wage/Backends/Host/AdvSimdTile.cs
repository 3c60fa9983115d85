using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Wage.Backends.Host;

/// <summary>
/// The tile product on Arm64: 24 accumulators, four panel operands and one row operand of the 32 registers; the terms of a pair are
/// multiplied and added one after the other, widening.
/// </summary>
internal static unsafe class AdvSimdTile
{
    /// <summary>See <see cref="TileKernel"/>: int16, 6 rows, one panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(void* rows, int* offsets, void* panels, TileLoop* loop, int* start, int* c, nint stride, bool accumulate)
    {
        var a = (short*)rows;
        byte* a0 = (byte*)(a + offsets[0]), a1 = (byte*)(a + offsets[1]), a2 = (byte*)(a + offsets[2]);
        byte* a3 = (byte*)(a + offsets[3]), a4 = (byte*)(a + offsets[4]), a5 = (byte*)(a + offsets[5]);
        Vector128<int> c00 = default, c01 = default, c02 = default, c03 = default;
        Vector128<int> c10 = default, c11 = default, c12 = default, c13 = default;
        Vector128<int> c20 = default, c21 = default, c22 = default, c23 = default;
        Vector128<int> c30 = default, c31 = default, c32 = default, c33 = default;
        Vector128<int> c40 = default, c41 = default, c42 = default, c43 = default;
        Vector128<int> c50 = default, c51 = default, c52 = default, c53 = default;
        var panel = (byte*)panels;
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
                var b0 = AdvSimd.LoadVector128((short*)panel);
                var b1 = AdvSimd.LoadVector128((short*)(panel + 16));
                var low = AdvSimd.Arm64.UnzipEven(b0, b1);
                var lowNext = AdvSimd.Arm64.UnzipOdd(b0, b1);
                b0 = AdvSimd.LoadVector128((short*)(panel + 32));
                b1 = AdvSimd.LoadVector128((short*)(panel + 48));
                var high = AdvSimd.Arm64.UnzipEven(b0, b1);
                var highNext = AdvSimd.Arm64.UnzipOdd(b0, b1);
                var x = AdvSimd.LoadAndReplicateToVector64((int*)(a0 + i)).AsInt16();
                c00 = Lower(Lower(c00, low, x, 0), lowNext, x, 1);
                c01 = Upper(Upper(c01, low, x, 0), lowNext, x, 1);
                c02 = Lower(Lower(c02, high, x, 0), highNext, x, 1);
                c03 = Upper(Upper(c03, high, x, 0), highNext, x, 1);
                x = AdvSimd.LoadAndReplicateToVector64((int*)(a1 + i)).AsInt16();
                c10 = Lower(Lower(c10, low, x, 0), lowNext, x, 1);
                c11 = Upper(Upper(c11, low, x, 0), lowNext, x, 1);
                c12 = Lower(Lower(c12, high, x, 0), highNext, x, 1);
                c13 = Upper(Upper(c13, high, x, 0), highNext, x, 1);
                x = AdvSimd.LoadAndReplicateToVector64((int*)(a2 + i)).AsInt16();
                c20 = Lower(Lower(c20, low, x, 0), lowNext, x, 1);
                c21 = Upper(Upper(c21, low, x, 0), lowNext, x, 1);
                c22 = Lower(Lower(c22, high, x, 0), highNext, x, 1);
                c23 = Upper(Upper(c23, high, x, 0), highNext, x, 1);
                x = AdvSimd.LoadAndReplicateToVector64((int*)(a3 + i)).AsInt16();
                c30 = Lower(Lower(c30, low, x, 0), lowNext, x, 1);
                c31 = Upper(Upper(c31, low, x, 0), lowNext, x, 1);
                c32 = Lower(Lower(c32, high, x, 0), highNext, x, 1);
                c33 = Upper(Upper(c33, high, x, 0), highNext, x, 1);
                x = AdvSimd.LoadAndReplicateToVector64((int*)(a4 + i)).AsInt16();
                c40 = Lower(Lower(c40, low, x, 0), lowNext, x, 1);
                c41 = Upper(Upper(c41, low, x, 0), lowNext, x, 1);
                c42 = Lower(Lower(c42, high, x, 0), highNext, x, 1);
                c43 = Upper(Upper(c43, high, x, 0), highNext, x, 1);
                x = AdvSimd.LoadAndReplicateToVector64((int*)(a5 + i)).AsInt16();
                c50 = Lower(Lower(c50, low, x, 0), lowNext, x, 1);
                c51 = Upper(Upper(c51, low, x, 0), lowNext, x, 1);
                c52 = Lower(Lower(c52, high, x, 0), highNext, x, 1);
                c53 = Upper(Upper(c53, high, x, 0), highNext, x, 1);
                i += innerStep;
                panel += TileLoop.StepBytes;
            }

            run += outerStep;
            if (--outer > 0) continue;
            if (--planes == 0) break;
            outer = loop->Outer;
            run += (loop->PlaneStep * sizeof(short)) - (outer * outerStep);
        }

        Store(c, c00, c01, c02, c03, accumulate);
        Store(c += stride, c10, c11, c12, c13, accumulate);
        Store(c += stride, c20, c21, c22, c23, accumulate);
        Store(c += stride, c30, c31, c32, c33, accumulate);
        Store(c += stride, c40, c41, c42, c43, accumulate);
        Store(c + stride, c50, c51, c52, c53, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(int* c, Vector128<int> c0, Vector128<int> c1, Vector128<int> c2, Vector128<int> c3, bool accumulate)
    {
        if (accumulate)
        {
            c0 = AdvSimd.Add(c0, AdvSimd.LoadVector128(c));
            c1 = AdvSimd.Add(c1, AdvSimd.LoadVector128(c + 4));
            c2 = AdvSimd.Add(c2, AdvSimd.LoadVector128(c + 8));
            c3 = AdvSimd.Add(c3, AdvSimd.LoadVector128(c + 12));
        }

        AdvSimd.Store(c, c0);
        AdvSimd.Store(c + 4, c1);
        AdvSimd.Store(c + 8, c2);
        AdvSimd.Store(c + 12, c3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Lower(Vector128<int> sum, Vector128<short> b, Vector64<short> x, [ConstantExpected(Max = (byte)3)] byte term) =>
        AdvSimd.MultiplyBySelectedScalarWideningLowerAndAdd(sum, b.GetLower(), x, term);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Upper(Vector128<int> sum, Vector128<short> b, Vector64<short> x, [ConstantExpected(Max = (byte)3)] byte term) =>
        AdvSimd.MultiplyBySelectedScalarWideningUpperAndAdd(sum, b, x, term);
}
