using System.Diagnostics;
using Wage.Backends;

namespace Wage.Tests.Backends;

/// <summary>
/// A device that works behind the host's back: an operation returns at once, its end comes a fixed time after that of the one before, and only a
/// read or <see cref="Synchronize"/> waits for it.
/// </summary>
public sealed class QueueingBackend(IBackend inner, TimeSpan each) : ForwardingBackend(inner)
{
    private long end;

    /// <summary>Operations so far.</summary>
    public int Operations { get; private set; }

    /// <summary>The least time in which this device does so many.</summary>
    public TimeSpan Least(double operations) => operations * each;

    public override void Synchronize()
    {
        while (Stopwatch.GetTimestamp() < end) Thread.Sleep(Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), end));
    }

    protected override void After(in BackendCall call, long before)
    {
        if (call.Operation is nameof(TakeImages) or nameof(Allocate) or nameof(Upload) or nameof(Download) or nameof(Clear)) return;
        Operations++;
        end = Math.Max(end, Stopwatch.GetTimestamp()) + (long)(each.TotalSeconds * Stopwatch.Frequency);
    }
}
