using Wage.Observation;
using Wage.Quantization;
using Wage.Simulation.Layers;
using Wage.Simulation.Products;
using Wage.Tensors;

namespace Wage.Simulation.Quantization;

/// <summary>
/// A product and the batch norm behind it as conversion will make one of them: with mu and sigma = sqrt(variance + epsilon), of the batch (B) and of
/// the moving averages (A, as they were before this batch),
/// y = conv(x, Q(gamma w / sigma_A)) sigma_A / sigma_B + beta + gamma (b - mu_B) / sigma_B,
/// where conv(x, w) + b gives the batch's moments. From the step <c>freeze</c> on, and in evaluations, mu_A and sigma_A stand for the batch's, and
/// the averages stay. Jacob et al. 2018, section 3.2; the correction is that of TensorFlow's contrib/quantize (Krishnamoorthi 2018, section 3.2.2).
/// </summary>
internal sealed unsafe class FoldedConvolution : FloatLayer
{
    private readonly FloatEngine engine;
    private readonly FloatView view;
    private readonly FloatConvolution product;
    private readonly FloatBatchNorm norm;
    private readonly FloatMoments moments;
    private readonly FoldedWeights weights;
    private readonly FloatTensor raw;
    private readonly FloatTensor folded;
    private readonly FloatTensor y;
    private readonly FloatTensor gradient;
    private readonly FloatTensor? delta;
    private readonly Channels channels;
    private readonly uint? freeze;
    private FloatTensor? input;
    private bool ofBatch;

    /// <summary>For this product and this norm.</summary>
    public FoldedConvolution(FloatBuilder build, FloatConvolution product, FloatBatchNorm norm, WeightQuantizer quantizer, uint delay, uint? freeze)
        : base(product.Name)
    {
        (engine, view, this.product, this.norm, this.freeze) = (build.Engine, build.View, product, norm, freeze);
        var output = product.Output.Shape;
        moments = new FloatMoments(build, output);
        weights = new FoldedWeights(build, product, norm, quantizer, delay);
        raw = product.Output;
        (folded, y) = (build.Allocate(MemoryKind.Activations, output), build.Allocate(MemoryKind.Activations, output));
        gradient = build.Allocate(MemoryKind.Gradients, product.Weights.Parameter.Value.Shape);
        if (product.Delta is { } of) delta = build.Errors.Beside(of.Shape);
        channels = new Channels(build, output[output.Rank - 1]);
    }

    /// <summary>The product.</summary>
    public FloatConvolution Product => product;

    /// <summary>The norm.</summary>
    public FloatBatchNorm Norm => norm;

    /// <summary>gamma w / sigma_A and its codes.</summary>
    public FoldedWeights Weights => weights;

    /// <inheritdoc/>
    public override IEnumerable<FloatParameter> Parameters => product.Parameters.Concat(norm.Parameters);

    /// <inheritdoc/>
    public override IEnumerable<FloatState> States => product.States.Concat(norm.States);

    /// <inheritdoc/>
    public override void Prepare(in StepContext s)
    {
        if (s.Phase == Phase.Training) view.Show(Name, Quantity.StoredWeights, product.Weights.Parameter.Value, FloatChannelsOf.Rows);
        weights.Use(s);
    }

    /// <inheritdoc/>
    public override FloatTensor Forward(FloatTensor x, in StepContext s)
    {
        input = x;
        ofBatch = s.Phase == Phase.Training && !norm.Gamma.IsFrozen && !(s.Step >= freeze);
        if (ofBatch)
        {
            engine.Convolve(x, product.Weights.Parameter.Value, product.Bias?.Value, product.Geometry, raw);
            moments.Variances(raw, channels.Means, channels.Variances, s.Workers);
        }

        for (var c = 0; c < channels.Count; c++)
        {
            var (gamma, root) = ((double)norm.Gamma.Value.Span[c], weights.Roots[c]);
            var (mean, batch) = ofBatch ? (channels.Means[c], Math.Sqrt(channels.Variances[c] + norm.Epsilon)) : (norm.Mean.Values.Span[c], root);
            channels.Scale.Span[c] = (float)(root / batch);
            channels.Shift.Span[c] = (float)(norm.Beta.Value.Span[c] + (gamma * (Bias(c) - mean) / batch));
        }

        if (ofBatch) norm.Join(channels.Means, channels.Variances, moments.Count);
        engine.Convolve(x, weights.Value, null, product.Geometry, folded);
        var loop = new ScaleShift(folded.Pointer, channels.Scale.Pointer, channels.Shift.Pointer, y.Pointer);
        FloatElements.RunChannels(engine, moments.Rows, channels.Count, loop);
        return y;
    }

    /// <summary>
    /// Straight through Q, ordinary gradients through mu_B and sigma_B, none through the averages. With k = sigma_A / sigma_B, S = sum e and
    /// P = sum e conv(x, Q): d beta = S; d sigma_B = -(k P + gamma (b - mu_B) S / sigma_B) / sigma_B; d mu_B = -gamma S / sigma_B, and from both the
    /// error of conv(x, w): (d mu_B + d sigma_B (conv - mu_B) / sigma_B) / N.
    /// </summary>
    public override FloatTensor Backward(FloatTensor e, bool needsError, in StepContext s)
    {
        moments.Products(e, folded, channels.Zeros, channels.Sums, channels.Products);
        for (var c = 0; c < channels.Count; c++) Differentiate(c);
        if (ofBatch)
        {
            FloatMeeting.Sum(s.Workers, channels.Sums);
            FloatMeeting.Sum(s.Workers, channels.Products);
            for (var c = 0; c < channels.Count; c++) DifferentiateBatch(c);
        }

        FloatElements.RunChannels(engine, moments.Rows, channels.Count, new Scaled(e.Pointer, channels.Scale.Pointer));
        if (ofBatch)
        {
            var loop = new ScaleShift(raw.Pointer, channels.Slope.Pointer, channels.Common.Pointer, raw.Pointer);
            FloatElements.RunChannels(engine, moments.Rows, channels.Count, loop);
        }

        Learn(e, s);
        if (!needsError) return e;
        var w = product.Weights.Parameter.Value;
        engine.ConvolveError(e, weights.Value, product.Geometry, product.Delta!);
        if (!ofBatch) return product.Delta!;
        engine.ConvolveError(raw, w, product.Geometry, delta!);
        FloatElements.Run(engine, delta!.Shape.Length, new AddedFloats(product.Delta!.Pointer, delta.Pointer, product.Delta.Pointer));
        return product.Delta;
    }

    private double Bias(int c) => product.Bias?.Value.Span[c] ?? 0;

    /// <summary>The gradients of a channel's own values, of this worker's images.</summary>
    private void Differentiate(int c)
    {
        var (gamma, root, sum) = ((double)norm.Gamma.Value.Span[c], weights.Roots[c], channels.Sums[c]);
        norm.Beta.Gradient.Span[c] = (float)sum;
        if (!ofBatch)
        {
            channels.OfGamma[c] = (Bias(c) - norm.Mean.Values.Span[c]) / root * sum;
            if (product.Bias is { } bias) bias.Gradient.Span[c] = (float)(gamma / root * sum);
            return;
        }

        var (mean, batch) = (channels.Means[c], Math.Sqrt(channels.Variances[c] + norm.Epsilon));
        channels.OfGamma[c] = (Bias(c) - mean) / batch * sum;
        if (product.Bias is { } unused) unused.Gradient.Span[c] = 0;         // the batch's mean takes it away again
    }

    /// <summary>How the error of a channel's elements comes of the sums over the whole batch.</summary>
    private void DifferentiateBatch(int c)
    {
        var (gamma, root, sum) = ((double)norm.Gamma.Value.Span[c], weights.Roots[c], channels.Sums[c]);
        var (mean, batch) = (channels.Means[c], Math.Sqrt(channels.Variances[c] + norm.Epsilon));
        var ofRoot = -((root / batch * channels.Products[c]) + (gamma * (Bias(c) - mean) * sum / batch)) / batch;
        var slope = ofRoot / (batch * moments.Count);
        channels.Slope.Span[c] = (float)slope;
        channels.Common.Span[c] = (float)((-gamma * sum / batch / moments.Count) - (slope * mean));
    }

    /// <summary>The gradients of w and gamma, of e k and of the error of conv(x, w), which <c>raw</c> holds.</summary>
    private void Learn(FloatTensor e, in StepContext s)
    {
        var parameter = product.Weights.Parameter;
        if (parameter.IsFrozen && norm.Gamma.IsFrozen) return;
        engine.ConvolveGradient(input!, e, product.Geometry, gradient);
        weights.Pass(gradient);
        if (ofBatch) engine.ConvolveGradient(input!, raw, product.Geometry, parameter.Gradient);
        else parameter.Gradient.Span.Clear();
        weights.Unfold(gradient, channels.OfGamma);
        view.Show(Name, Quantity.Gradients, parameter.Gradient);
    }

    /// <summary>What a step keeps of each channel.</summary>
    private sealed class Channels(FloatBuilder build, int count)
    {
        public int Count => count;

        public double[] Means { get; } = build.Doubles(new Shape(count));

        public double[] Variances { get; } = build.Doubles(new Shape(count));

        public double[] Sums { get; } = build.Doubles(new Shape(count));

        public double[] Products { get; } = build.Doubles(new Shape(count));

        public double[] OfGamma { get; } = build.Doubles(new Shape(count));

        public FloatTensor Zeros { get; } = build.Allocate(MemoryKind.Scratch, new Shape(count));

        public FloatTensor Scale { get; } = build.Allocate(MemoryKind.Scratch, new Shape(count));

        public FloatTensor Shift { get; } = build.Allocate(MemoryKind.Scratch, new Shape(count));

        public FloatTensor Slope { get; } = build.Allocate(MemoryKind.Scratch, new Shape(count));

        public FloatTensor Common { get; } = build.Allocate(MemoryKind.Scratch, new Shape(count));
    }
}
