namespace Wage.Data;

/// <summary>
/// Bytes that threads share: one that needs more than is left waits. A thread takes nothing while it has some, so that none waits for ever.
/// </summary>
internal sealed class MemoryBudget(long most)
{
    private readonly object door = new();
    private long taken;

    /// <summary>The most bytes that were taken at a time.</summary>
    public long Greatest { get; private set; }

    /// <summary>Does some work while its bytes are taken; what needs more than there is has all of it to itself.</summary>
    public void Use(long bytes, Action work)
    {
        var share = Math.Min(bytes, most);
        lock (door)
        {
            while (taken + share > most) Monitor.Wait(door);
            taken += share;
            Greatest = Math.Max(Greatest, taken);
        }

        try
        {
            work();
        }
        finally
        {
            lock (door)
            {
                taken -= share;
                Monitor.PulseAll(door);
            }
        }
    }
}
