using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ILGPU;

/// <summary>Stand-in: elements of device memory, each index checked.</summary>
internal readonly struct ArrayView<T>
    where T : unmanaged
{
    private readonly byte[] memory;
    private readonly long start;

    internal ArrayView(byte[] memory, long start, long length) => (this.memory, this.start, Length) = (memory, start, length);

    /// <summary>Elements.</summary>
    public long Length { get; }

    /// <summary>Elements.</summary>
    public int IntLength => (int)Length;

    /// <summary>The bytes below the elements.</summary>
    internal Span<byte> Bytes => memory.AsSpan((int)start, (int)(Length * Unsafe.SizeOf<T>()));

    /// <summary>An element.</summary>
    /// <exception cref="IndexOutOfRangeException">The index is outside the view.</exception>
    public ref T this[long index]
    {
        get
        {
            if ((ulong)index >= (ulong)Length) throw new IndexOutOfRangeException($"element {index} of a view of {Length}");
            var at = (nint)(start + (index * Unsafe.SizeOf<T>()));
            return ref Unsafe.As<byte, T>(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(memory), at));
        }
    }

    /// <summary>An element.</summary>
    public ref T this[int index] => ref this[(long)index];

    /// <summary>A part.</summary>
    public ArrayView<T> SubView(long index, long length) =>
        index >= 0 && length >= 0 && index + length <= Length
            ? new(memory, start + (index * Unsafe.SizeOf<T>()), length)
            : throw new ArgumentOutOfRangeException(nameof(index));

    /// <summary>The same bytes as elements of another type.</summary>
    public ArrayView<TOther> Cast<TOther>()
        where TOther : unmanaged => new(memory, start, Length * Unsafe.SizeOf<T>() / Unsafe.SizeOf<TOther>());
}
