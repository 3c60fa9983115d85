using Wage.Backends.Host;

namespace Wage.Tests.Backends;

/// <summary>The emitted kernels in their own layout, run by <see cref="SimulatedProcessor"/>.</summary>
internal static unsafe class SimulatedVnni
{
    private static readonly ThreadLocal<SimulatedProcessor[]> Processors = new(() =>
    [
        .. Enumerable.Range(0, 6).Select(i => new SimulatedProcessor(VnniCode.Of(i < 3, (i % 3) + 1, windows: false))),
        .. Enumerable.Range(0, 2).Select(i => new SimulatedProcessor(VnniCode.Of(i == 0, 1, windows: false, VnniCode.Groups))),
    ]);

    public static TileKernels Kernels { get; } = new(
        new TileKernel(VnniCode.Rows, 2, &Words<One>, &Words<Two>, &Words<Three>) { Tall = new TileKernel(TileKernel.WholeRows, 2, &TallWords) },
        new TileKernel(VnniCode.Rows, 4, &Bytes<One>, &Bytes<Two>, &Bytes<Three>)
        {
            Bias = QuadPacking.Bias,
            Tall = new TileKernel(TileKernel.WholeRows, 4, &TallBytes) { Bias = QuadPacking.Bias },
        },
        null);

    public static void Bytes<T>(void* rows, int* offsets, void* panels, TileLoop* loop, int* start, int* c, nint stride, bool accumulate)
        where T : struct, IPanels
    {
        var call = new TileCall(sizeof(byte), rows, offsets, panels, loop, start, c, stride, accumulate);
        Processors.Value![T.Count - 1].Call((long)&call, windows: false);
    }

    private static void TallBytes(void* rows, int* offsets, void* panels, TileLoop* loop, int* start, int* c, nint stride, bool accumulate)
    {
        var call = new TileCall(sizeof(byte), rows, offsets, panels, loop, start, c, stride, accumulate);
        (call.Second, call.Third) = (offsets[8] - offsets[0], offsets[16] - offsets[0]);
        Processors.Value![6].Call((long)&call, windows: false);
    }

    private static void TallWords(void* rows, int* offsets, void* panels, TileLoop* loop, int* start, int* c, nint stride, bool accumulate)
    {
        var call = new TileCall(sizeof(short), rows, offsets, panels, loop, start, c, stride, accumulate);
        (call.Second, call.Third) = (sizeof(short) * (offsets[8] - offsets[0]), sizeof(short) * (offsets[16] - offsets[0]));
        Processors.Value![7].Call((long)&call, windows: false);
    }

    private static void Words<T>(void* rows, int* offsets, void* panels, TileLoop* loop, int* start, int* c, nint stride, bool accumulate)
        where T : struct, IPanels
    {
        var call = new TileCall(sizeof(short), rows, offsets, panels, loop, start, c, stride, accumulate);
        Processors.Value![T.Count + 2].Call((long)&call, windows: false);
    }
}
