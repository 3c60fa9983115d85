using System.Diagnostics;
using Wage.Backends;
using Wage.Data;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Diagnostics;

/// <content>Every operation that is not a product.</content>
public sealed partial class TimedBackend
{
    /// <inheritdoc/>
    public void LoadImages(
        Tensor pixels, Tensor order, int offset, Tensor table, in Augmentation augmentation, in RandomKey key, Tensor images)
    {
        var start = Stopwatch.GetTimestamp();
        inner.LoadImages(pixels, order, offset, table, augmentation, key, images);
        Count(nameof(LoadImages), start, (2 * Bytes(images)) + ((long)images.Shape[0] * order.Type.Size()) + Bytes(table));
    }

    /// <inheritdoc/>
    public void LoadLabels(Tensor labels, Tensor order, int offset, Tensor destination)
    {
        var start = Stopwatch.GetTimestamp();
        inner.LoadLabels(labels, order, offset, destination);
        Count(nameof(LoadLabels), start, Bytes(destination) + ((long)destination.Length * (labels.Type.Size() + order.Type.Size())));
    }

    /// <inheritdoc/>
    public void MaxPool(Tensor x, in PoolGeometry g, Tensor y, Tensor position)
    {
        var start = Stopwatch.GetTimestamp();
        inner.MaxPool(x, g, y, position);
        Count(nameof(MaxPool), start, Bytes(x) + Bytes(y) + Bytes(position));
    }

    /// <inheritdoc/>
    public void MaxPoolError(Tensor e, Tensor position, in PoolGeometry g, long limit, Tensor destination)
    {
        var start = Stopwatch.GetTimestamp();
        inner.MaxPoolError(e, position, g, limit, destination);
        Count(nameof(MaxPoolError), start, Bytes(e) + Bytes(position) + Bytes(destination));
    }

    /// <inheritdoc/>
    public void AveragePool(Tensor x, in PoolGeometry g, Rounding rounding, Tensor y)
    {
        var start = Stopwatch.GetTimestamp();
        inner.AveragePool(x, g, rounding, y);
        Count(nameof(AveragePool), start, Bytes(x) + Bytes(y));
    }

    /// <inheritdoc/>
    public void AveragePoolError(Tensor e, in PoolGeometry g, long limit, Tensor destination)
    {
        var start = Stopwatch.GetTimestamp();
        inner.AveragePoolError(e, g, limit, destination);
        Count(nameof(AveragePoolError), start, Bytes(e) + Bytes(destination));
    }

    /// <inheritdoc/>
    public void Relu(Tensor x, Tensor y)
    {
        var start = Stopwatch.GetTimestamp();
        inner.Relu(x, y);
        Count(nameof(Relu), start, Bytes(x) + Bytes(y));
    }

    /// <inheritdoc/>
    public void ReluError(Tensor y, Tensor e)
    {
        var start = Stopwatch.GetTimestamp();
        inner.ReluError(y, e);
        Count(nameof(ReluError), start, Bytes(y) + (2 * Bytes(e)));
    }

    /// <inheritdoc/>
    public void QuantizeWeights(Tensor stored, int dropped, int limit, Rounding rounding, Tensor value)
    {
        var start = Stopwatch.GetTimestamp();
        inner.QuantizeWeights(stored, dropped, limit, rounding, value);
        Count(nameof(QuantizeWeights), start, Bytes(stored) + Bytes(value));
    }

    /// <inheritdoc/>
    public void QuantizeActivations(Tensor x, int dropped, int limit, Rounding rounding, Tensor a)
    {
        var start = Stopwatch.GetTimestamp();
        inner.QuantizeActivations(x, dropped, limit, rounding, a);
        Count(nameof(QuantizeActivations), start, Bytes(x) + Bytes(a));
    }

    /// <inheritdoc/>
    public void ClipError(Tensor x, long limit, bool inclusive, Tensor delta)
    {
        var start = Stopwatch.GetTimestamp();
        inner.ClipError(x, limit, inclusive, delta);
        Count(nameof(ClipError), start, Bytes(x) + (2 * Bytes(delta)));
    }

    /// <inheritdoc/>
    public void MaxAbs(Tensor x, Tensor maximum)
    {
        var start = Stopwatch.GetTimestamp();
        inner.MaxAbs(x, maximum);
        Count(nameof(MaxAbs), start, Bytes(x) + Bytes(maximum));
    }

    /// <inheritdoc/>
    public void QuantizeErrors(Tensor delta, Tensor maximum, int bits, Rounding rounding, Tensor e, Tensor? exponentIn, Tensor? exponent)
    {
        var start = Stopwatch.GetTimestamp();
        inner.QuantizeErrors(delta, maximum, bits, rounding, e, exponentIn, exponent);
        Count(nameof(QuantizeErrors), start, Bytes(delta) + Bytes(maximum) + Bytes(e) + Bytes(exponentIn) + Bytes(exponent));
    }

    /// <inheritdoc/>
    public void QuantizeGradient(Tensor gradient, Tensor maximum, in GradientRule rule, in RandomKey key, Tensor update)
    {
        var start = Stopwatch.GetTimestamp();
        inner.QuantizeGradient(gradient, maximum, rule, key, update);
        Count(nameof(QuantizeGradient), start, Bytes(gradient) + Bytes(maximum) + Bytes(update));
    }

    /// <inheritdoc/>
    public void Update(Tensor update, in UpdateRule rule, Tensor stored)
    {
        var start = Stopwatch.GetTimestamp();
        inner.Update(update, rule, stored);
        Count(nameof(Update), start, Bytes(update) + (2 * Bytes(stored)));
    }

    /// <inheritdoc/>
    public void AddAligned(Tensor x, int shiftX, Tensor y, int shiftY, Tensor z)
    {
        var start = Stopwatch.GetTimestamp();
        inner.AddAligned(x, shiftX, y, shiftY, z);
        Count(nameof(AddAligned), start, Bytes(x) + Bytes(y) + Bytes(z));
    }

    /// <inheritdoc/>
    public void AddErrors(
        Tensor x, Tensor? exponentX, int offsetX, Tensor y, Tensor? exponentY, int offsetY, int guard, Tensor z, Tensor exponentZ)
    {
        var start = Stopwatch.GetTimestamp();
        inner.AddErrors(x, exponentX, offsetX, y, exponentY, offsetY, guard, z, exponentZ);
        Count(nameof(AddErrors), start, Bytes(x) + Bytes(exponentX) + Bytes(y) + Bytes(exponentY) + Bytes(z) + Bytes(exponentZ));
    }

    /// <inheritdoc/>
    public void SquaredError(Tensor scores, Tensor labels, long one, int dropped, Tensor delta, Tensor metrics)
    {
        var start = Stopwatch.GetTimestamp();
        inner.SquaredError(scores, labels, one, dropped, delta, metrics);
        Count(nameof(SquaredError), start, Bytes(scores) + Bytes(labels) + Bytes(delta) + (2 * Bytes(metrics)));
    }

    /// <inheritdoc/>
    public void CrossEntropy(Tensor scores, Tensor labels, int fractionBits, Tensor delta, Tensor metrics)
    {
        var start = Stopwatch.GetTimestamp();
        inner.CrossEntropy(scores, labels, fractionBits, delta, metrics);
        Count(nameof(CrossEntropy), start, Bytes(scores) + Bytes(labels) + Bytes(delta) + (2 * Bytes(metrics)));
    }

    /// <inheritdoc/>
    public void StageMaxAbs(Tensor delta, Tensor mask, Tensor maximum)
    {
        var start = Stopwatch.GetTimestamp();
        inner.StageMaxAbs(delta, mask, maximum);
        Count(nameof(StageMaxAbs), start, Bytes(delta) + Bytes(mask) + Bytes(maximum));
    }

    /// <inheritdoc/>
    public void MaskErrors(Tensor mask, int bits, Tensor e)
    {
        var start = Stopwatch.GetTimestamp();
        inner.MaskErrors(mask, bits, e);
        Count(nameof(MaskErrors), start, Bytes(mask) + (2 * Bytes(e)));
    }

    /// <inheritdoc/>
    public void StageErrors(Tensor delta, Tensor mask, Tensor maximum, int bits, Rounding rounding, Tensor e, Tensor? exponentIn, Tensor? exponent)
    {
        var start = Stopwatch.GetTimestamp();
        inner.StageErrors(delta, mask, maximum, bits, rounding, e, exponentIn, exponent);
        Count(nameof(StageErrors), start, Bytes(delta) + Bytes(mask) + Bytes(maximum) + Bytes(e) + Bytes(exponentIn) + Bytes(exponent));
    }

    /// <inheritdoc/>
    public void Histogram(Tensor x, long limit, int precision, Tensor histogram)
    {
        var start = Stopwatch.GetTimestamp();
        inner.Histogram(x, limit, precision, histogram);
        Count(nameof(Histogram), start, Bytes(x) + Bytes(histogram));
    }

    /// <inheritdoc/>
    public void CountChanges(Tensor before, Tensor after, Tensor counts)
    {
        var start = Stopwatch.GetTimestamp();
        inner.CountChanges(before, after, counts);
        Count(nameof(CountChanges), start, Bytes(before) + Bytes(after) + Bytes(counts));
    }
}
