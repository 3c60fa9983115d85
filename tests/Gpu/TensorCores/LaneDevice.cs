using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using Wage.Gpu.TensorCores;

namespace Wage.Tests.Gpu.TensorCores;

/// <summary>A device whose lanes are host threads: ILGPU's CPU accelerator with one group of four warps.</summary>
internal static class LaneDevice
{
    public static Accelerator Open(out IDisposable? owner)
    {
        TensorCore.Emulation = shared => new SimulatedLane(shared);
        var device = new CPUDevice(numThreadsPerWarp: 32, numWarpsPerMultiprocessor: 8, numMultiprocessors: 1);
        var context = Context.Create(builder => builder.CPU(device).Optimize(OptimizationLevel.O1));
        owner = context;
        return device.CreateAccelerator(context);
    }
}
