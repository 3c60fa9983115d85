namespace Wage.Tensors;

/// <summary>
/// Where host tensors and the CPU engine's scratch buffers lie, when it is not the runtime's own memory. Only the tests set one: its blocks
/// end, or begin, at a page that may not be touched.
/// </summary>
internal abstract unsafe class MemorySource
{
    /// <summary>The source of whatever is allocated from now on; null: the runtime's own memory.</summary>
    public static MemorySource? Current { get; set; }

    /// <summary>A block of exactly so many bytes, whose contents are undefined.</summary>
    public abstract void* Allocate(long bytes);

    /// <summary>Takes a block back: nothing holds its address.</summary>
    public abstract void Free(void* block, long bytes);

    /// <summary>Takes back the block of a tensor that the collector found unreachable, of which a running operation may still hold a span.</summary>
    public abstract void FreeLater(void* block, long bytes);
}

/// <summary>A tensor's block: there as long as a tensor sees it.</summary>
internal sealed unsafe class SourceBlock(MemorySource source, long bytes)
{
    private readonly void* address = source.Allocate(bytes);

    ~SourceBlock() => source.FreeLater(address, bytes);

    /// <summary>The first byte.</summary>
    public void* Address => address;
}
