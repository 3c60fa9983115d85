using Wage.Backends.Host;

namespace Wage.Tests.Backends;

/// <summary>Kernels of plain loops in shapes that this machine's own instructions may not have: what drives them is tested everywhere.</summary>
internal static unsafe class ShapedKernels
{
    /// <summary>Tiles of 4 rows and 3 panels of int16; of 12 rows and 2 panels of signed bytes, as Arm64's dot products take them.</summary>
    public static TileKernels Signed { get; } =
        new(
            new TileKernel(4, 2, &Run<Four, Pair, One>, &Run<Four, Pair, Two>, &Run<Four, Pair, Three>),
            new TileKernel(12, 4, &Run<Twelve, Quad, One>, &Run<Twelve, Quad, Two>),
            null);

    /// <summary>Tiles of 8 rows and 3 panels, the narrow bytes unsigned, as those of AVX-512.</summary>
    public static TileKernels Narrow { get; } = new(
        new TileKernel(8, 2, &Run<Eight, Pair, One>, &Run<Eight, Pair, Two>, &Run<Eight, Pair, Three>),
        null,
        new TileKernel(8, 4, &Run<Eight, Biased, One>, &Run<Eight, Biased, Two>, &Run<Eight, Biased, Three>)
        { Bias = QuadPacking.Bias, MostWeight = Avx2NarrowTile.MostWeight });

    private static void Run<TRows, TStep, T>(void* rows, int* offsets, void* panels, TileLoop* loop, int* start, int* c, nint stride, bool accumulate)
        where TRows : struct, IPanels
        where TStep : struct, IStep
        where T : struct, IPanels
    {
        for (var r = 0; r < TRows.Count; r++)
        {
            for (var j = 0; j < T.Count * TileLoop.Columns; j++)
            {
                var sum = TStep.Starts ? start[j] : 0;
                var b = (byte*)panels + (j / TileLoop.Columns * loop->PanelStep) + (4 * (j % TileLoop.Columns));
                for (var run = 0; run < loop->Planes * loop->Outer; run++)
                {
                    var at = offsets[r] + (run / loop->Outer * loop->PlaneStep) + (run % loop->Outer * loop->OuterStep);
                    for (var inner = loop->Inner; inner > 0; inner--, at += loop->InnerStep, b += TileLoop.StepBytes) sum += TStep.Dot(rows, at, b);
                }

                c[(r * stride) + j] = sum + (accumulate ? c[(r * stride) + j] : 0);
            }
        }
    }

    private interface IStep
    {
        static abstract bool Starts { get; }

        static abstract int Dot(void* rows, nint at, byte* b);
    }

    private readonly struct Four : IPanels
    {
        public static int Count => 4;
    }

    private readonly struct Eight : IPanels
    {
        public static int Count => 8;
    }

    private readonly struct Twelve : IPanels
    {
        public static int Count => 12;
    }

    private readonly struct Pair : IStep
    {
        public static bool Starts => false;

        public static int Dot(void* rows, nint at, byte* b) => (((short*)rows)[at] * ((short*)b)[0]) + (((short*)rows)[at + 1] * ((short*)b)[1]);
    }

    private readonly struct Quad : IStep
    {
        public static bool Starts => false;

        public static int Dot(void* rows, nint at, byte* b)
        {
            var sum = 0;
            for (var i = 0; i < 4; i++) sum += ((sbyte*)rows)[at + i] * ((sbyte*)b)[i];
            return sum;
        }
    }

    private readonly struct Biased : IStep
    {
        public static bool Starts => true;

        public static int Dot(void* rows, nint at, byte* b)
        {
            var sum = 0;
            for (var i = 0; i < 4; i++) sum += ((byte*)rows)[at + i] * ((sbyte*)b)[i];
            return sum;
        }
    }
}
