using System.Runtime.InteropServices;

namespace Wage.Backends.Host;

/// <summary>
/// Scratch memory that grows to the largest request and is kept: a steady state allocates nothing. The contents are undefined.
/// </summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    /// <summary>Bytes that may be read past the end of every request: vector loads and the odd element of a pair.</summary>
    private const int Slack = 64;

    private void* memory;

    /// <summary>The bytes that there are.</summary>
    public long Capacity { get; private set; }

    /// <summary>Room for <paramref name="count"/> elements, 64-byte aligned; earlier pointers are void.</summary>
    public T* Ensure<T>(long count)
        where T : unmanaged
    {
        var bytes = checked((count * sizeof(T)) + Slack);
        if (bytes > Capacity)
        {
            Dispose();
            memory = NativeMemory.AlignedAlloc((nuint)bytes, 64);
            Capacity = bytes;
        }

        return (T*)memory;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(memory);
        memory = null;
        Capacity = 0;
    }
}
