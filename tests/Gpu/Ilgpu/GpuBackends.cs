using Wage.Backends;
using Wage.Gpu;

namespace Wage.Tests.Gpu;

/// <summary>Every device that ILGPU reaches on this machine: its CPU accelerator always, cards where they are.</summary>
internal static class GpuBackends
{
    public static IReadOnlyList<IBackend> Open() => [.. GpuDevices.All().Select(device => GpuDevices.Open(device.Name))];
}
