using System.Numerics;
using Wage.Backends;
using Wage.Data;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Tests.Backends;

/// <summary>A backend with the smallest fault there is: the last element of every result is off by one.</summary>
public sealed class OffByOneBackend(IBackend inner) : IBackend
{
    public string Name => inner.Name;

    public string Description => "the last element off by one";

    public Tensor AllocateImages(Shape shape) => inner.AllocateImages(shape);

    public Tensor Allocate(ElementType type, Shape shape) => inner.Allocate(type, shape);

    public void Upload<T>(ReadOnlySpan<T> source, Tensor destination)
        where T : unmanaged, IBinaryInteger<T> => inner.Upload(source, destination);

    public void Download<T>(Tensor source, Span<T> destination)
        where T : unmanaged, IBinaryInteger<T> => inner.Download(source, destination);

    public void Copy(Tensor source, Tensor destination)
    {
        inner.Copy(source, destination);
        Spoil(destination);
    }

    public void Clear(Tensor destination) => inner.Clear(destination);

    public void LoadImages(Tensor pixels, Tensor order, int offset, Tensor table, in Augmentation augmentation, in RandomKey key, Tensor images)
    {
        inner.LoadImages(pixels, order, offset, table, augmentation, key, images);
        Spoil(images);
    }

    public void LoadLabels(Tensor labels, Tensor order, int offset, Tensor destination)
    {
        inner.LoadLabels(labels, order, offset, destination);
        Spoil(destination);
    }

    public void Convolve(Tensor x, Tensor w, in ConvGeometry g, Tensor accumulator)
    {
        inner.Convolve(x, w, g, accumulator);
        Spoil(accumulator);
    }

    public void ConvolveError(Tensor e, Tensor w, in ConvGeometry g, Tensor delta)
    {
        inner.ConvolveError(e, w, g, delta);
        Spoil(delta);
    }

    public void ConvolveGradient(Tensor x, Tensor e, in ConvGeometry g, Tensor gradient)
    {
        inner.ConvolveGradient(x, e, g, gradient);
        Spoil(gradient);
    }

    public void ConvolveStage(
        Tensor x, Tensor w, in ConvGeometry g, ElementType accumulator, in PoolGeometry? pool, in ActivationStage stage,
        Tensor a, Tensor mask, Tensor? position)
    {
        inner.ConvolveStage(x, w, g, accumulator, pool, stage, a, mask, position);
        Spoil(mask);
    }

    public void StageMaxAbs(Tensor delta, Tensor mask, Tensor maximum)
    {
        inner.StageMaxAbs(delta, mask, maximum);
        Spoil(maximum);
    }

    public void StageErrors(Tensor delta, Tensor mask, Tensor maximum, int bits, Rounding rounding, Tensor e, Tensor? exponentIn, Tensor? exponent)
    {
        inner.StageErrors(delta, mask, maximum, bits, rounding, e, exponentIn, exponent);
        Spoil(e);
    }

    public void MaxPool(Tensor x, in PoolGeometry g, Tensor y, Tensor position)
    {
        inner.MaxPool(x, g, y, position);
        Spoil(position);
    }

    public void MaxPoolError(Tensor e, Tensor position, in PoolGeometry g, long limit, Tensor destination)
    {
        inner.MaxPoolError(e, position, g, limit, destination);
        Spoil(destination);
    }

    public void AveragePool(Tensor x, in PoolGeometry g, Rounding rounding, Tensor y)
    {
        inner.AveragePool(x, g, rounding, y);
        Spoil(y);
    }

    public void AveragePoolError(Tensor e, in PoolGeometry g, long limit, Tensor destination)
    {
        inner.AveragePoolError(e, g, limit, destination);
        Spoil(destination);
    }

    public void Relu(Tensor x, Tensor y)
    {
        inner.Relu(x, y);
        Spoil(y);
    }

    public void ReluError(Tensor y, Tensor e)
    {
        inner.ReluError(y, e);
        Spoil(e);
    }

    public void QuantizeWeights(Tensor stored, int dropped, int limit, Rounding rounding, Tensor value)
    {
        inner.QuantizeWeights(stored, dropped, limit, rounding, value);
        Spoil(value);
    }

    public void QuantizeActivations(Tensor x, int dropped, int limit, Rounding rounding, Tensor a)
    {
        inner.QuantizeActivations(x, dropped, limit, rounding, a);
        Spoil(a);
    }

    public void ClipError(Tensor x, long limit, bool inclusive, Tensor delta)
    {
        inner.ClipError(x, limit, inclusive, delta);
        Spoil(delta);
    }

    public void MaxAbs(Tensor x, Tensor maximum)
    {
        inner.MaxAbs(x, maximum);
        Spoil(maximum);
    }

    public void QuantizeErrors(Tensor delta, Tensor maximum, int bits, Rounding rounding, Tensor e, Tensor? exponentIn, Tensor? exponent)
    {
        inner.QuantizeErrors(delta, maximum, bits, rounding, e, exponentIn, exponent);
        Spoil(e);
    }

    public void QuantizeGradient(Tensor gradient, Tensor maximum, in GradientRule rule, in RandomKey key, Tensor update)
    {
        inner.QuantizeGradient(gradient, maximum, rule, key, update);
        Spoil(update);
    }

    public void Update(Tensor update, in UpdateRule rule, Tensor stored)
    {
        inner.Update(update, rule, stored);
        Spoil(stored);
    }

    public void AddAligned(Tensor x, int shiftX, Tensor y, int shiftY, Tensor z)
    {
        inner.AddAligned(x, shiftX, y, shiftY, z);
        Spoil(z);
    }

    public void AddErrors(Tensor x, Tensor? exponentX, int offsetX, Tensor y, Tensor? exponentY, int offsetY, int guard, Tensor z, Tensor exponentZ)
    {
        inner.AddErrors(x, exponentX, offsetX, y, exponentY, offsetY, guard, z, exponentZ);
        Spoil(exponentZ);
    }

    public void SquaredError(Tensor scores, Tensor labels, long one, int dropped, Tensor delta, Tensor metrics)
    {
        inner.SquaredError(scores, labels, one, dropped, delta, metrics);
        Spoil(delta);
    }

    public void CrossEntropy(Tensor scores, Tensor labels, int fractionBits, Tensor delta, Tensor metrics)
    {
        inner.CrossEntropy(scores, labels, fractionBits, delta, metrics);
        Spoil(metrics);
    }

    public void Histogram(Tensor x, long limit, int precision, Tensor histogram)
    {
        inner.Histogram(x, limit, precision, histogram);
        Spoil(histogram);
    }

    public void CountChanges(Tensor before, Tensor after, Tensor counts)
    {
        inner.CountChanges(before, after, counts);
        Spoil(counts);
    }

    public void Dispose() => inner.Dispose();

    private static void Spoil(Tensor result)
    {
        var host = (HostTensor)result;
        var last = host.Length - 1;
        host[last] += host[last] > 0 ? -1 : 1;
    }
}
