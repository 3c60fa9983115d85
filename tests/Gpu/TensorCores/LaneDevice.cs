using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using Wage.Gpu.TensorCores;

namespace Wage.Tests.Gpu.TensorCores;

/// <summary>
/// A device whose lanes are host threads: ILGPU's CPU accelerator with one group of four warps. It runs the kernels' own IL, so that nothing is
/// optimized.
/// </summary>
internal static class LaneDevice
{
    public static Accelerator Open(out IDisposable? owner)
    {
        TensorCore.Emulation = shared => new SimulatedLane(shared);
        var device = new CPUDevice(numThreadsPerWarp: 32, numWarpsPerMultiprocessor: 8, numMultiprocessors: 1);
        var context = Context.Create(builder => builder.CPU(device).Optimize(OptimizationLevel.O0).Inlining(InliningMode.Disabled));
        owner = context;
        return device.CreateAccelerator(context);
    }
}
