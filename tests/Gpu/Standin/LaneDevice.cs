using ILGPU.Runtime;

namespace Wage.Tests.Gpu.TensorCores;

/// <summary>A device whose lanes are host threads: the stand-in.</summary>
internal static class LaneDevice
{
    public static Accelerator Open(out IDisposable? owner)
    {
        owner = null;
        return new Accelerator();
    }
}
