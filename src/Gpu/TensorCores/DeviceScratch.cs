using ILGPU;
using ILGPU.Runtime;

namespace Wage.Gpu.TensorCores;

/// <summary>Device memory that grows to the most that was asked of it. What it holds lasts until the next question.</summary>
internal sealed class DeviceScratch(Accelerator accelerator, Failures failures) : IDisposable
{
    private readonly List<MemoryBuffer1D<byte, Stride1D.Dense>> buffers = [];

    /// <summary>This many bytes, of any value.</summary>
    /// <exception cref="WageException">The device has no memory left for them.</exception>
    public ArrayView<byte> Of(long bytes)
    {
        if (buffers.Count == 0 || buffers[^1].Length < bytes) Grow((bytes + 255) & ~255L);
        return buffers[^1].AsContiguous().SubView(0, bytes);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        buffers.ForEach(buffer => buffer.Dispose());
        buffers.Clear();
    }

    /// <summary>Kernels that still wait in the queue may use the old memory, so it stays until the end.</summary>
    private void Grow(long bytes)
    {
        try
        {
            buffers.Add(accelerator.Allocate1D<byte>(bytes));
        }
        catch (Exception error)
        {
            throw failures.Allocating(bytes, buffers.Sum(buffer => buffer.Length), error);
        }
    }
}
