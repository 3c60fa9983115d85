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
    private readonly HostEngine engine;
    private readonly HostProducts products;
    private readonly ReferenceBackend definition = new();

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
        engine = new HostEngine(threads == 0 ? Environment.ProcessorCount : threads, choice.Set, kernels ?? TileKernels.Of(choice.Set));
        products = new HostProducts(engine);
        Instructions = choice;
        var reason = choice.Reason.Length == 0 ? string.Empty : $" ({choice.Reason})";
        Description = $"{InstructionSets.Title(choice.Set)}, {Pool.Workers} thread{(Pool.Workers == 1 ? string.Empty : "s")}{reason}";
    }

    /// <inheritdoc/>
    public string Name => "cpu";

    /// <inheritdoc/>
    public string Description { get; }

    /// <summary>The instructions that it multiplies with, and why these.</summary>
    public InstructionSetChoice Instructions { get; }

    /// <summary>The threads, for products of another domain; one caller at a time.</summary>
    internal WorkerPool Pool => engine.Pool;

    /// <summary>The scratch memory that there is now.</summary>
    internal long ScratchInUse => engine.Scratch.InUse;

    /// <inheritdoc cref="ScratchBound.Of"/>
    public static long ScratchBytes(IEnumerable<(ConvGeometry Geometry, ElementType Sums)> products, int threads) =>
        ScratchBound.Of(products, threads);

    /// <inheritdoc/>
    public void Convolve(Tensor x, Tensor w, in ConvGeometry g, Tensor accumulator)
    {
        Require(x, g.InputLength);
        Require(w, g.WeightLength);
        Require(accumulator, g.OutputLength);
        products.Run(ProductKind.Forward, x, w, accumulator, g);
    }

    /// <inheritdoc/>
    public void ConvolveError(Tensor e, Tensor w, in ConvGeometry g, Tensor delta)
    {
        Require(e, g.OutputLength);
        Require(w, g.WeightLength);
        Require(delta, g.InputLength);
        products.Run(ProductKind.Error, delta, w, e, g);
    }

    /// <inheritdoc/>
    public void ConvolveGradient(Tensor x, Tensor e, in ConvGeometry g, Tensor gradient)
    {
        Require(x, g.InputLength);
        Require(e, g.OutputLength);
        Require(gradient, g.WeightLength);
        products.Run(ProductKind.Gradient, x, gradient, e, g);
    }

    /// <summary>Ends the threads and returns the scratch memory.</summary>
    public void Dispose() => engine.Dispose();

    private static InstructionSetChoice Given(InstructionSet set) =>
        InstructionSets.Lack(set) is not { } lack ? new InstructionSetChoice(set, "as asked")
        : throw new WageException(
            $"instructions: {InstructionSets.Name(set)} does not run here: {lack}.",
            "leave them out to have the fastest that runs here.");

    private void Ranges<TState>(int length, TState state, WorkBody<TState> body) => engine.Ranges(length, state, body);

    private static void Require(Tensor tensor, long length, [CallerArgumentExpression(nameof(tensor))] string? name = null) =>
        HostEngine.Require(tensor, length, name);
}
