using ILGPU.Runtime;
using Wage.Backends;
using Wage.Gpu;

namespace Wage.Tests.Gpu;

/// <summary>
/// Without ILGPU the kernels run on its stand-in:
/// groups of one thread, as on a processor, and groups that share memory and wait for each other, as on a card.
/// </summary>
internal static class GpuBackends
{
    public static IReadOnlyList<IBackend> Open() =>
        [Standin(LaunchShape.Processor(3)), Standin(Grouped), Standin(LaunchShape.Processor(1), residentImages: 0)];

    public static LaunchShape Grouped { get; } = new(Groups: 3, GroupSize: 4, ProductSide: 2);

    public static IlgpuBackend Standin(LaunchShape shape, Accelerator? accelerator = null, long residentImages = long.MaxValue) =>
        DeviceSource.Open(shape, accelerator ?? new Accelerator(), residentImages);
}
