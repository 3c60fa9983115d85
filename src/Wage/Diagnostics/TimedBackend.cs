using System.Diagnostics;
using System.Numerics;
using Wage.Backends;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Diagnostics;

/// <summary>
/// A backend that hands every operation to another one and counts it: calls, time, multiply-accumulates and bytes, products by their
/// extents. Each operation is waited for, so that a device's queue does not hide whose time it is.
/// The results are the other one's, untouched. An operation that throws is not counted. One caller at a time.
/// </summary>
/// <param name="inner">The backend that computes; it is disposed with this one.</param>
public sealed partial class TimedBackend(IBackend inner) : IBackend
{
    private readonly Dictionary<Operation, int> positions = [];
    private readonly List<OperationTotals> totals = [];
    private bool paused;

    /// <summary>The unit of <see cref="OperationTotals.Ticks"/>.</summary>
    public static long TicksPerSecond => Stopwatch.Frequency;

    /// <summary>The operations in the order of their first calls.</summary>
    public IReadOnlyList<OperationTotals> Totals => totals;

    /// <summary>While true, operations run uncounted, and are waited for when counting goes on.</summary>
    public bool Paused
    {
        get => paused;
        set
        {
            if (!value) inner.Synchronize();
            paused = value;
        }
    }

    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public string Description => inner.Description;

    /// <inheritdoc/>
    public long AvailableMemory => inner.AvailableMemory;

    /// <summary>Forgets what was counted.</summary>
    public void Reset()
    {
        positions.Clear();
        totals.Clear();
    }

    /// <inheritdoc/>
    public void Synchronize() => inner.Synchronize();

    /// <inheritdoc/>
    public Tensor TakeImages(byte[] pixels, Shape shape)
    {
        var start = Stopwatch.GetTimestamp();
        var tensor = inner.TakeImages(pixels, shape);
        Count(nameof(TakeImages), start, Bytes(tensor));
        return tensor;
    }

    /// <inheritdoc/>
    public Tensor Allocate(ElementType type, Shape shape)
    {
        var start = Stopwatch.GetTimestamp();
        var tensor = inner.Allocate(type, shape);
        Count(nameof(Allocate), start, Bytes(tensor));
        return tensor;
    }

    /// <inheritdoc/>
    public void Upload<T>(ReadOnlySpan<T> source, Tensor destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        var start = Stopwatch.GetTimestamp();
        inner.Upload(source, destination);
        Count(nameof(Upload), start, 2 * Bytes(destination));
    }

    /// <inheritdoc/>
    public void Download<T>(Tensor source, Span<T> destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        var start = Stopwatch.GetTimestamp();
        inner.Download(source, destination);
        Count(nameof(Download), start, 2 * Bytes(source));
    }

    /// <inheritdoc/>
    public void Copy(Tensor source, Tensor destination)
    {
        var start = Stopwatch.GetTimestamp();
        inner.Copy(source, destination);
        Count(nameof(Copy), start, Bytes(source) + Bytes(destination));
    }

    /// <inheritdoc/>
    public void Clear(Tensor destination)
    {
        var start = Stopwatch.GetTimestamp();
        inner.Clear(destination);
        Count(nameof(Clear), start, Bytes(destination));
    }

    /// <inheritdoc/>
    public void Convolve(Tensor x, Tensor w, in ConvGeometry g, Tensor accumulator)
    {
        var start = Stopwatch.GetTimestamp();
        inner.Convolve(x, w, g, accumulator);
        Count(nameof(Convolve), g, start, Bytes(x) + Bytes(w) + Bytes(accumulator));
    }

    /// <inheritdoc/>
    public void ConvolveError(Tensor e, Tensor w, in ConvGeometry g, Tensor delta)
    {
        var start = Stopwatch.GetTimestamp();
        inner.ConvolveError(e, w, g, delta);
        Count(nameof(ConvolveError), g, start, Bytes(e) + Bytes(w) + Bytes(delta));
    }

    /// <inheritdoc/>
    public void ConvolveGradient(Tensor x, Tensor e, in ConvGeometry g, Tensor gradient)
    {
        var start = Stopwatch.GetTimestamp();
        inner.ConvolveGradient(x, e, g, gradient);
        Count(nameof(ConvolveGradient), g, start, Bytes(x) + Bytes(e) + Bytes(gradient));
    }

    /// <inheritdoc/>
    public void ConvolveStage(
        Tensor x, Tensor w, in ConvGeometry g, ElementType accumulator, in PoolGeometry? pool, in ActivationStage stage,
        Tensor a, Tensor mask, Tensor? position)
    {
        var start = Stopwatch.GetTimestamp();
        inner.ConvolveStage(x, w, g, accumulator, pool, stage, a, mask, position);
        Count(nameof(ConvolveStage), g, start, Bytes(x) + Bytes(w) + Bytes(a) + Bytes(mask) + Bytes(position));
    }

    /// <summary>Disposes the backend that computes; what was counted stays.</summary>
    public void Dispose() => inner.Dispose();

    private static long Bytes(Tensor? tensor) => tensor is null ? 0 : (long)tensor.Length * tensor.Type.Size();

    private void Count(string name, long start, long bytes) => Count(new Operation(name, null), start, 0, bytes);

    private void Count(string name, in ConvGeometry g, long start, long bytes) =>
        Count(new Operation(name, g), start, checked(g.MacsPerImage * g.Batch), bytes);

    private void Count(Operation operation, long start, long macs, long bytes)
    {
        if (paused) return;
        inner.Synchronize();
        var ticks = Stopwatch.GetTimestamp() - start;
        if (!positions.TryGetValue(operation, out var position))
        {
            position = totals.Count;
            positions.Add(operation, position);
            totals.Add(new OperationTotals(operation, 0, 0, 0, 0));
        }

        totals[position] = totals[position].Plus(ticks, macs, bytes);
    }
}
