using System.Diagnostics;
using Wage.Backends;

namespace Wage.Experiments.Benchmarks;

/// <summary>
/// How long a device works, from an empty queue to an empty queue. A device takes orders and works on them later: a clock that does not wait
/// times the orders.
/// </summary>
internal static class DeviceClock
{
    /// <summary>The time from the first order to the end of the last.</summary>
    public static TimeSpan Time(IBackend backend, Action work)
    {
        backend.Synchronize();
        var start = Stopwatch.GetTimestamp();
        work();
        backend.Synchronize();
        return Stopwatch.GetElapsedTime(start);
    }
}
