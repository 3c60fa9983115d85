using ILGPU;

namespace Wage.Gpu.Kernels;

/// <summary>
/// How elements are dealt to threads: thread t of T takes t, t + T, t + 2T, ...
/// So any number of threads does the work, and neighbours read neighbours.
/// </summary>
internal static class Threads
{
    /// <summary>This thread's first element.</summary>
    public static long First => ((long)Grid.IdxX * Group.DimX) + Group.IdxX;

    /// <summary>From one element of a thread to its next: the number of threads.</summary>
    public static long Step => (long)Grid.DimX * Group.DimX;
}
