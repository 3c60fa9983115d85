using System.Runtime.CompilerServices;

namespace ILGPU.Runtime;

/// <summary>Stand-in: which of a launch's threads a host thread is just now.</summary>
internal sealed class KernelThread
{
    [ThreadStatic]
    private static KernelThread? current;

    private int allocations;

    private KernelThread(Team team, int thread, int groups) => (Team, Thread, Groups) = (team, thread, groups);

    /// <summary>The running thread's place.</summary>
    public static KernelThread Current => current ?? throw new InvalidOperationException("only a kernel has a place in a grid");

    /// <summary>The threads that it shares memory and barriers with.</summary>
    public Team Team { get; }

    /// <summary>The index in the group.</summary>
    public int Thread { get; }

    /// <summary>Groups of the grid.</summary>
    public int Groups { get; }

    /// <summary>The group's index.</summary>
    public int Group { get; private set; }

    /// <summary>Runs the kernel as one thread of each of these groups, one after another.</summary>
    public static void Run(Team team, int thread, int groups, int first, int last, Action kernel)
    {
        current = new KernelThread(team, thread, groups);
        try
        {
            for (var group = first; group < last; group++)
            {
                (current.Group, current.allocations) = (group, 0);
                kernel();
                team.Wait();
            }
        }
        finally
        {
            current = null;
        }
    }

    /// <summary>The group's next array of shared memory.</summary>
    public ArrayView<T> Allocate<T>(int extent)
        where T : unmanaged => new(Team.Memory(allocations++, extent * Unsafe.SizeOf<T>()), 0, extent);
}
