using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Algorithms.ScanReduceOperations;

namespace Wage.Gpu.Kernels;

/// <summary>
/// A group's reduction, in its first thread. A group is one thread or whole warps: a shuffle from a lane that no thread has reads garbage.
/// </summary>
internal static class GroupReduction
{
    /// <summary>The value of every thread of the group joined by the reduction.</summary>
    public static long Of<TReduction>(long value)
        where TReduction : struct, IScanReduceOperation<long> =>
        Group.DimX == 1 ? value : GroupExtensions.Reduce<long, TReduction>(value);
}
