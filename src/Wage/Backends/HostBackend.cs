using System.Runtime.CompilerServices;
using Wage.Backends.Host;
using Wage.Tensors;

namespace Wage.Backends;

/// <summary>
/// The processor's cores and vector units: every product is cut into tiles of sums that stay in registers, every elementwise
/// operation into ranges. The same integers as <see cref="ReferenceBackend"/> with any number of threads. One caller at a time.
/// </summary>
public sealed unsafe partial class HostBackend : HostMemoryBackend, IBackend
{
    private readonly WorkerPool pool;
    private readonly TileKernels kernels;
    private readonly ReferenceBackend definition = new();
    private readonly NativeBuffer panels = new();
    private readonly NativeBuffer rows = new();
    private readonly Lock joining = new();
    private readonly HostTensor<long> weightMaximum = new(new Shape(1));
    private readonly NativeBuffer starts = new();
    private readonly NativeBuffer offsets = new();
    private readonly NativeBuffer partials = new();
    private readonly NativeBuffer[] planes;
    private readonly NativeBuffer[] pairedPlanes;
    private readonly NativeBuffer[] pairs;
    private readonly NativeBuffer[] pairStarts;
    private readonly NativeBuffer[] accumulators;
    private readonly NativeBuffer[] windows;

    /// <summary>A backend of <paramref name="threads"/> threads, the caller's included; 0 takes one per processor.</summary>
    /// <param name="threads">How many.</param>
    /// <param name="instructions">The instructions to multiply with; null: as <see cref="InstructionSets.Choose()"/> says.</param>
    /// <exception cref="ArgumentOutOfRangeException">threads is negative.</exception>
    /// <exception cref="WageException">This machine lacks the instructions, or the environment variable names none.</exception>
    public HostBackend(int threads = 0, InstructionSet? instructions = null)
        : this(threads, instructions is { } set ? Given(set) : InstructionSets.Choose())
    {
    }

    /// <summary>As the public one, with kernels of any origin.</summary>
    internal HostBackend(int threads, InstructionSetChoice choice, TileKernels? kernels = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        pool = new WorkerPool(threads == 0 ? Environment.ProcessorCount : threads);
        this.kernels = kernels ?? TileKernels.Of(choice.Set);
        planes = Buffers();
        pairedPlanes = Buffers();
        pairs = Buffers();
        pairStarts = Buffers();
        accumulators = Buffers();
        windows = Buffers();
        Instructions = choice;
        var reason = choice.Reason.Length == 0 ? string.Empty : $" ({choice.Reason})";
        Description = $"{InstructionSets.Title(choice.Set)}, {pool.Workers} thread{(pool.Workers == 1 ? string.Empty : "s")}{reason}";
    }

    /// <inheritdoc/>
    public string Name => "cpu";

    /// <inheritdoc/>
    public string Description { get; }

    /// <summary>The instructions that it multiplies with, and why these.</summary>
    public InstructionSetChoice Instructions { get; }

    /// <summary>The threads, for products of another domain; one caller at a time.</summary>
    internal WorkerPool Pool => pool;

    /// <summary>Ends the threads and returns the scratch memory.</summary>
    public void Dispose()
    {
        pool.Dispose();
        foreach (var buffer in Scratch) buffer.Dispose();
    }

    private static InstructionSetChoice Given(InstructionSet set) =>
        InstructionSets.Lack(set) is not { } lack ? new InstructionSetChoice(set, "as asked")
        : throw new WageException(
            $"instructions: {InstructionSets.Name(set)} does not run here: {lack}.",
            "leave them out to have the fastest that runs here.");

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
