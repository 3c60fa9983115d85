using ILGPU.Runtime.Cuda;
using Wage.Gpu;

namespace Wage.Tests.Gpu;

/// <summary>Failures on demand, as a card's driver reports them.</summary>
internal sealed class Faults : IDeviceFaults
{
    private long allocated;

    /// <summary>Bytes of the device.</summary>
    public long Memory { get; set; } = long.MaxValue;

    /// <summary>The kernel that does not compile.</summary>
    public string? Uncompilable { get; set; }

    /// <summary>Whether the device has gone.</summary>
    public bool Lost { get; set; }

    public void Allocating(long bytes)
    {
        if ((allocated += bytes) > Memory) throw new CudaException(CudaError.CUDA_ERROR_OUT_OF_MEMORY);
    }

    public void Compiling(string kernel)
    {
        if (kernel == Uncompilable) throw new NotSupportedException($"\n{kernel}: unsupported instruction\n  at line 1");
    }

    public void Working()
    {
        if (Lost) throw new CudaException(CudaError.CUDA_ERROR_LAUNCH_FAILED);
    }
}
