using System.Numerics;
using Wage.Data;
using Wage.Losses;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends;

/// <summary>
/// A backend that hands every operation to another one and tells a derived class of it, before and after: to count, to watch, to wait.
/// </summary>
/// <param name="inner">The backend that computes; it is disposed with this one.</param>
public abstract partial class ForwardingBackend(IBackend inner) : IBackend
{
    /// <inheritdoc/>
    public virtual string Name => inner.Name;

    /// <inheritdoc/>
    public virtual string Description => inner.Description;

    /// <inheritdoc/>
    public virtual long AvailableMemory => inner.AvailableMemory;

    /// <inheritdoc/>
    public virtual bool HasMemory => inner.HasMemory;

    /// <inheritdoc/>
    public Lock Turn => inner.Turn;

    /// <inheritdoc/>
    public virtual long StoredSums => inner.StoredSums;

    /// <inheritdoc/>
    public virtual void Synchronize() => inner.Synchronize();

    /// <inheritdoc/>
    public Tensor TakeImages(byte[] pixels, Shape shape)
    {
        var before = Before();
        var images = inner.TakeImages(pixels, shape);
        After(new BackendCall(nameof(TakeImages), null, images, Bytes(images)), before);
        return images;
    }

    /// <inheritdoc/>
    public Tensor Allocate(ElementType type, Shape shape)
    {
        var before = Before();
        var tensor = inner.Allocate(type, shape);
        After(new BackendCall(nameof(Allocate), null, tensor, Bytes(tensor)), before);
        return tensor;
    }

    /// <inheritdoc/>
    public void Upload<T>(ReadOnlySpan<T> source, Tensor destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        var before = Before();
        inner.Upload(source, destination);
        After(new BackendCall(nameof(Upload), null, destination, 2 * Bytes(destination)), before);
    }

    /// <inheritdoc/>
    public void Download<T>(Tensor source, Span<T> destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        Synchronize();
        var before = Before();
        inner.Download(source, destination);
        After(new BackendCall(nameof(Download), null, source, 2 * Bytes(source)), before);
    }

    /// <inheritdoc/>
    public void Copy(Tensor source, Tensor destination)
    {
        var before = Before();
        inner.Copy(source, destination);
        After(new BackendCall(nameof(Copy), null, destination, Bytes(source) + Bytes(destination)), before);
    }

    /// <inheritdoc/>
    public void CopyColumns(Tensor source, Tensor destination, int first)
    {
        var before = Before();
        inner.CopyColumns(source, destination, first);
        After(new BackendCall(nameof(CopyColumns), null, destination, 2 * Bytes(source)), before);
    }

    /// <inheritdoc/>
    public void Clear(Tensor destination)
    {
        var before = Before();
        inner.Clear(destination);
        After(new BackendCall(nameof(Clear), null, destination, Bytes(destination)), before);
    }

    /// <inheritdoc/>
    public void LoadImages(Tensor pixels, Tensor order, int offset, Tensor table, in Augmentation augmentation, in RandomKey key, Tensor images)
    {
        var before = Before();
        inner.LoadImages(pixels, order, offset, table, augmentation, key, images);
        After(new BackendCall(nameof(LoadImages), null, images, (2 * Bytes(images)) + Bytes(table)), before);
    }

    /// <inheritdoc/>
    public void LoadLabels(Tensor labels, Tensor order, int offset, Tensor destination)
    {
        var before = Before();
        inner.LoadLabels(labels, order, offset, destination);
        After(new BackendCall(nameof(LoadLabels), null, destination, destination.Length + Bytes(destination)), before);
    }

    /// <inheritdoc/>
    public void Convolve(Tensor x, Tensor w, in ConvGeometry g, Tensor accumulator)
    {
        var before = Before();
        inner.Convolve(x, w, g, accumulator);
        After(new BackendCall(nameof(Convolve), g, accumulator, Bytes(x) + Bytes(w) + Bytes(accumulator)), before);
    }

    /// <inheritdoc/>
    public void Convolve<S>(
        Tensor x, Tensor w, in ConvGeometry g, ElementType accumulator, in PoolGeometry? pool, in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage
    {
        var before = Before();
        inner.Convolve(x, w, g, accumulator, pool, stage, t);
        After(new BackendCall(StageName<S>.Convolve, g, t.Mask ?? t.Output, Bytes(x) + Bytes(w) + t.ByteLength + (2 * StoredSums)), before);
    }

    /// <inheritdoc/>
    public void ConvolveError(Tensor e, Tensor w, in ConvGeometry g, Tensor delta)
    {
        var before = Before();
        inner.ConvolveError(e, w, g, delta);
        After(new BackendCall(nameof(ConvolveError), g, delta, Bytes(e) + Bytes(w) + Bytes(delta)), before);
    }

    /// <inheritdoc/>
    public void ConvolveError<S>(Tensor e, Tensor w, in ConvGeometry g, ElementType accumulator, in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage
    {
        var before = Before();
        inner.ConvolveError(e, w, g, accumulator, stage, t);
        After(new BackendCall(StageName<S>.ConvolveError, g, t.Output, Bytes(e) + Bytes(w) + t.ByteLength + (2 * StoredSums)), before);
    }

    /// <inheritdoc/>
    public void ConvolveGradient(Tensor x, Tensor e, in ConvGeometry g, Tensor gradient)
    {
        var before = Before();
        inner.ConvolveGradient(x, e, g, gradient);
        After(new BackendCall(nameof(ConvolveGradient), g, gradient, Bytes(x) + Bytes(e) + Bytes(gradient)), before);
    }

    /// <inheritdoc/>
    public void Map<S>(Tensor x, in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage
    {
        var before = Before();
        inner.Map(x, stage, t);
        After(new BackendCall(StageName<S>.Map, null, t.Output, Bytes(x) + t.ByteLength), before);
    }

    /// <inheritdoc/>
    public void MaxPool(Tensor x, in PoolGeometry g, Tensor y, Tensor position)
    {
        var before = Before();
        inner.MaxPool(x, g, y, position);
        After(new BackendCall(nameof(MaxPool), null, position, Bytes(x) + Bytes(y) + Bytes(position)), before);
    }

    /// <inheritdoc/>
    public void MaxPoolError(Tensor e, Tensor position, in PoolGeometry g, long limit, Tensor destination)
    {
        var before = Before();
        inner.MaxPoolError(e, position, g, limit, destination);
        After(new BackendCall(nameof(MaxPoolError), null, destination, Bytes(e) + Bytes(position) + Bytes(destination)), before);
    }

    /// <inheritdoc/>
    public void AveragePool(Tensor x, in PoolGeometry g, Rounding rounding, Tensor y)
    {
        var before = Before();
        inner.AveragePool(x, g, rounding, y);
        After(new BackendCall(nameof(AveragePool), null, y, Bytes(x) + Bytes(y)), before);
    }

    /// <inheritdoc/>
    public void AveragePoolError(Tensor e, in PoolGeometry g, long limit, Tensor destination)
    {
        var before = Before();
        inner.AveragePoolError(e, g, limit, destination);
        After(new BackendCall(nameof(AveragePoolError), null, destination, Bytes(e) + Bytes(destination)), before);
    }

    /// <inheritdoc/>
    public void Reduce<R>(Tensor x, Tensor? gate, int gateBits, in R statistic, Tensor to)
        where R : unmanaged, IStatistic
    {
        var before = Before();
        inner.Reduce(x, gate, gateBits, statistic, to);
        After(new BackendCall(FunctionName<R>.Name, null, to, Bytes(x) + Bytes(gate) + Bytes(to)), before);
    }

    /// <inheritdoc/>
    public void QuantizeGradient(Tensor gradient, Tensor range, in GradientRule rule, in RandomKey key, Tensor update, Tensor? statistic = null)
    {
        var before = Before();
        inner.QuantizeGradient(gradient, range, rule, key, update, statistic);
        After(new BackendCall(nameof(QuantizeGradient), null, update, Bytes(gradient) + Bytes(range) + Bytes(update) + Bytes(statistic)), before);
    }

    /// <inheritdoc/>
    public void Combine<F>(Tensor x, Tensor y, in F function, Tensor z)
        where F : unmanaged, IPairFunction
    {
        var before = Before();
        inner.Combine(x, y, function, z);
        After(new BackendCall(FunctionName<F>.Name, null, z, Bytes(x) + Bytes(y) + Bytes(z)), before);
    }

    /// <inheritdoc/>
    public void Lookup(Tensor x, int least, Tensor table, Tensor y)
    {
        var before = Before();
        inner.Lookup(x, least, table, y);
        After(new BackendCall(nameof(Lookup), null, y, Bytes(x) + Bytes(table) + Bytes(y)), before);
    }

    /// <inheritdoc/>
    public void Unpack(Tensor packed, int bits, int shift, Tensor codes)
    {
        var before = Before();
        inner.Unpack(packed, bits, shift, codes);
        After(new BackendCall(nameof(Unpack), null, codes, Bytes(packed) + Bytes(codes)), before);
    }

    /// <inheritdoc/>
    public void AddErrors(Tensor x, Tensor? exponentX, int offsetX, Tensor y, Tensor? exponentY, int offsetY, int guard, Tensor z, Tensor exponentZ)
    {
        var before = Before();
        inner.AddErrors(x, exponentX, offsetX, y, exponentY, offsetY, guard, z, exponentZ);
        var bytes = Bytes(x) + Bytes(y) + Bytes(z) + Bytes(exponentX) + Bytes(exponentY) + Bytes(exponentZ);
        After(new BackendCall(nameof(AddErrors), null, exponentZ, bytes), before);
    }

    /// <inheritdoc/>
    public void LossErrors<L>(Tensor scores, Tensor labels, in L loss, Tensor delta, Tensor metrics)
        where L : unmanaged, ILossRow
    {
        var before = Before();
        inner.LossErrors(scores, labels, loss, delta, metrics);
        After(new BackendCall(FunctionName<L>.Name, null, delta, Bytes(scores) + Bytes(labels) + Bytes(delta) + (2 * Bytes(metrics))), before);
    }

    /// <inheritdoc/>
    public void Histogram(Tensor x, long limit, int precision, Tensor histogram)
    {
        var before = Before();
        inner.Histogram(x, limit, precision, histogram);
        After(new BackendCall(nameof(Histogram), null, histogram, Bytes(x) + Bytes(histogram)), before);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        inner.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>An operation is about to be given to the other backend.</summary>
    /// <returns>Handed to <see cref="After"/>; a time, for example.</returns>
    protected virtual long Before() => 0;

    /// <summary>An operation has been given to the other backend, and it returned.</summary>
    protected virtual void After(in BackendCall call, long before)
    {
    }

    private static long Bytes(Tensor? tensor) => tensor?.ByteLength ?? 0;
}
