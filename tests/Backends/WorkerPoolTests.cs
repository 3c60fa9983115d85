using Wage.Backends;
using Wage.Backends.Host;
using Wage.Tensors;

namespace Wage.Tests.Backends;

[Parallelizable]
public sealed class WorkerPoolTests
{
    [Test]
    public void EveryItemRunsOnceWhateverTheThreads([Values(1, 2, 5, 16)] int workers, [Values(0, 1, 2, 17, 1000)] int items)
    {
        using var pool = new WorkerPool(workers);
        for (var repeat = 0; repeat < 50; repeat++)
        {
            var counts = new int[items];
            pool.Run(items, (item, worker) =>
            {
                if (worker >= 0 && worker < workers) Interlocked.Increment(ref counts[item]);
            });
            Assert.That(counts, Is.All.EqualTo(1));
        }
    }

    [Test]
    public void TwoThreadsNeverShareAWorkerNumber()
    {
        using var pool = new WorkerPool(4);
        var busy = new int[4];
        var shared = 0;
        pool.Run(2000, (_, worker) =>
        {
            if (Interlocked.Increment(ref busy[worker]) != 1) Interlocked.Increment(ref shared);
            Thread.Yield();
            Interlocked.Decrement(ref busy[worker]);
        });
        Assert.That(shared, Is.Zero);
    }

    [Test]
    public void AnExceptionReachesTheCallerAndThePoolWorksOn([Values(1, 3)] int workers)
    {
        using var pool = new WorkerPool(workers);
        Assert.That(
            () => pool.Run(100, (item, _) => throw new InvalidOperationException("planted")),
            Throws.InvalidOperationException.With.Message.EqualTo("planted"));
        var done = 0;
        pool.Run(100, (_, _) => Interlocked.Increment(ref done));
        Assert.That(done, Is.EqualTo(100));
    }

    [Test]
    public void DisposingEndsTheThreads()
    {
        var pool = new WorkerPool(3);
        pool.Run(10, (_, _) => { });
        pool.Dispose();
        Assert.That(pool.Dispose, Throws.Nothing);
    }

    [Test]
    public void AWrongLengthIsRefusedBeforeMemoryIsRead()
    {
        using var backend = new HostBackend(1);
        var g = ConvGeometry.Dense(2, 3, 4);
        var (x, w) = (backend.Allocate(ElementType.Int8, new Shape(2, 3)), backend.Allocate(ElementType.Int8, new Shape(4, 3)));
        var y = backend.Allocate(ElementType.Int32, new Shape(2, 3));
        Assert.That(() => backend.Convolve(x, w, g, y), Throws.ArgumentException.With.Message.Contain("the operation needs 8"));
    }
}

/// <summary>Bodies that capture.</summary>
file static class Capturing
{
    public static void Run(this WorkerPool pool, int items, Action<int, int> body) =>
        pool.Run(items, body, static (in body, item, worker) => body(item, worker));
}
