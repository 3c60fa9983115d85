using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Wage.Backends.Host;

/// <summary>
/// The tile product of signed bytes on Arm64's dot products, four terms to an instruction: 24 accumulators, four panel operands and one row
/// operand of the 32 registers. Both sides are signed, so no bias is needed.
/// </summary>
internal static unsafe class AdvSimdDotTile
{
    public static bool IsSupported => Dp.IsSupported;

    /// <summary>See <see cref="TileKernel"/>: signed bytes, 6 rows, one panel; the columns' start is not read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(void* rows, int* offsets, void* panels, TileLoop* loop, int* start, int* c, nint stride, bool accumulate)
    {
        var a = (sbyte*)rows;
        byte* a0 = (byte*)(a + offsets[0]), a1 = (byte*)(a + offsets[1]), a2 = (byte*)(a + offsets[2]);
        byte* a3 = (byte*)(a + offsets[3]), a4 = (byte*)(a + offsets[4]), a5 = (byte*)(a + offsets[5]);
        Vector128<int> c00 = default, c01 = default, c02 = default, c03 = default;
        Vector128<int> c10 = default, c11 = default, c12 = default, c13 = default;
        Vector128<int> c20 = default, c21 = default, c22 = default, c23 = default;
        Vector128<int> c30 = default, c31 = default, c32 = default, c33 = default;
        Vector128<int> c40 = default, c41 = default, c42 = default, c43 = default;
        Vector128<int> c50 = default, c51 = default, c52 = default, c53 = default;
        var panel = (byte*)panels;
        var outerStep = loop->OuterStep * sizeof(sbyte);
        var innerStep = loop->InnerStep * sizeof(sbyte);
        nint run = 0;
        var planes = loop->Planes;
        var outer = loop->Outer;
        while (true)
        {
            var i = run;
            for (var inner = loop->Inner; inner > 0; inner--)
            {
                var b0 = AdvSimd.LoadVector128((sbyte*)panel);
                var b1 = AdvSimd.LoadVector128((sbyte*)(panel + 16));
                var b2 = AdvSimd.LoadVector128((sbyte*)(panel + 32));
                var b3 = AdvSimd.LoadVector128((sbyte*)(panel + 48));
                var x = AdvSimd.LoadAndReplicateToVector128((int*)(a0 + i)).AsSByte();
                c00 = Dp.DotProduct(c00, x, b0);
                c01 = Dp.DotProduct(c01, x, b1);
                c02 = Dp.DotProduct(c02, x, b2);
                c03 = Dp.DotProduct(c03, x, b3);
                x = AdvSimd.LoadAndReplicateToVector128((int*)(a1 + i)).AsSByte();
                c10 = Dp.DotProduct(c10, x, b0);
                c11 = Dp.DotProduct(c11, x, b1);
                c12 = Dp.DotProduct(c12, x, b2);
                c13 = Dp.DotProduct(c13, x, b3);
                x = AdvSimd.LoadAndReplicateToVector128((int*)(a2 + i)).AsSByte();
                c20 = Dp.DotProduct(c20, x, b0);
                c21 = Dp.DotProduct(c21, x, b1);
                c22 = Dp.DotProduct(c22, x, b2);
                c23 = Dp.DotProduct(c23, x, b3);
                x = AdvSimd.LoadAndReplicateToVector128((int*)(a3 + i)).AsSByte();
                c30 = Dp.DotProduct(c30, x, b0);
                c31 = Dp.DotProduct(c31, x, b1);
                c32 = Dp.DotProduct(c32, x, b2);
                c33 = Dp.DotProduct(c33, x, b3);
                x = AdvSimd.LoadAndReplicateToVector128((int*)(a4 + i)).AsSByte();
                c40 = Dp.DotProduct(c40, x, b0);
                c41 = Dp.DotProduct(c41, x, b1);
                c42 = Dp.DotProduct(c42, x, b2);
                c43 = Dp.DotProduct(c43, x, b3);
                x = AdvSimd.LoadAndReplicateToVector128((int*)(a5 + i)).AsSByte();
                c50 = Dp.DotProduct(c50, x, b0);
                c51 = Dp.DotProduct(c51, x, b1);
                c52 = Dp.DotProduct(c52, x, b2);
                c53 = Dp.DotProduct(c53, x, b3);
                i += innerStep;
                panel += TileLoop.StepBytes;
            }

            run += outerStep;
            if (--outer > 0) continue;
            if (--planes == 0) break;
            outer = loop->Outer;
            run += (loop->PlaneStep * sizeof(sbyte)) - (outer * outerStep);
        }

        AdvSimdTile.Store(c, c00, c01, c02, c03, accumulate);
        AdvSimdTile.Store(c += stride, c10, c11, c12, c13, accumulate);
        AdvSimdTile.Store(c += stride, c20, c21, c22, c23, accumulate);
        AdvSimdTile.Store(c += stride, c30, c31, c32, c33, accumulate);
        AdvSimdTile.Store(c += stride, c40, c41, c42, c43, accumulate);
        AdvSimdTile.Store(c + stride, c50, c51, c52, c53, accumulate);
    }
}
