using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Wage.Backends.Host;

/// <summary>The tile product on 128-bit vectors of any machine; the runtime does without vectors where there are none.</summary>
internal static unsafe class PortableTile
{
    /// <summary>See <see cref="TileKernel"/>: int16, 6 rows, one panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(void* rows, int* offsets, void* panels, TileLoop* loop, int* start, int* c, nint stride, bool accumulate)
    {
        var a = (short*)rows;
        var panel = (short*)panels;
        for (var column = 0; column < TileLoop.Columns; column += Vector128<int>.Count)
        {
            Vector128<int> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default;
            var b = panel + (2 * column);
            for (var run = 0; run < loop->Planes * loop->Outer; run++)
            {
                var x = a + (run / loop->Outer * loop->PlaneStep) + (run % loop->Outer * loop->OuterStep);
                for (var inner = loop->Inner; inner > 0; inner--)
                {
                    var pairs = Vector128.Load(b).AsInt32();
                    var first = (pairs << 16) >> 16;
                    var second = pairs >> 16;
                    c0 += Dot(x + offsets[0], first, second);
                    c1 += Dot(x + offsets[1], first, second);
                    c2 += Dot(x + offsets[2], first, second);
                    c3 += Dot(x + offsets[3], first, second);
                    c4 += Dot(x + offsets[4], first, second);
                    c5 += Dot(x + offsets[5], first, second);
                    x += loop->InnerStep;
                    b += TileLoop.PairLength;
                }
            }

            var to = c + column;
            Store(to, c0, accumulate);
            Store(to += stride, c1, accumulate);
            Store(to += stride, c2, accumulate);
            Store(to += stride, c3, accumulate);
            Store(to += stride, c4, accumulate);
            Store(to + stride, c5, accumulate);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Dot(short* x, Vector128<int> first, Vector128<int> second) =>
        (first * Vector128.Create((int)x[0])) + (second * Vector128.Create((int)x[1]));

    /// <summary>Stores four sums, or adds them to what is there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(int* c, Vector128<int> sum, bool accumulate)
    {
        if (accumulate) sum += Vector128.Load(c);
        sum.Store(c);
    }
}
