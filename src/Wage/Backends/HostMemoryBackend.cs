using System.Numerics;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends;

/// <summary>What the backends on host memory share: tensors are pinned arrays.</summary>
public abstract class HostMemoryBackend
{
    /// <inheritdoc cref="IBackend.Allocate"/>
    public Tensor Allocate(ElementType type, Shape shape) => HostTensor.Create(type, shape);

    /// <inheritdoc cref="IBackend.TakeImages"/>
    public Tensor TakeImages(byte[] pixels, Shape shape) => HostTensor<byte>.Over(pixels, shape);

    /// <inheritdoc cref="IBackend.Upload"/>
    public void Upload<T>(ReadOnlySpan<T> source, Tensor destination)
        where T : unmanaged, IBinaryInteger<T> => source.CopyTo(Exactly<T>(destination, source.Length).Span);

    /// <inheritdoc cref="IBackend.Download"/>
    public void Download<T>(Tensor source, Span<T> destination)
        where T : unmanaged, IBinaryInteger<T> => Exactly<T>(source, destination.Length).Span.CopyTo(destination);

    /// <inheritdoc cref="IBackend.Copy"/>
    public void Copy(Tensor source, Tensor destination) => Host(source).Bytes.CopyTo(Host(destination).Bytes);

    /// <inheritdoc cref="IBackend.Clear"/>
    public void Clear(Tensor destination) => Host(destination).Bytes.Clear();

    /// <summary>Does nothing: every operation is done when it returns.</summary>
    public void Synchronize()
    {
    }

    /// <summary>The tensor as host memory.</summary>
    /// <exception cref="ArgumentException">Another kind of backend allocated it.</exception>
    protected static HostTensor Host(Tensor tensor) =>
        tensor as HostTensor
        ?? throw new ArgumentException($"a {tensor.GetType().Name} belongs to another backend; allocate it with this one", nameof(tensor));

    /// <summary>The value of an error's exponent; a missing one counts as 0.</summary>
    protected static long Exponent(Tensor? exponent) => exponent is null ? 0 : Host(exponent)[0];

    /// <summary>What a stage's range holds, 0 without one; its exponent is written where it is asked for.</summary>
    protected static long StageRange<S>(in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage
    {
        var range = t.Range is null ? 0 : Host(t.Range)[0];
        if (t.Exponent is not null) Host(t.Exponent)[0] = Exponent(t.ExponentIn) + stage.Exponent(range);
        return range;
    }

    private static HostTensor<T> Exactly<T>(Tensor tensor, int length)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (tensor is not HostTensor<T> host)
            throw new ArgumentException($"copy: the tensor holds {tensor.Type}, the values are {typeof(T).Name}", nameof(tensor));
        if (tensor.Length != length)
            throw new ArgumentException($"copy: {tensor.Shape} has {tensor.Length} elements, {length} values were given", nameof(tensor));
        return host;
    }
}
