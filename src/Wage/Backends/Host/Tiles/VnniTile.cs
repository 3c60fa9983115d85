namespace Wage.Backends.Host;

/// <summary>The kernels of <see cref="VnniCode"/> in executable memory, 8 rows by up to 3 panels. Only where <see cref="Lack"/> is null.</summary>
internal static unsafe class VnniTile
{
    private const int Versions = 3;
    private const int Alignment = 64;
    private static readonly nint[] ByteKernels = new nint[Versions];
    private static readonly nint[] WordKernels = new nint[Versions];
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

    /// <summary>Writes and checks them. All versions one behind the other, each at the start of a cache line.</summary>
    private static string? Prepare()
    {
        var (all, starts) = (new List<byte>(), new List<int>());
        for (var i = 0; i < 2 * Versions; i++)
        {
            while (all.Count % Alignment != 0) all.Add(0xCC);
            starts.Add(all.Count);
            all.AddRange(VnniCode.Of(i < Versions, (i % Versions) + 1, OperatingSystem.IsWindows()));
        }

        var memory = ExecutableMemory.Of([.. all], out var refusal);
        for (var i = 0; memory != 0 && i < Versions; i++)
            (ByteKernels[i], WordKernels[i]) = (memory + starts[i], memory + starts[Versions + i]);
        if (memory == 0) return refusal;
        var kernels = TileKernels.Of(InstructionSet.Vnni);
        return KernelCheck.Passes(kernels.Bytes!) && KernelCheck.Passes(kernels.Words)
            ? null
            : "the emitted kernel gives wrong sums on this processor";
    }
}
