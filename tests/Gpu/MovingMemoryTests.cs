using Wage.Backends;
using Wage.Tensors;

namespace Wage.Tests.Gpu;

/// <summary>Copies read and write memory that the garbage collector may move at any moment: it must be held in its place.</summary>
public sealed class MovingMemoryTests
{
    [Test]
    public void CopiesArriveWhileTheCollectorMovesTheirMemory()
    {
        using var stop = new CancellationTokenSource();
        var backends = GpuBackends.Open().ToList();
        var collector = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect(1, GCCollectionMode.Forced, blocking: true, compacting: true);
                Thread.Sleep(1);                      // one collection on the heels of another leaves the copies no time: it took minutes
            }
        });
        try
        {
            foreach (var backend in backends) RoundTrips(backend);
        }
        finally
        {
            stop.Cancel();
            collector.Wait();
        }
    }

    private static void RoundTrips(IBackend backend)
    {
        using (backend)
        {
            var tensor = backend.Allocate(ElementType.Int32, new Shape(20_000));
            for (var round = 1; round <= 300; round++)
            {
                // Garbage in front of the two arrays gives the collector a reason to move them.
                GC.KeepAlive(new byte[4096]);
                var (sent, back) = (new int[tensor.Length], new int[tensor.Length]);
                Array.Fill(sent, round);
                backend.Upload<int>(sent, tensor);
                backend.Download<int>(tensor, back);
                Assert.That(back.AsSpan().SequenceEqual(sent), $"{backend.Name}, round {round}");
            }
        }
    }
}
