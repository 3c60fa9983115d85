using Wage.Backends;
using Wage.Tensors;

namespace Wage.Workers;

/// <summary>Elements of tensors on their way to the wire and back: in place where they are in host memory, else by a copy there.</summary>
internal static class HostValues
{
    /// <summary>Memory for a copy; null where this backend's tensors are the host's.</summary>
    public static HostTensor? CopyOf(IBackend backend, ElementType type, int length) =>
        backend is HostMemoryBackend ? null : HostTensor.Create(type, new Shape(length));

    /// <summary>The elements in host memory.</summary>
    public static HostTensor Read(IBackend backend, Tensor tensor, HostTensor? copy) =>
        tensor as HostTensor ?? backend.ReadInto(tensor, copy!);

    /// <summary>Brings elements that were changed in host memory back to the tensor, where it is not the same.</summary>
    public static void Write(IBackend backend, HostTensor host, int first, int count, Tensor tensor)
    {
        if (tensor is HostTensor) return;
        var bytes = host.Type.Size();
        if (tensor.Part(first, new Shape(count)) is { } part) backend.UploadBytes(host.Bytes.Slice(first * bytes, count * bytes), part);
        else backend.UploadBytes(host.Bytes, tensor);
    }

    /// <summary>Elements to the wire.</summary>
    public static void Pack(HostTensor host, int first, int count, int bytes, Span<byte> to)
    {
        switch (host)
        {
            case HostTensor<sbyte> own: WireNumbers.Pack<sbyte>(own.Span.Slice(first, count), bytes, to); break;
            case HostTensor<short> own: WireNumbers.Pack<short>(own.Span.Slice(first, count), bytes, to); break;
            case HostTensor<int> own: WireNumbers.Pack<int>(own.Span.Slice(first, count), bytes, to); break;
            case HostTensor<long> own: WireNumbers.Pack<long>(own.Span.Slice(first, count), bytes, to); break;
            case HostTensor<byte> own: own.Span.Slice(first, count).CopyTo(to); break;
            default: throw new NotSupportedException($"workers: tensors of {host.Type}");
        }
    }

    /// <summary>Elements from the wire, in place of what is there or added to it.</summary>
    public static void Unpack(ReadOnlySpan<byte> from, int bytes, HostTensor host, int first, int count, bool adds)
    {
        switch (host)
        {
            case HostTensor<sbyte> own: WireNumbers.Unpack(from, bytes, own.Span.Slice(first, count), adds); break;
            case HostTensor<short> own: WireNumbers.Unpack(from, bytes, own.Span.Slice(first, count), adds); break;
            case HostTensor<int> own: WireNumbers.Unpack(from, bytes, own.Span.Slice(first, count), adds); break;
            case HostTensor<long> own: WireNumbers.Unpack(from, bytes, own.Span.Slice(first, count), adds); break;
            case HostTensor<byte> own when !adds: from.CopyTo(own.Span.Slice(first, count)); break;
            default: throw new NotSupportedException($"workers: tensors of {host.Type}");
        }
    }

    /// <summary>A few elements, Int32 or Int64, as Int64.</summary>
    public static void Download(IBackend backend, Tensor tensor, Span<long> values)
    {
        if (tensor.Type == ElementType.Int64)
        {
            backend.Download(tensor, values);
            return;
        }

        Span<int> narrow = new int[values.Length];
        backend.Download(tensor, narrow);
        for (var i = 0; i < narrow.Length; i++) values[i] = narrow[i];
    }

    /// <summary>The way back.</summary>
    /// <exception cref="OverflowException">A value does not fit the tensor's type.</exception>
    public static void Upload(IBackend backend, ReadOnlySpan<long> values, Tensor tensor)
    {
        if (tensor.Type == ElementType.Int64)
        {
            backend.Upload(values, tensor);
            return;
        }

        Span<int> narrow = new int[values.Length];
        for (var i = 0; i < narrow.Length; i++) narrow[i] = checked((int)values[i]);
        backend.Upload<int>(narrow, tensor);
    }
}
