using System.Diagnostics;
using Wage.Backends;

namespace Wage.Diagnostics;

/// <summary>
/// A backend that hands every operation to another one and counts it: calls, time, multiply-accumulates and bytes, products by their
/// extents. Each operation is waited for, so that a device's queue does not hide whose time it is.
/// The results are the other one's, untouched. An operation that throws is not counted. One caller at a time.
/// </summary>
/// <param name="inner">The backend that computes; it is disposed with this one, and what was counted stays.</param>
public sealed class TimedBackend(IBackend inner) : ForwardingBackend(inner)
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
            if (!value) Synchronize();
            paused = value;
        }
    }

    /// <summary>Forgets what was counted.</summary>
    public void Reset()
    {
        positions.Clear();
        totals.Clear();
    }

    /// <inheritdoc/>
    protected override long Before() => Stopwatch.GetTimestamp();

    /// <inheritdoc/>
    protected override void After(in BackendCall call, long before)
    {
        if (paused) return;
        Synchronize();
        var ticks = Stopwatch.GetTimestamp() - before;
        var operation = new Operation(call.Operation, call.Product);
        if (!positions.TryGetValue(operation, out var position))
        {
            position = totals.Count;
            positions.Add(operation, position);
            totals.Add(new OperationTotals(operation, 0, 0, 0, 0));
        }

        var macs = call.Product is { } g ? checked(g.MacsPerImage * g.Batch) : 0;
        totals[position] = totals[position].Plus(ticks, macs, call.Bytes);
    }
}
