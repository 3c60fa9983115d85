namespace ILGPU.Runtime;

/// <summary>Stand-in: what a device reports when it fails.</summary>
internal sealed class AcceleratorException(string message) : Exception(message);

/// <summary>Stand-in: failures on demand.</summary>
internal sealed class Faults
{
    private long allocated;
    private int works;

    /// <summary>Bytes of the device.</summary>
    public long Memory { get; set; } = long.MaxValue;

    /// <summary>Launches and copies after which the device is lost.</summary>
    public int LostAfter { get; set; } = int.MaxValue;

    /// <summary>The kernel that does not compile.</summary>
    public string? Uncompilable { get; set; }

    public void Allocating(long bytes)
    {
        if (Interlocked.Add(ref allocated, bytes) <= Memory) return;
        Interlocked.Add(ref allocated, -bytes);
        throw new AcceleratorException("CUDA_ERROR_OUT_OF_MEMORY");
    }

    public void Freed(long bytes) => Interlocked.Add(ref allocated, -bytes);

    public void Working()
    {
        if (++works > LostAfter) throw new AcceleratorException("CUDA_ERROR_DEVICE_UNAVAILABLE");
    }

    public void Compiling(string kernel)
    {
        if (kernel == Uncompilable) throw new NotSupportedException($"{kernel}: unsupported instruction");
    }
}
