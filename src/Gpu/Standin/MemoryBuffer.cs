using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ILGPU.Runtime;

/// <summary>Stand-in: what the library's memory starts with: nothing that a kernel may rely on.</summary>
internal static class MemoryBuffer
{
    private const byte Nonsense = 0xA5;

    public static byte[] Garbage(long bytes)
    {
        var memory = GC.AllocateUninitializedArray<byte>(checked((int)bytes));
        memory.AsSpan().Fill(Nonsense);
        return memory;
    }
}

/// <summary>Stand-in: memory of the device.</summary>
internal sealed class MemoryBuffer1D<T, TStride> : IDisposable
    where T : unmanaged
    where TStride : struct
{
    private readonly Accelerator accelerator;
    private readonly byte[] memory;

    internal MemoryBuffer1D(Accelerator accelerator, long length)
    {
        (this.accelerator, Length) = (accelerator, length);
        accelerator.Faults.Allocating(length * Unsafe.SizeOf<T>());
        memory = MemoryBuffer.Garbage(length * Unsafe.SizeOf<T>());
    }

    /// <summary>Elements.</summary>
    public long Length { get; }

    /// <summary>All elements.</summary>
    public ArrayView<T> AsContiguous() => new(memory, 0, Length);

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => accelerator.Faults.Freed(Length * Unsafe.SizeOf<T>());
}

/// <summary>Stand-in: copies between views and the host.</summary>
internal static class ArrayViewExtensions
{
    public static void MemSetToZero(this ArrayView<byte> view, AcceleratorStream stream)
    {
        stream.Accelerator.Faults.Working();
        view.Bytes.Clear();
    }

    public static void CopyTo(this ArrayView<byte> source, AcceleratorStream stream, in ArrayView<byte> target)
    {
        stream.Accelerator.Faults.Working();
        source.Bytes.CopyTo(target.Bytes);
    }

    public static void CopyFromCPU(this ArrayView<byte> target, AcceleratorStream stream, ref byte cpuData, long length)
    {
        stream.Accelerator.Faults.Working();
        MemoryMarshal.CreateReadOnlySpan(ref cpuData, (int)length).CopyTo(target.Bytes);
    }

    public static void CopyFromCPUUnsafeAsync(this ArrayView<byte> target, AcceleratorStream stream, ref byte cpuData, long length) =>
        target.CopyFromCPU(stream, ref cpuData, length);

    /// <summary>The one way in which the host reads from the device; each is counted.</summary>
    public static void CopyToCPU(this ArrayView<byte> source, AcceleratorStream stream, ref byte cpuData, long length)
    {
        stream.Accelerator.Faults.Working();
        stream.Accelerator.HostReads++;
        source.Bytes[..(int)length].CopyTo(MemoryMarshal.CreateSpan(ref cpuData, (int)length));
    }
}
