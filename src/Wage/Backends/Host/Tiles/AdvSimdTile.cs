using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Wage.Backends.Host;

/// <summary>
/// The tile product on Arm64: 24 accumulators, four panel operands and one row operand of the 32 registers. Both sides are signed, so that bytes need
/// no bias.
/// </summary>
internal static unsafe class AdvSimdTile
{
    /// <summary>See <see cref="TileKernel"/>: 6 rows, one panel; the columns' start is not read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<T>(void* rows, int* offsets, void* panels, TileLoop* loop, int* start, int* c, nint stride, bool accumulate)
        where T : struct, IAdvSimdStep
    {
        var a = (byte*)rows;
        byte* a0 = a + ((nint)offsets[0] * T.Size), a1 = a + ((nint)offsets[1] * T.Size), a2 = a + ((nint)offsets[2] * T.Size);
        byte* a3 = a + ((nint)offsets[3] * T.Size), a4 = a + ((nint)offsets[4] * T.Size), a5 = a + ((nint)offsets[5] * T.Size);
        Vector128<int> c00 = default, c01 = default, c02 = default, c03 = default;
        Vector128<int> c10 = default, c11 = default, c12 = default, c13 = default;
        Vector128<int> c20 = default, c21 = default, c22 = default, c23 = default;
        Vector128<int> c30 = default, c31 = default, c32 = default, c33 = default;
        Vector128<int> c40 = default, c41 = default, c42 = default, c43 = default;
        Vector128<int> c50 = default, c51 = default, c52 = default, c53 = default;
        var panel = (byte*)panels;
        var outerStep = loop->OuterStep * T.Size;
        var innerStep = loop->InnerStep * T.Size;
        nint run = 0;
        var planes = loop->Planes;
        var outer = loop->Outer;
        while (true)
        {
            var i = run;
            for (var inner = loop->Inner; inner > 0; inner--)
            {
                var (b0, b1) = T.Columns(Vector128.Load(panel), Vector128.Load(panel + 16));
                var (b2, b3) = T.Columns(Vector128.Load(panel + 32), Vector128.Load(panel + 48));
                var x = Repeated(a0 + i);
                c00 = T.Lower(c00, x, b0, b1);
                c01 = T.Upper(c01, x, b0, b1);
                c02 = T.Lower(c02, x, b2, b3);
                c03 = T.Upper(c03, x, b2, b3);
                x = Repeated(a1 + i);
                c10 = T.Lower(c10, x, b0, b1);
                c11 = T.Upper(c11, x, b0, b1);
                c12 = T.Lower(c12, x, b2, b3);
                c13 = T.Upper(c13, x, b2, b3);
                x = Repeated(a2 + i);
                c20 = T.Lower(c20, x, b0, b1);
                c21 = T.Upper(c21, x, b0, b1);
                c22 = T.Lower(c22, x, b2, b3);
                c23 = T.Upper(c23, x, b2, b3);
                x = Repeated(a3 + i);
                c30 = T.Lower(c30, x, b0, b1);
                c31 = T.Upper(c31, x, b0, b1);
                c32 = T.Lower(c32, x, b2, b3);
                c33 = T.Upper(c33, x, b2, b3);
                x = Repeated(a4 + i);
                c40 = T.Lower(c40, x, b0, b1);
                c41 = T.Upper(c41, x, b0, b1);
                c42 = T.Lower(c42, x, b2, b3);
                c43 = T.Upper(c43, x, b2, b3);
                x = Repeated(a5 + i);
                c50 = T.Lower(c50, x, b0, b1);
                c51 = T.Upper(c51, x, b0, b1);
                c52 = T.Lower(c52, x, b2, b3);
                c53 = T.Upper(c53, x, b2, b3);
                i += innerStep;
                panel += TileLoop.StepBytes;
            }

            run += outerStep;
            if (--outer > 0) continue;
            if (--planes == 0) break;
            outer = loop->Outer;
            run += (loop->PlaneStep * T.Size) - (outer * outerStep);
        }

        Store(c, c00, c01, c02, c03, accumulate);
        Store(c += stride, c10, c11, c12, c13, accumulate);
        Store(c += stride, c20, c21, c22, c23, accumulate);
        Store(c += stride, c30, c31, c32, c33, accumulate);
        Store(c += stride, c40, c41, c42, c43, accumulate);
        Store(c + stride, c50, c51, c52, c53, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(int* c, Vector128<int> c0, Vector128<int> c1, Vector128<int> c2, Vector128<int> c3, bool accumulate)
    {
        if (accumulate)
        {
            c0 += Vector128.Load(c);
            c1 += Vector128.Load(c + 4);
            c2 += Vector128.Load(c + 8);
            c3 += Vector128.Load(c + 12);
        }

        c0.Store(c);
        c1.Store(c + 4);
        c2.Store(c + 8);
        c3.Store(c + 12);
    }

    /// <summary>32 bits in every lane. Elsewhere than on Arm64 tests run the tile, with steps of their own.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Repeated(byte* from) =>
        AdvSimd.IsSupported ? AdvSimd.LoadAndReplicateToVector128((int*)from) : Vector128.Create(*(int*)from);
}

/// <summary>One step of a row and a panel on Arm64: 32 bits of each of four times four columns.</summary>
internal interface IAdvSimdStep
{
    /// <summary>Bytes of an element.</summary>
    static abstract int Size { get; }

    /// <summary>Two vectors of a panel, arranged for the four sums.</summary>
    static abstract (Vector128<byte> First, Vector128<byte> Second) Columns(Vector128<byte> first, Vector128<byte> second);

    /// <summary>The sums of the first four of the columns that <see cref="Columns"/> gave.</summary>
    static abstract Vector128<int> Lower(Vector128<int> sum, Vector128<int> x, Vector128<byte> first, Vector128<byte> second);

    /// <summary>The sums of the other four.</summary>
    static abstract Vector128<int> Upper(Vector128<int> sum, Vector128<int> x, Vector128<byte> first, Vector128<byte> second);
}

/// <summary>Four by four signed bytes in one instruction.</summary>
internal readonly struct AdvSimdByteStep : IAdvSimdStep
{
    public static bool IsSupported => Dp.IsSupported;

    public static int Size => sizeof(sbyte);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<byte> First, Vector128<byte> Second) Columns(Vector128<byte> first, Vector128<byte> second) => (first, second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Lower(Vector128<int> sum, Vector128<int> x, Vector128<byte> first, Vector128<byte> second) =>
        Dp.DotProduct(sum, x.AsSByte(), first.AsSByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Upper(Vector128<int> sum, Vector128<int> x, Vector128<byte> first, Vector128<byte> second) =>
        Dp.DotProduct(sum, x.AsSByte(), second.AsSByte());
}

/// <summary>Two by two int16, the terms of a pair one after the other, widening: eight columns' first terms, and their second.</summary>
internal readonly struct AdvSimdWordStep : IAdvSimdStep
{
    public static int Size => sizeof(short);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<byte> First, Vector128<byte> Second) Columns(Vector128<byte> first, Vector128<byte> second) => (
        AdvSimd.Arm64.UnzipEven(first.AsInt16(), second.AsInt16()).AsByte(), AdvSimd.Arm64.UnzipOdd(first.AsInt16(), second.AsInt16()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Lower(Vector128<int> sum, Vector128<int> x, Vector128<byte> first, Vector128<byte> second)
    {
        var terms = x.AsInt16().GetLower();
        sum = AdvSimd.MultiplyBySelectedScalarWideningLowerAndAdd(sum, first.AsInt16().GetLower(), terms, 0);
        return AdvSimd.MultiplyBySelectedScalarWideningLowerAndAdd(sum, second.AsInt16().GetLower(), terms, 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Upper(Vector128<int> sum, Vector128<int> x, Vector128<byte> first, Vector128<byte> second)
    {
        var terms = x.AsInt16().GetLower();
        sum = AdvSimd.MultiplyBySelectedScalarWideningUpperAndAdd(sum, first.AsInt16(), terms, 0);
        return AdvSimd.MultiplyBySelectedScalarWideningUpperAndAdd(sum, second.AsInt16(), terms, 1);
    }
}
