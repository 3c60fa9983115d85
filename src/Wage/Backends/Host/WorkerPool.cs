using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Wage.Backends.Host;

/// <summary>
/// What <see cref="WorkerPool"/> does with one item. Make it static: what it needs comes as the state, so that nothing is allocated.
/// </summary>
internal delegate void WorkBody<TState>(in TState state, int item, int worker);

/// <summary>
/// Threads that sleep until there is work, but for a moment behind the last. Items are claimed one by one, so which thread does which item is
/// chance: an item's result must not depend on it. One caller at a time. A run allocates nothing.
/// </summary>
internal sealed unsafe class WorkerPool : IDisposable
{
    /// <summary>
    /// How often a thread looks for the next run before it sleeps: about the time that waking one takes. Where threads are more than processors,
    /// looking would take time from those that work.
    /// </summary>
    private const int Turns = 2000;

    private readonly Thread[] threads;
    private readonly AutoResetEvent[] wake;
    private readonly int turns;
    private readonly ManualResetEventSlim finished = new();
    private delegate*<Delegate, void*, int, int, void> call;
    private Delegate? body;
    private void* state;
    private int items;
    private int unclaimed;
    private int unfinished;
    private Exception? failure;
    private volatile bool stopping;

    /// <summary>A pool of <paramref name="workers"/>, the calling thread included.</summary>
    public WorkerPool(int workers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        (Workers, turns) = (workers, workers <= Environment.ProcessorCount ? Turns : 0);
        wake = new AutoResetEvent[workers - 1];
        threads = new Thread[workers - 1];
        for (var i = 0; i < threads.Length; i++)
        {
            var signal = wake[i] = new AutoResetEvent(false);
            var worker = i + 1;
            threads[i] = new Thread(() => Serve(signal, worker)) { IsBackground = true, Name = $"wage worker {worker}" };
            threads[i].Start();
        }
    }

    /// <summary>The threads that may run an item; the last argument of a body is below this.</summary>
    public int Workers { get; }

    /// <summary>
    /// Runs body(state, item, worker) for every item in [0, items) and returns when all are done. The first exception is thrown here.
    /// </summary>
    public void Run<TState>(int items, TState state, WorkBody<TState> body)
    {
        if (Workers == 1 || items <= 1)
        {
            for (var item = 0; item < items; item++) body(in state, item, 0);
            return;
        }

        finished.Reset();
        (this.items, this.body, unfinished, failure) = (items, body, items, null);
        call = &Call<TState>;
        this.state = Unsafe.AsPointer(ref state);
        Interlocked.Exchange(ref unclaimed, items);
        for (var i = 0; i < Math.Min(threads.Length, items - 1); i++) wake[i].Set();
        Work(0);
        finished.Wait();
        this.body = null;
        if (failure is { } first) ExceptionDispatchInfo.Throw(first);
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

    /// <summary>The state lies on the caller's stack, where it stays until every item is done.</summary>
    private static void Call<TState>(Delegate body, void* state, int item, int worker) =>
        Unsafe.As<WorkBody<TState>>(body)(in Unsafe.AsRef<TState>(state), item, worker);

    private void Serve(AutoResetEvent signal, int worker)
    {
        while (true)
        {
            for (var turn = 0; turn < turns && Volatile.Read(ref unclaimed) <= 0 && !stopping; turn++) Thread.SpinWait(1);
            if (Volatile.Read(ref unclaimed) <= 0) signal.WaitOne();
            if (stopping) return;
            Work(worker);
        }
    }

    /// <summary>
    /// Claims count down, and only the holder of a claim, for whom the run cannot end, reads what the run is: a thread that wakes late finds
    /// nothing left, or helps the next run.
    /// </summary>
    private void Work(int worker)
    {
        int left;
        while ((left = Interlocked.Decrement(ref unclaimed)) >= 0)
        {
            try
            {
                if (Volatile.Read(ref failure) is null) call(body!, state, items - 1 - left, worker);
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref failure, exception, null);
            }

            if (Interlocked.Decrement(ref unfinished) == 0) finished.Set();
        }
    }
}
