using System.Runtime.InteropServices;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>
/// Scratch memory that grows to the largest request and is kept: a steady state allocates nothing. The contents are undefined.
/// </summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private void* memory;
    private MemorySource? source;

    /// <summary>The bytes that there are.</summary>
    public long Capacity { get; private set; }

    /// <summary>Room for <paramref name="count"/> elements and nothing beyond, 64-byte aligned; earlier pointers are void.</summary>
    public T* Ensure<T>(long count)
        where T : unmanaged
    {
        var bytes = checked(count * sizeof(T));
        if (bytes > Capacity || source is not null)
        {
            Dispose();
            source = MemorySource.Current;
            memory = source is null ? NativeMemory.AlignedAlloc((nuint)bytes, 64) : source.Allocate(bytes);
            Capacity = bytes;
        }

        return (T*)memory;
    }

    public void Dispose()
    {
        if (source is null) NativeMemory.AlignedFree(memory);
        else source.Free(memory, Capacity);
        memory = null;
        (Capacity, source) = (0, null);
    }
}
