using System.Numerics;
using System.Runtime.CompilerServices;
using Wage.Backends;
using Wage.Data;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Tests.Backends;

/// <summary>A backend that hands every operation to another one, and says which tensor it made.</summary>
public abstract class ForwardingBackend(IBackend inner) : IBackend
{
    public virtual string Name => inner.Name;

    public virtual string Description => inner.Description;

    public virtual void Synchronize() => inner.Synchronize();

    public Tensor TakeImages(byte[] pixels, Shape shape) => inner.TakeImages(pixels, shape);

    public Tensor Allocate(ElementType type, Shape shape) => inner.Allocate(type, shape);

    public void Upload<T>(ReadOnlySpan<T> source, Tensor destination)
        where T : unmanaged, IBinaryInteger<T> => inner.Upload(source, destination);

    public void Download<T>(Tensor source, Span<T> destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        Synchronize();
        inner.Download(source, destination);
    }

    public void Copy(Tensor source, Tensor destination)
    {
        inner.Copy(source, destination);
        Made(destination);
    }

    public void Clear(Tensor destination) => inner.Clear(destination);

    public void LoadImages(Tensor pixels, Tensor order, int offset, Tensor table, in Augmentation augmentation, in RandomKey key, Tensor images)
    {
        inner.LoadImages(pixels, order, offset, table, augmentation, key, images);
        Made(images);
    }

    public void LoadLabels(Tensor labels, Tensor order, int offset, Tensor destination)
    {
        inner.LoadLabels(labels, order, offset, destination);
        Made(destination);
    }

    public void Convolve(Tensor x, Tensor w, in ConvGeometry g, Tensor accumulator)
    {
        inner.Convolve(x, w, g, accumulator);
        Made(accumulator);
    }

    public void ConvolveError(Tensor e, Tensor w, in ConvGeometry g, Tensor delta)
    {
        inner.ConvolveError(e, w, g, delta);
        Made(delta);
    }

    public void ConvolveGradient(Tensor x, Tensor e, in ConvGeometry g, Tensor gradient)
    {
        inner.ConvolveGradient(x, e, g, gradient);
        Made(gradient);
    }

    public void ConvolveStage(
        Tensor x, Tensor w, in ConvGeometry g, ElementType accumulator, in PoolGeometry? pool, in ActivationStage stage,
        Tensor a, Tensor mask, Tensor? position)
    {
        inner.ConvolveStage(x, w, g, accumulator, pool, stage, a, mask, position);
        Made(mask);
    }

    public void StageMaxAbs(Tensor delta, Tensor mask, Tensor maximum)
    {
        inner.StageMaxAbs(delta, mask, maximum);
        Made(maximum);
    }

    public void MaskErrors(Tensor mask, int bits, Tensor e)
    {
        inner.MaskErrors(mask, bits, e);
        Made(e);
    }

    public void StageErrors(Tensor delta, Tensor mask, Tensor maximum, int bits, Rounding rounding, Tensor e, Tensor? exponentIn, Tensor? exponent)
    {
        inner.StageErrors(delta, mask, maximum, bits, rounding, e, exponentIn, exponent);
        Made(e);
    }

    public void MaxPool(Tensor x, in PoolGeometry g, Tensor y, Tensor position)
    {
        inner.MaxPool(x, g, y, position);
        Made(position);
    }

    public void MaxPoolError(Tensor e, Tensor position, in PoolGeometry g, long limit, Tensor destination)
    {
        inner.MaxPoolError(e, position, g, limit, destination);
        Made(destination);
    }

    public void AveragePool(Tensor x, in PoolGeometry g, Rounding rounding, Tensor y)
    {
        inner.AveragePool(x, g, rounding, y);
        Made(y);
    }

    public void AveragePoolError(Tensor e, in PoolGeometry g, long limit, Tensor destination)
    {
        inner.AveragePoolError(e, g, limit, destination);
        Made(destination);
    }

    public void Relu(Tensor x, Tensor y)
    {
        inner.Relu(x, y);
        Made(y);
    }

    public void ReluError(Tensor y, Tensor e)
    {
        inner.ReluError(y, e);
        Made(e);
    }

    public void QuantizeWeights(Tensor stored, int dropped, int limit, Rounding rounding, Tensor value)
    {
        inner.QuantizeWeights(stored, dropped, limit, rounding, value);
        Made(value);
    }

    public void QuantizeActivations(Tensor x, int dropped, int limit, Rounding rounding, Tensor a)
    {
        inner.QuantizeActivations(x, dropped, limit, rounding, a);
        Made(a);
    }

    public void ClipError(Tensor x, long limit, bool inclusive, Tensor delta)
    {
        inner.ClipError(x, limit, inclusive, delta);
        Made(delta);
    }

    public void MaxAbs(Tensor x, Tensor maximum)
    {
        inner.MaxAbs(x, maximum);
        Made(maximum);
    }

    public void QuantizeErrors(Tensor delta, Tensor maximum, int bits, Rounding rounding, Tensor e, Tensor? exponentIn, Tensor? exponent)
    {
        inner.QuantizeErrors(delta, maximum, bits, rounding, e, exponentIn, exponent);
        Made(e);
    }

    public void QuantizeGradient(Tensor gradient, Tensor maximum, in GradientRule rule, in RandomKey key, Tensor update)
    {
        inner.QuantizeGradient(gradient, maximum, rule, key, update);
        Made(update);
    }

    public void Update(Tensor update, in UpdateRule rule, Tensor stored)
    {
        inner.Update(update, rule, stored);
        Made(stored);
    }

    public void AddAligned(Tensor x, int shiftX, Tensor y, int shiftY, Tensor z)
    {
        inner.AddAligned(x, shiftX, y, shiftY, z);
        Made(z);
    }

    public void AddErrors(Tensor x, Tensor? exponentX, int offsetX, Tensor y, Tensor? exponentY, int offsetY, int guard, Tensor z, Tensor exponentZ)
    {
        inner.AddErrors(x, exponentX, offsetX, y, exponentY, offsetY, guard, z, exponentZ);
        Made(exponentZ);
    }

    public void SquaredError(Tensor scores, Tensor labels, long one, int dropped, Tensor delta, Tensor metrics)
    {
        inner.SquaredError(scores, labels, one, dropped, delta, metrics);
        Made(delta);
    }

    public void CrossEntropy(Tensor scores, Tensor labels, int fractionBits, Tensor delta, Tensor metrics)
    {
        inner.CrossEntropy(scores, labels, fractionBits, delta, metrics);
        Made(metrics);
    }

    public void Histogram(Tensor x, long limit, int precision, Tensor histogram)
    {
        inner.Histogram(x, limit, precision, histogram);
        Made(histogram);
    }

    public void CountChanges(Tensor before, Tensor after, Tensor counts)
    {
        inner.CountChanges(before, after, counts);
        Made(counts);
    }

    public void Dispose() => inner.Dispose();

    /// <summary>An operation has been given to the other backend.</summary>
    /// <param name="result">A tensor that it writes.</param>
    /// <param name="operation">The method of <see cref="IBackend"/>.</param>
    protected abstract void Made(Tensor result, [CallerMemberName] string operation = "");
}
