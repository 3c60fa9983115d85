using ILGPU;
using ILGPU.Runtime;
using Wage.Tensors;

namespace Wage.Gpu;

/// <summary>A tensor in a device's memory: a buffer of its own, or a part of it, seen under a shape.</summary>
internal sealed class GpuTensor : Tensor
{
    private readonly MemoryBuffer1D<byte, Stride1D.Dense> buffer;
    private readonly long first;

    public GpuTensor(IlgpuBackend backend, MemoryBuffer1D<byte, Stride1D.Dense> buffer, ElementType type, Shape shape, long first = 0)
        : base(type, shape) => (Backend, this.buffer, this.first) = (backend, buffer, first);

    /// <summary>Whose memory it is.</summary>
    public IlgpuBackend Backend { get; }

    /// <summary>The elements' bytes, and what is left of their last word of 8 bytes: allocations are whole words.</summary>
    public ArrayView<byte> Bytes => buffer.AsContiguous().SubView(first, (((long)Length * Type.Size()) + 7) & ~7L);

    /// <summary>What the host last uploaded, if it was Int32: an order of images. Nothing on the device writes to one.</summary>
    public int[]? Uploaded { get; set; }

    /// <inheritdoc/>
    public override Tensor Reshape(Shape shape) => shape.Length == Length
        ? new GpuTensor(Backend, buffer, Type, shape, first)
        : throw new ArgumentException($"reshape: {Shape} has {Length} elements, {shape} has {shape.Length}", nameof(shape));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">It does not begin at a word of 8 bytes, or is not within the tensor.</exception>
    public override Tensor Part(int start, Shape shape)
    {
        var bytes = (long)start * Type.Size();
        if (start < 0 || shape.Length > Length - start || bytes % sizeof(long) != 0)
            throw new ArgumentException($"part: {Shape} has {Length} elements, not {shape} from element {start} on", nameof(shape));
        return new GpuTensor(Backend, buffer, Type, shape, first + bytes);
    }

    /// <inheritdoc/>
    public override void Free() => Backend.Free(buffer);

    /// <summary>The same memory as another type and shape that take no more of it.</summary>
    public GpuTensor As(ElementType type, Shape shape) => new(Backend, buffer, type, shape, first);
}
