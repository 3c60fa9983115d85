using Wage.Tensors;

namespace Wage.Backends;

/// <summary>Tensors of any element type, out of a backend's memory.</summary>
public static class HostCopy
{
    /// <summary>A copy in host memory of the same type and shape.</summary>
    public static HostTensor ToHost(this IBackend backend, Tensor source)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(source);
        var copy = HostTensor.Create(source.Type, source.Shape);
        switch (copy)
        {
            case HostTensor<byte> bytes: backend.Download(source, bytes.Span); break;
            case HostTensor<sbyte> narrow: backend.Download(source, narrow.Span); break;
            case HostTensor<short> wide: backend.Download(source, wide.Span); break;
            case HostTensor<int> sums: backend.Download(source, sums.Span); break;
            case HostTensor<long> longSums: backend.Download(source, longSums.Span); break;
            default: throw new NotSupportedException($"tensors of type {source.Type}");
        }

        return copy;
    }
}
