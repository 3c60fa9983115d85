using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Wage.Tensors;

namespace Wage.Tests.Backends.Guarded;

/// <summary>
/// Blocks between two pages that may not be touched: each ends at the one behind it, or begins at the one before. What its own pages hold
/// on the other side has a known value, which is looked at when the block is freed: that finds writes there, not reads.
/// </summary>
internal sealed unsafe partial class GuardedMemory(bool atEnd) : MemorySource
{
    private const byte Outside = 0xC3;
    private const byte Undefined = 0x5A;
    private const int None = 0, ReadWrite = 3, PrivateAnonymousNoReserve = 0x4022;
    private const int SweptBlocks = 4000, SweptBytes = 1 << 26;
    private static readonly int Page = Environment.SystemPageSize;
    private readonly ConcurrentQueue<(nint Block, long Bytes)> unreachable = [];
    private readonly ConcurrentQueue<(nint First, long Length)> freed = [];
    private readonly ConcurrentDictionary<long, ConcurrentBag<nint>> free = [];
    private int unsweptBlocks;
    private long unsweptBytes;

    /// <summary>The blocks handed out and swept.</summary>
    public int Blocks { get; private set; }

    /// <summary>Blocks outside of which something was written.</summary>
    public ConcurrentQueue<string> Faults { get; } = [];

    public override void* Allocate(long bytes)
    {
        var length = Length(bytes);
        var first = free.GetOrAdd(length, _ => []).TryTake(out var used) ? used : Pages(length);
        var block = atEnd ? first + (nint)(length - bytes) : first;
        NativeMemory.Fill((void*)(atEnd ? first : first + (nint)bytes), (nuint)(length - bytes), Outside);
        NativeMemory.Fill((void*)block, (nuint)bytes, Undefined);
        Interlocked.Increment(ref unsweptBlocks);
        Interlocked.Add(ref unsweptBytes, length);
        return (void*)block;
    }

    /// <summary>Looks at what is outside.</summary>
    public override void Free(void* block, long bytes)
    {
        var length = Length(bytes);
        var first = atEnd ? (nint)block - (nint)(length - bytes) : (nint)block;
        var outside = new ReadOnlySpan<byte>((void*)(atEnd ? first : first + (nint)bytes), (int)(length - bytes));
        var at = atEnd ? outside.LastIndexOfAnyExcept(Outside) : outside.IndexOfAnyExcept(Outside);
        var (far, side) = atEnd ? (outside.Length - at, "before") : (at + 1, "behind");
        if (at >= 0) Faults.Enqueue($"a block of {bytes} bytes: written {far} bytes {side} it");
        freed.Enqueue((first, length));
    }

    public override void FreeLater(void* block, long bytes) => unreachable.Enqueue(((nint)block, bytes));

    /// <summary>Frees the blocks of all tensors that are no longer reachable, when there may be many. No operation runs.</summary>
    public void Sweep(bool always = false)
    {
        if (!always && unsweptBlocks < SweptBlocks && unsweptBytes < SweptBytes) return;
        Blocks += unsweptBlocks;
        (unsweptBlocks, unsweptBytes) = (0, 0);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        while (unreachable.TryDequeue(out var one)) Free((void*)one.Block, one.Bytes);
        while (freed.TryDequeue(out var old)) free[old.Length].Add(old.First);
    }

    /// <summary>Pages, none of which lies beside another block's.</summary>
    private static nint Pages(long length)
    {
        var first = Map(0, (nuint)(length + (2 * Page)), None, PrivateAnonymousNoReserve, -1, 0) + Page;
        return first > Page && Protect(first, (nuint)length, ReadWrite) == 0
            ? first
            : throw new OutOfMemoryException(Marshal.GetLastPInvokeErrorMessage());
    }

    /// <summary>Bytes of the pages of a block.</summary>
    private static long Length(long bytes) => (Math.Max(1, bytes) + Page - 1) / Page * Page;

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(nint address, nuint length, int protection);
}
