using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Wage.Backends.Host;

/// <summary>
/// The tile product on registers of 256 bits: 12 accumulators, two panel operands and a row operand are 15 of the 16 registers; a product that is
/// added by another instruction takes the last. A step is 12 multiplications and 8 loads.
/// </summary>
internal static unsafe class Avx2Tile
{
    /// <summary>See <see cref="TileKernel"/>: 6 rows, one panel; bytes with unsigned rows, whose start is read, or int16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<T>(void* rows, int* offsets, void* panels, TileLoop* loop, int* start, int* c, nint stride, bool accumulate)
        where T : struct, ITileStep
    {
        var a = (byte*)rows;
        var panel = (byte*)panels;
        byte* a0 = a + ((nint)offsets[0] * T.Size), a1 = a + ((nint)offsets[1] * T.Size), a2 = a + ((nint)offsets[2] * T.Size);
        byte* a3 = a + ((nint)offsets[3] * T.Size), a4 = a + ((nint)offsets[4] * T.Size), a5 = a + ((nint)offsets[5] * T.Size);
        Vector256<int> c00 = default, c01 = default, b0, b1, x;
        if (T.Size == sizeof(byte))
        {
            c00 = Vector256.Load(start);
            c01 = Vector256.Load(start + 8);
        }

        Vector256<int> c10 = c00, c20 = c00, c30 = c00, c40 = c00, c50 = c00;
        Vector256<int> c11 = c01, c21 = c01, c31 = c01, c41 = c01, c51 = c01;
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
                b0 = Vector256.Load((int*)panel);
                b1 = Vector256.Load((int*)(panel + 32));
                x = Avx2.BroadcastScalarToVector256((int*)(a0 + i));
                c00 = T.Add(c00, x, b0);
                c01 = T.Add(c01, x, b1);
                x = Avx2.BroadcastScalarToVector256((int*)(a1 + i));
                c10 = T.Add(c10, x, b0);
                c11 = T.Add(c11, x, b1);
                x = Avx2.BroadcastScalarToVector256((int*)(a2 + i));
                c20 = T.Add(c20, x, b0);
                c21 = T.Add(c21, x, b1);
                x = Avx2.BroadcastScalarToVector256((int*)(a3 + i));
                c30 = T.Add(c30, x, b0);
                c31 = T.Add(c31, x, b1);
                x = Avx2.BroadcastScalarToVector256((int*)(a4 + i));
                c40 = T.Add(c40, x, b0);
                c41 = T.Add(c41, x, b1);
                x = Avx2.BroadcastScalarToVector256((int*)(a5 + i));
                c50 = T.Add(c50, x, b0);
                c51 = T.Add(c51, x, b1);
                i += innerStep;
                panel += TileLoop.StepBytes;
            }

            run += outerStep;
            if (--outer > 0) continue;
            if (--planes == 0) break;
            outer = loop->Outer;
            run += (loop->PlaneStep * T.Size) - (outer * outerStep);
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
    private static void Store(int* c, Vector256<int> low, Vector256<int> high, bool accumulate)
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

/// <summary>One step of a row and a panel: 32 bits of each lane.</summary>
internal interface ITileStep
{
    /// <summary>Bytes of an element.</summary>
    static abstract int Size { get; }

    /// <summary>sum + x . b in each lane, modulo 2^32.</summary>
    static abstract Vector256<int> Add(Vector256<int> sum, Vector256<int> x, Vector256<int> b);
}

/// <summary>Two by two int16 on AVX2: vpmaddwd and vpaddd.</summary>
internal readonly struct WordStep : ITileStep
{
    public static int Size => sizeof(short);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sum, Vector256<int> x, Vector256<int> b) =>
        Avx2.Add(sum, Avx2.MultiplyAddAdjacent(x.AsInt16(), b.AsInt16()));
}

/// <summary>
/// Four unsigned by four signed bytes on AVX-VNNI, the instructions of <see cref="VnniCode"/>: vpdpbusd. The runtime has names for these, so that no
/// memory for code is asked for.
/// </summary>
internal readonly struct VnniByteStep : ITileStep
{
    public static bool IsSupported => AvxVnni.IsSupported;

    public static int Size => sizeof(byte);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sum, Vector256<int> x, Vector256<int> b) =>
        AvxVnni.MultiplyWideningAndAdd(sum, x.AsByte(), b.AsSByte());
}

/// <summary>Two by two int16 on AVX-VNNI: vpdpwssd.</summary>
internal readonly struct VnniWordStep : ITileStep
{
    public static int Size => sizeof(short);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sum, Vector256<int> x, Vector256<int> b) =>
        AvxVnni.MultiplyWideningAndAdd(sum, x.AsInt16(), b.AsInt16());
}
