using ILGPU;
using ILGPU.Runtime;
using Wage.Tensors;

namespace Wage.Gpu;

/// <summary>A tensor in a device's memory: the start of a buffer of its own, seen under a shape.</summary>
internal sealed class GpuTensor : Tensor
{
    private readonly MemoryBuffer1D<byte, Stride1D.Dense> buffer;

    public GpuTensor(IlgpuBackend backend, MemoryBuffer1D<byte, Stride1D.Dense> buffer, ElementType type, Shape shape)
        : base(type, shape) => (Backend, this.buffer) = (backend, buffer);

    /// <summary>Whose memory it is.</summary>
    public IlgpuBackend Backend { get; }

    /// <summary>The elements' bytes, and what is left of their last word of 8 bytes: allocations are whole words.</summary>
    public ArrayView<byte> Bytes => buffer.AsContiguous().SubView(0, (((long)Length * Type.Size()) + 7) & ~7L);

    /// <summary>What the host last uploaded, if it was Int32: an order of images. Nothing on the device writes to one.</summary>
    public int[]? Uploaded { get; set; }

    /// <inheritdoc/>
    public override Tensor Reshape(Shape shape) => shape.Length == Length
        ? new GpuTensor(Backend, buffer, Type, shape)
        : throw new ArgumentException($"reshape: {Shape} has {Length} elements, {shape} has {shape.Length}", nameof(shape));

    /// <inheritdoc/>
    public override Tensor First(Shape shape) => shape.Length <= Length
        ? new GpuTensor(Backend, buffer, Type, shape)
        : throw new ArgumentException($"first: {Shape} has {Length} elements, {shape} has {shape.Length}", nameof(shape));

    /// <inheritdoc/>
    public override void Free() => Backend.Free(buffer);

    /// <summary>The same memory as another type and shape that take no more of it.</summary>
    public GpuTensor As(ElementType type, Shape shape) => new(Backend, buffer, type, shape);
}
