using System.Runtime.CompilerServices;
using Wage.Backends.Host;
using Wage.Tensors;

namespace Wage.Backends;

/// <summary>
/// The processor's cores and vector units: every product is cut into tiles of 6 x 16 sums that stay in registers, every elementwise
/// operation into ranges. The same integers as <see cref="ReferenceBackend"/> with any number of threads. One caller at a time.
/// </summary>
public sealed unsafe partial class HostBackend : HostMemoryBackend, IBackend
{
    private readonly WorkerPool pool;
    private readonly delegate*<short*, int*, short*, TileLoop*, int*, nint, bool, void> kernel;
    private readonly bool narrow;
    private readonly ReferenceBackend definition = new();
    private readonly NativeBuffer panels = new();
    private readonly NativeBuffer rows = new();
    private readonly Lock maximum = new();
    private readonly NativeBuffer starts = new();
    private readonly NativeBuffer offsets = new();
    private readonly NativeBuffer partials = new();
    private readonly NativeBuffer[] planes;
    private readonly NativeBuffer[] pairedPlanes;
    private readonly NativeBuffer[] pairs;
    private readonly NativeBuffer[] accumulators;
    private readonly NativeBuffer[] windows;

    /// <summary>A backend of <paramref name="threads"/> threads, the caller's included; 0 takes one per processor.</summary>
    /// <exception cref="ArgumentOutOfRangeException">threads is negative.</exception>
    public HostBackend(int threads = 0)
        : this(threads, portable: false)
    {
    }

    /// <summary>As the public one; <paramref name="portable"/> leaves the machine's own instructions unused.</summary>
    internal HostBackend(int threads, bool portable)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        pool = new WorkerPool(threads == 0 ? Environment.ProcessorCount : threads);
        var avx2 = Avx2Tile.IsSupported && !portable;
        kernel = avx2 ? &Avx2Tile.Multiply : &PortableTile.Multiply;
        narrow = NarrowTile.IsSupported && !portable;
        planes = Buffers();
        pairedPlanes = Buffers();
        pairs = Buffers();
        accumulators = Buffers();
        windows = Buffers();
        Description = $"{(avx2 ? "AVX2" : "portable vectors")}, {pool.Workers} thread{(pool.Workers == 1 ? string.Empty : "s")}";
    }

    /// <inheritdoc/>
    public string Name => "cpu";

    /// <inheritdoc/>
    public string Description { get; }

    /// <summary>Ends the threads and returns the scratch memory.</summary>
    public void Dispose()
    {
        pool.Dispose();
        foreach (var buffer in (NativeBuffer[])[panels, starts, rows, offsets, partials, lists, listOffsets, listValues, listPairs, .. planes, .. pairedPlanes, .. pairs, .. accumulators, .. windows])
            buffer.Dispose();
    }

    private NativeBuffer[] Buffers() => [.. Enumerable.Range(0, pool.Workers).Select(_ => new NativeBuffer())];

    /// <summary>Runs body(state, start, count) over [0, length) in ranges whose starts are multiples of 64; short ones on this thread.</summary>
    private void Ranges<TState>(int length, TState state, WorkBody<TState> body)
    {
        const int least = 8192;
        if (length <= least || pool.Workers == 1)
        {
            body(in state, 0, length);
            return;
        }

        var size = Math.Max(least, (int)(((long)length / (pool.Workers * 4)) + 63) & ~63);
        pool.Run((int)(((long)length + size - 1) / size), (state, body, size, length), static (in s, item, _) =>
            s.body(in s.state, item * s.size, Math.Min(s.size, s.length - (item * s.size))));
    }

    /// <summary>Memory is read through pointers: a wrong length must not get that far.</summary>
    private static void Require(Tensor tensor, long length, [CallerArgumentExpression(nameof(tensor))] string? name = null)
    {
        if (tensor.Length == length) return;
        throw new ArgumentException($"{name}: {tensor.Shape} has {tensor.Length} elements, the operation needs {length}", name);
    }
}
