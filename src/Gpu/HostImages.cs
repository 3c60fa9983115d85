using Wage.Tensors;

namespace Wage.Gpu;

/// <summary>
/// The images of a data set that does not fit the device: they stay with the host,
/// and <see cref="BatchUploads"/> brings them over a batch at a time.
/// </summary>
internal sealed class HostImages(byte[] pixels, Shape shape) : Tensor(ElementType.UInt8, shape)
{
    /// <summary>UInt8 [count,H,W,C].</summary>
    public byte[] Pixels { get; } = pixels;

    /// <inheritdoc/>
    public override Tensor Reshape(Shape shape) => throw new NotSupportedException("images that stay with the host have one shape");
}
