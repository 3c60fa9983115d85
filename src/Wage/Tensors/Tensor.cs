using System.Numerics;
using System.Runtime.InteropServices;

namespace Wage.Tensors;

/// <summary>Memory of a backend and a shape; no arithmetic. Only the backend that allocated it reads or writes it.</summary>
public abstract class Tensor(ElementType type, Shape shape)
{
    /// <summary>What the elements are.</summary>
    public ElementType Type { get; } = type;

    /// <summary>The extents, slowest first.</summary>
    public Shape Shape { get; } = shape;

    /// <summary>The number of elements.</summary>
    public int Length => Shape.Length;

    /// <summary>Bytes of all elements.</summary>
    public long ByteLength => (long)Length * Type.Size();

    /// <summary>The same memory seen under another shape of the same length.</summary>
    public abstract Tensor Reshape(Shape shape);

    /// <summary>The first elements of the same memory under a shape of no greater length; null where a backend has no such view.</summary>
    public Tensor? First(Shape shape) => Part(0, shape);

    /// <summary>The elements from <paramref name="start"/> on of the same memory; null where a backend has no such view.</summary>
    public virtual Tensor? Part(int start, Shape shape) => null;

    /// <summary>
    /// Gives the memory back, where it is a device's: neither the tensor nor a view of it is used any more. Memory of the host goes when nothing
    /// refers to it.
    /// </summary>
    public virtual void Free()
    {
    }
}

/// <summary>A tensor in host memory whose element type is known only at run time.</summary>
public abstract class HostTensor(ElementType type, Shape shape) : Tensor(type, shape)
{
    /// <summary>Element <paramref name="index"/> in row-major order. Writing a value that the type cannot hold throws.</summary>
    /// <exception cref="OverflowException">The value does not fit the element type.</exception>
    public abstract long this[int index] { get; set; }

    /// <summary>The position of the first of the greatest of these elements, counted from the first of them.</summary>
    public int Greatest(int first, int count)
    {
        var best = 0;
        for (var i = 1; i < count; i++)
        {
            if (this[first + i] > this[first + best]) best = i;
        }

        return best;
    }

    /// <summary>The bytes, in the machine's order.</summary>
    public abstract Span<byte> Bytes { get; }

    /// <summary>Of element 0; the memory is pinned.</summary>
    internal abstract nint Address { get; }

    /// <inheritdoc/>
    public abstract override HostTensor Part(int start, Shape shape);

    /// <summary>A zeroed tensor.</summary>
    public static HostTensor Create(ElementType type, Shape shape) => type switch
    {
        ElementType.UInt8 => new HostTensor<byte>(shape),
        ElementType.Int8 => new HostTensor<sbyte>(shape),
        ElementType.Int16 => new HostTensor<short>(shape),
        ElementType.Int32 => new HostTensor<int>(shape),
        ElementType.Int64 => new HostTensor<long>(shape),
        _ => throw new NotSupportedException($"tensors of integers hold no {type}"),
    };
}

/// <summary>A tensor in pinned host memory, at a multiple of 64 bytes unless the memory was there before.</summary>
public sealed unsafe class HostTensor<T> : HostTensor
    where T : unmanaged, IBinaryInteger<T>
{
    private const int Alignment = 64;
    private readonly T[] data;
    private readonly int first;
    private readonly Pin? pin;
    private readonly SourceBlock? block;

    /// <summary>A zeroed tensor.</summary>
    public HostTensor(Shape shape)
        : base(ElementTypes.Of<T>(), shape)
    {
        block = MemorySource.Current is { } source ? new SourceBlock(source, (long)shape.Length * sizeof(T)) : null;
        data = block is null ? GC.AllocateArray<T>(checked(shape.Length + (Alignment / sizeof(T)) - 1), pinned: true) : [];
        if (block is null) first = (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(data, 0) & (Alignment - 1)) / sizeof(T);
        else Span.Clear();
    }

    private HostTensor(Shape shape, T[] data, int first, Pin? pin, SourceBlock? block)
        : base(ElementTypes.Of<T>(), shape) => (this.data, this.first, this.pin, this.block) = (data, first, pin, block);

    /// <summary>A tensor over memory that is there already, which stays where it lies as long as a tensor reads it.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    internal static HostTensor<T> Over(T[] data, Shape shape)
    {
        if (data.Length != shape.Length) throw new ArgumentException($"{shape} has {shape.Length} elements, {data.Length} were given", nameof(data));
        if (MemorySource.Current is null) return new HostTensor<T>(shape, data, 0, new Pin(data), null);
        var copy = new HostTensor<T>(shape);
        data.CopyTo(copy.Span);
        return copy;
    }

    /// <summary>The elements, row-major.</summary>
    public Span<T> Span => block is null ? data.AsSpan(first, Length) : new Span<T>((T*)block.Address + first, Length);

    /// <summary>The address of element 0; the memory is pinned.</summary>
    public T* Pointer => block is null ? (T*)Marshal.UnsafeAddrOfPinnedArrayElement(data, first) : (T*)block.Address + first;

    /// <inheritdoc/>
    public override Span<byte> Bytes => MemoryMarshal.AsBytes(Span);

    /// <inheritdoc/>
    internal override nint Address => (nint)Pointer;

    /// <inheritdoc/>
    public override long this[int index]
    {
        get => long.CreateTruncating(Span[index]);
        set => Span[index] = T.CreateChecked(value);
    }

    /// <inheritdoc/>
    public override Tensor Reshape(Shape shape)
    {
        if (shape.Length != Length) throw new ArgumentException($"reshape: {Shape} has {Length} elements, {shape} has {shape.Length}", nameof(shape));
        return new HostTensor<T>(shape, data, first, pin, block);
    }

    /// <inheritdoc/>
    public override HostTensor Part(int start, Shape shape)
    {
        if (start < 0 || shape.Length > Length - start)
            throw new ArgumentException($"part: {Shape} has {Length} elements, not {shape} from element {start} on", nameof(shape));
        return new HostTensor<T>(shape, data, first + start, pin, block);
    }

    /// <summary>Keeps an array where it is, until no tensor reads it.</summary>
    private sealed class Pin(T[] data)
    {
        private GCHandle handle = GCHandle.Alloc(data, GCHandleType.Pinned);

        ~Pin() => handle.Free();
    }
}
