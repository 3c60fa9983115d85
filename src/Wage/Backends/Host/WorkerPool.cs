using System.Runtime.ExceptionServices;

namespace Wage.Backends.Host;

/// <summary>
/// Threads that sleep until there is work. Items are claimed one by one, so which thread does which item is chance: an item's result must
/// not depend on it. One caller at a time.
/// </summary>
internal sealed class WorkerPool : IDisposable
{
    private readonly Thread[] threads;
    private readonly AutoResetEvent[] wake;
    private readonly ManualResetEventSlim finished = new();
    private volatile Job? current;
    private volatile bool stopping;

    /// <summary>A pool of <paramref name="workers"/>, the calling thread included.</summary>
    public WorkerPool(int workers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        Workers = workers;
        wake = new AutoResetEvent[workers - 1];
        threads = new Thread[workers - 1];
        for (var i = 0; i < threads.Length; i++)
        {
            var worker = i + 1;
            wake[i] = new AutoResetEvent(false);
            threads[i] = new Thread(() => Serve(worker)) { IsBackground = true, Name = $"wage worker {worker}" };
            threads[i].Start();
        }
    }

    /// <summary>The threads that may run an item; the second argument of a body is below this.</summary>
    public int Workers { get; }

    /// <summary>
    /// Runs body(item, worker) for every item in [0, items) and returns when all are done. The first exception is thrown here.
    /// </summary>
    public void Run(int items, Action<int, int> body)
    {
        if (Workers == 1 || items <= 1)
        {
            for (var item = 0; item < items; item++) body(item, 0);
            return;
        }

        var job = new Job(items, body, finished);
        finished.Reset();
        current = job;
        for (var i = 0; i < Math.Min(threads.Length, items - 1); i++) wake[i].Set();
        job.Work(0);
        finished.Wait();
        current = null;
        job.Throw();
    }

    public void Dispose()
    {
        if (stopping) return;
        stopping = true;
        foreach (var signal in wake) signal.Set();
        foreach (var thread in threads) thread.Join();
        foreach (var signal in wake) signal.Dispose();
        finished.Dispose();
    }

    private void Serve(int worker)
    {
        while (true)
        {
            wake[worker - 1].WaitOne();
            if (stopping) return;
            current?.Work(worker);
        }
    }

    /// <summary>One Run. A thread that wakes late holds a job without items left and goes back to sleep.</summary>
    private sealed class Job(int items, Action<int, int> body, ManualResetEventSlim finished)
    {
        private int next = -1;
        private int done;
        private Exception? failure;

        public void Work(int worker)
        {
            int item;
            while ((item = Interlocked.Increment(ref next)) < items)
            {
                try
                {
                    if (failure is null) body(item, worker);
                }
                catch (Exception exception)
                {
                    Interlocked.CompareExchange(ref failure, exception, null);
                }

                if (Interlocked.Increment(ref done) == items) finished.Set();
            }
        }

        public void Throw()
        {
            if (failure is not null) ExceptionDispatchInfo.Throw(failure);
        }
    }
}
