using System.Buffers;
using System.Runtime.InteropServices;
using Wage.Tensors;

namespace Wage.Backends;

/// <summary>Brings tensors of any element type to the host, and back.</summary>
public static class BackendReading
{
    /// <summary>A copy of a tensor's elements in host memory.</summary>
    public static HostTensor Read(this IBackend backend, Tensor tensor)
    {
        var host = HostTensor.Create(tensor.Type, tensor.Shape);
        Download(backend, tensor, host.Bytes);
        return host;
    }

    /// <summary>A tensor's elements in host memory: its own memory where that is the host's, else a copy in the given tensor.</summary>
    internal static HostTensor ReadInto(this IBackend backend, Tensor tensor, HostTensor copy)
    {
        if (tensor is HostTensor own) return own;
        Download(backend, tensor, copy.Bytes);
        return copy;
    }

    /// <summary>Lends a tensor's bytes for the time of a call: its own memory where that is the host's, else a copy in pooled memory.</summary>
    public static void Lend(this IBackend backend, Tensor tensor, Action<ReadOnlySpan<byte>> use)
    {
        if (tensor is HostTensor host)
        {
            use(host.Bytes);
            return;
        }

        var length = tensor.Length * tensor.Type.Size();
        var pooled = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var bytes = pooled.AsSpan(0, length);
            Download(backend, tensor, bytes);
            use(bytes);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pooled);
        }
    }

    /// <summary>Replaces a tensor's elements by these bytes, little-endian, as many as it has.</summary>
    public static void UploadBytes(this IBackend backend, ReadOnlySpan<byte> bytes, Tensor tensor)
    {
        switch (tensor.Type)
        {
            case ElementType.UInt8: backend.Upload(bytes, tensor); break;
            case ElementType.Int8: backend.Upload(MemoryMarshal.Cast<byte, sbyte>(bytes), tensor); break;
            case ElementType.Int16: backend.Upload(MemoryMarshal.Cast<byte, short>(bytes), tensor); break;
            case ElementType.Int32: backend.Upload(MemoryMarshal.Cast<byte, int>(bytes), tensor); break;
            default: backend.Upload(MemoryMarshal.Cast<byte, long>(bytes), tensor); break;
        }
    }

    /// <summary>The element of a tensor of one Int64; 0 for a missing one.</summary>
    public static long ReadScalar(this IBackend backend, Tensor? tensor)
    {
        if (tensor is null) return 0;
        Span<long> value = stackalloc long[1];
        backend.Download(tensor, value);
        return value[0];
    }

    private static void Download(IBackend backend, Tensor tensor, Span<byte> bytes)
    {
        switch (tensor.Type)
        {
            case ElementType.UInt8: backend.Download(tensor, bytes); break;
            case ElementType.Int8: backend.Download(tensor, MemoryMarshal.Cast<byte, sbyte>(bytes)); break;
            case ElementType.Int16: backend.Download(tensor, MemoryMarshal.Cast<byte, short>(bytes)); break;
            case ElementType.Int32: backend.Download(tensor, MemoryMarshal.Cast<byte, int>(bytes)); break;
            default: backend.Download(tensor, MemoryMarshal.Cast<byte, long>(bytes)); break;
        }
    }
}
