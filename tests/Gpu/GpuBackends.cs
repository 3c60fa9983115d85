using Wage.Backends;
using Wage.Gpu;

namespace Wage.Tests.Gpu;

internal static class GpuBackends
{
    /// <summary>Every device that ILGPU reaches on this machine: its CPU accelerator always, cards and OpenCL where they are.</summary>
    public static IReadOnlyList<IBackend> Open() => [.. GpuDevices.All().Select(device => GpuDevices.Open(device.Name))];

    /// <summary>A data set's images stay with the host.</summary>
    public static IlgpuBackend WithHostImages() => DeviceSource.OnProcessor(residentImages: 0);

    /// <summary>Groups that share memory and wait for each other, as on a card; on host threads, so slow.</summary>
    public static IlgpuBackend Grouped() => DeviceSource.OnProcessor(new LaunchShape(Groups: 2, GroupSize: 4, ProductSide: 2));
}
