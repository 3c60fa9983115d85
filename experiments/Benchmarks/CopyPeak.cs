using Wage.Backends;
using Wage.Tensors;

namespace Wage.Experiments.Benchmarks;

/// <summary>
/// The bytes per second that a plain copy reads and writes on this machine just now: the ceiling of an operation that does little with each
/// byte. In host memory every processor copies a part.
/// </summary>
internal static class CopyPeak
{
    private const int Most = 20, Parts = 64;
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(1);

    /// <summary>The fastest copy within a second of half of these bytes to the other half.</summary>
    public static double Measure(IBackend backend, long bytes)
    {
        var half = new Shape(checked((int)(bytes / 2)));
        var (source, destination) = (backend.Allocate(ElementType.Int8, half), backend.Allocate(ElementType.Int8, half));
        var (fastest, all) = (TimeSpan.MaxValue, TimeSpan.Zero);
        for (var run = 0; run < Most && (run < 2 || all < Enough); run++)
        {
            var time = DeviceClock.Time(backend, () => Copy(backend, source, destination));
            if (time < fastest) fastest = time;
            all += time;
        }

        return 2 * half.Length / fastest.TotalSeconds;
    }

    private static void Copy(IBackend backend, Tensor source, Tensor destination)
    {
        if (source is not HostTensor from || destination is not HostTensor to)
        {
            backend.Copy(source, destination);
            return;
        }

        Parallel.For(0, Parts, part =>
        {
            var (first, last) = ((int)((long)from.Length * part / Parts), (int)((long)from.Length * (part + 1) / Parts));
            from.Bytes[first..last].CopyTo(to.Bytes[first..last]);
        });
    }
}
