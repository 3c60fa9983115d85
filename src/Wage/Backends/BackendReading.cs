using Wage.Tensors;

namespace Wage.Backends;

/// <summary>Brings tensors of any element type to the host.</summary>
public static class BackendReading
{
    /// <summary>A copy of a tensor's elements in host memory.</summary>
    public static HostTensor Read(this IBackend backend, Tensor tensor)
    {
        var host = HostTensor.Create(tensor.Type, tensor.Shape);
        switch (host)
        {
            case HostTensor<byte> copy: backend.Download(tensor, copy.Span); break;
            case HostTensor<sbyte> copy: backend.Download(tensor, copy.Span); break;
            case HostTensor<short> copy: backend.Download(tensor, copy.Span); break;
            case HostTensor<int> copy: backend.Download(tensor, copy.Span); break;
            default: backend.Download(tensor, ((HostTensor<long>)host).Span); break;
        }

        return host;
    }

    /// <summary>The element of a tensor of one Int64; 0 for a missing one.</summary>
    public static long ReadScalar(this IBackend backend, Tensor? tensor)
    {
        if (tensor is null) return 0;
        Span<long> value = stackalloc long[1];
        backend.Download(tensor, value);
        return value[0];
    }
}
