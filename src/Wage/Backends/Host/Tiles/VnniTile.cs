namespace Wage.Backends.Host;

/// <summary>The kernels of <see cref="VnniCode"/> in executable memory, 8 rows by up to 3 panels. Only where <see cref="Lack"/> is null.</summary>
internal static unsafe class VnniTile
{
    private const int Versions = 3;
    private const int Alignment = 64;
    private static readonly nint[] ByteKernels = new nint[Versions];
    private static readonly nint[] WordKernels = new nint[Versions];
    private static nint tallBytes;
    private static nint tallWords;
    private static readonly Lazy<string?> Preparation = new(Prepare);

    /// <summary>Why the kernels cannot run; null where they can. Ask only where the processor has VNNI.</summary>
    public static string? Lack => Preparation.Value;

    /// <summary>See <see cref="TileKernel"/>: bytes, unsigned rows.</summary>
    public static void Bytes<T>(void* rows, int* offsets, void* panels, TileLoop* loop, int* start, int* c, nint stride, bool accumulate)
        where T : struct, IPanels
    {
        var call = new TileCall(sizeof(byte), rows, offsets, panels, loop, start, c, stride, accumulate);
        ((delegate* unmanaged[SuppressGCTransition]<TileCall*, void>)ByteKernels[T.Count - 1])(&call);
    }

    /// <summary>See <see cref="TileKernel"/>: int16.</summary>
    public static void Words<T>(void* rows, int* offsets, void* panels, TileLoop* loop, int* start, int* c, nint stride, bool accumulate)
        where T : struct, IPanels
    {
        var call = new TileCall(sizeof(short), rows, offsets, panels, loop, start, c, stride, accumulate);
        ((delegate* unmanaged[SuppressGCTransition]<TileCall*, void>)WordKernels[T.Count - 1])(&call);
    }

    /// <summary>As <see cref="Bytes{T}"/>, of <see cref="TileKernel.Tall"/>.</summary>
    public static void TallBytes(void* rows, int* offsets, void* panels, TileLoop* loop, int* start, int* c, nint stride, bool accumulate)
    {
        var call = new TileCall(sizeof(byte), rows, offsets, panels, loop, start, c, stride, accumulate);
        (call.Second, call.Third) = (offsets[8] - offsets[0], offsets[16] - offsets[0]);
        ((delegate* unmanaged[SuppressGCTransition]<TileCall*, void>)tallBytes)(&call);
    }

    /// <summary>As <see cref="Words{T}"/>, of <see cref="TileKernel.Tall"/>.</summary>
    public static void TallWords(void* rows, int* offsets, void* panels, TileLoop* loop, int* start, int* c, nint stride, bool accumulate)
    {
        var call = new TileCall(sizeof(short), rows, offsets, panels, loop, start, c, stride, accumulate);
        (call.Second, call.Third) = (sizeof(short) * (offsets[8] - offsets[0]), sizeof(short) * (offsets[16] - offsets[0]));
        ((delegate* unmanaged[SuppressGCTransition]<TileCall*, void>)tallWords)(&call);
    }

    /// <summary>Writes and checks them. All versions one behind the other, each at the start of a cache line.</summary>
    private static string? Prepare()
    {
        var (all, starts) = (new List<byte>(), new List<int>());
        for (var i = 0; i < 2 * Versions; i++) Add(VnniCode.Of(i < Versions, (i % Versions) + 1, OperatingSystem.IsWindows()));
        for (var i = 0; i < 2; i++) Add(VnniCode.Of(i == 0, 1, OperatingSystem.IsWindows(), VnniCode.Groups));

        var memory = ExecutableMemory.Of([.. all], out var refusal);
        for (var i = 0; memory != 0 && i < Versions; i++)
            (ByteKernels[i], WordKernels[i]) = (memory + starts[i], memory + starts[Versions + i]);
        if (memory == 0) return refusal;
        (tallBytes, tallWords) = (memory + starts[2 * Versions], memory + starts[(2 * Versions) + 1]);
        var kernels = TileKernels.Of(InstructionSet.Vnni);
        TileKernel[] checkedOnce = [kernels.Bytes!, kernels.Words, kernels.Bytes!.Tall!, kernels.Words.Tall!];
        return checkedOnce.All(KernelCheck.Passes) ? null : "the emitted kernel gives wrong sums on this processor";

        void Add(byte[] code)
        {
            while (all.Count % Alignment != 0) all.Add(0xCC);
            starts.Add(all.Count);
            all.AddRange(code);
        }
    }
}
