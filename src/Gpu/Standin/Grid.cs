using ILGPU.Runtime;

namespace ILGPU;

/// <summary>Stand-in: where in the grid the running thread is.</summary>
internal static class Grid
{
    /// <summary>The group's index.</summary>
    public static int IdxX => KernelThread.Current.Group;

    /// <summary>Groups.</summary>
    public static int DimX => KernelThread.Current.Groups;
}

/// <summary>Stand-in: where in its group the running thread is.</summary>
internal static class Group
{
    /// <summary>The thread's index.</summary>
    public static int IdxX => KernelThread.Current.Thread;

    /// <summary>Threads of a group.</summary>
    public static int DimX => KernelThread.Current.Team.Size;

    /// <summary>Waits for every thread of the group.</summary>
    public static void Barrier() => KernelThread.Current.Team.Wait();
}

/// <summary>Stand-in: memory of a group. Allocations are told apart by their order, so every thread must make the same ones.</summary>
internal static class SharedMemory
{
    /// <summary>The group's next array.</summary>
    public static ArrayView<T> Allocate<T>(int extent)
        where T : unmanaged => KernelThread.Current.Allocate<T>(extent);
}
