using Wage.Models;
using Wage.Quantization;
using Wage.Simulation.Products;
using Wage.Tensors;

namespace Wage.Simulation.Layers;

/// <summary>
/// See <see cref="SubsampleSpec"/>; on the way back a pixel that was taken has the error of its channels, every other pixel 0.
/// </summary>
/// <param name="engine">Whose threads do it.</param>
/// <param name="name">"subsample1".</param>
/// <param name="input">[N,H,W,C].</param>
/// <param name="stride">Rows and columns between two pixels that are taken.</param>
/// <param name="y">Where the output goes.</param>
/// <param name="delta">The error of the input; null: nobody reads it.</param>
internal sealed class FloatSubsample(FloatEngine engine, string name, Shape input, int stride, FloatTensor y, FloatTensor? delta) : FloatLayer(name)
{
    /// <inheritdoc/>
    public override FloatTensor Forward(FloatTensor x, in StepContext s)
    {
        engine.Run(input[0], new Work(this, x), static (in w, image, _) => w.Layer.Take(image, w.Values));
        return y;
    }

    /// <inheritdoc/>
    public override FloatTensor Backward(FloatTensor e, bool needsError, in StepContext s)
    {
        if (!needsError || delta is null) return e;
        engine.Run(input[0], new Work(this, e), static (in w, image, _) => w.Layer.PutBack(image, w.Values));
        return delta;
    }

    private void Take(int image, FloatTensor x)
    {
        var from = OfImage(x, image);
        var to = OfImage(y, image);
        to.Clear();
        for (var pixel = 0; pixel < y.Shape[1] * y.Shape[2]; pixel++) from.Slice(At(pixel), input[3]).CopyTo(to[(pixel * y.Shape[3])..]);
    }

    private void PutBack(int image, FloatTensor e)
    {
        var from = OfImage(e, image);
        var to = OfImage(delta!, image);
        to.Clear();
        for (var pixel = 0; pixel < y.Shape[1] * y.Shape[2]; pixel++) from.Slice(pixel * y.Shape[3], input[3]).CopyTo(to[At(pixel)..]);
    }

    /// <summary>The first channel of the pixel of an image that becomes this one.</summary>
    private int At(int pixel) => ((pixel / y.Shape[2] * stride * input[2]) + (pixel % y.Shape[2] * stride)) * input[3];

    private static Span<float> OfImage(FloatTensor tensor, int image) => tensor.Span.Slice(image * tensor.Shape.Stride, tensor.Shape.Stride);

    private readonly record struct Work(FloatSubsample Layer, FloatTensor Values);
}
