using System.Runtime.CompilerServices;
using Wage.Models;
using Wage.Quantization;
using Wage.Simulation.Products;
using Wage.Tensors;

namespace Wage.Simulation.Layers;

/// <summary>
/// Batch normalization (Ioffe and Szegedy 2015) of each channel, the last extent: y = gamma (x - mean) / sqrt(variance + epsilon) + beta, in a step
/// with the batch's mean and biased variance, in an evaluation with their moving averages. An average becomes momentum times itself + (1 - momentum)
/// times the batch's, of which the variance is unbiased, N/(N-1). Frozen, it computes as in an evaluation in every step. Fixup is y = gamma x + beta.
/// </summary>
internal sealed unsafe class FloatBatchNorm : FloatLayer
{
    private readonly FloatEngine engine;
    private readonly FloatMoments moments;
    private readonly FloatTensor y;
    private readonly FloatTensor center;
    private readonly FloatTensor scale;
    private readonly FloatTensor common;
    private readonly FloatTensor slope;
    private readonly double[] means;
    private readonly double[] variances;
    private readonly double[] sums;
    private readonly double[] products;
    private readonly double momentum;
    private readonly double epsilon;
    private readonly bool isFixup;
    private FloatTensor? input;
    private bool ofBatch;

    /// <summary>For inputs of this shape.</summary>
    public FloatBatchNorm(FloatBuilder build, string name, BatchNormSpec spec, Shape shape)
        : base(name)
    {
        engine = build.Engine;
        moments = new FloatMoments(build, shape);
        isFixup = spec.IsFixup;
        if (moments.Count < 2)
            throw new WageException($"{name}: a batch gives each channel {moments.Count} value, which has no variance.", "take a greater batch.");
        var channels = new Shape(shape[shape.Rank - 1]);
        Gamma = build.AddParameter($"{name}.gamma", channels, start: 1);
        Beta = build.AddParameter($"{name}.beta", channels);
        Mean = new FloatState($"{name}.mean", build.Allocate(MemoryKind.Weights, channels));
        Variance = new FloatState($"{name}.variance", build.Allocate(MemoryKind.Weights, channels), Start: 1);
        if (isFixup) Variance.Values.Span.Fill(1);
        y = build.Allocate(MemoryKind.Activations, shape);
        (center, scale) = (build.Allocate(MemoryKind.Scratch, channels), build.Allocate(MemoryKind.Scratch, channels));
        (common, slope) = (build.Allocate(MemoryKind.Scratch, channels), build.Allocate(MemoryKind.Scratch, channels));
        (means, variances, sums, products) = (build.Doubles(channels), build.Doubles(channels), build.Doubles(channels), build.Doubles(channels));
        (momentum, epsilon) = (FloatMath.ToDouble(spec.Momentum), isFixup ? 0 : FloatMath.ToDouble(spec.Epsilon));
    }

    /// <summary>The scale, 1 at first.</summary>
    public FloatParameter Gamma { get; }

    /// <summary>The shift, 0 at first.</summary>
    public FloatParameter Beta { get; }

    /// <summary>The moving average of the mean.</summary>
    public FloatState Mean { get; }

    /// <summary>The moving average of the unbiased variance.</summary>
    public FloatState Variance { get; }

    /// <summary>Added to a variance.</summary>
    public double Epsilon => epsilon;

    /// <inheritdoc/>
    public override IEnumerable<FloatParameter> Parameters => [Gamma, Beta];

    /// <inheritdoc/>
    public override IEnumerable<FloatState> States => isFixup ? [] : [Mean, Variance];

    /// <summary>A batch's means and biased variances join the averages.</summary>
    /// <param name="means">Of each channel.</param>
    /// <param name="variances">Of each channel.</param>
    /// <param name="rows">N, the elements of a channel.</param>
    public void Join(ReadOnlySpan<double> means, ReadOnlySpan<double> variances, int rows) => Join(means, variances, rows, momentum);

    private void Join(ReadOnlySpan<double> means, ReadOnlySpan<double> variances, int rows, double momentum)
    {
        Span<float> mean = Mean.Values.Span, variance = Variance.Values.Span;
        for (var c = 0; c < means.Length; c++)
        {
            mean[c] = (float)((momentum * mean[c]) + ((1 - momentum) * means[c]));
            variance[c] = (float)((momentum * variance[c]) + ((1 - momentum) * variances[c] * rows / (rows - 1)));
        }
    }

    /// <inheritdoc/>
    public override FloatTensor Forward(FloatTensor x, in StepContext s)
    {
        input = x;
        ofBatch = !isFixup && (s.Phase == Phase.Training || s.Averaging > 0) && !Gamma.IsFrozen;
        if (ofBatch)
        {
            moments.Variances(x, means, variances, s.Workers);
            Join(means, variances, moments.Count, s.Averaging == 0 ? momentum : 1 - (1.0 / s.Averaging));      // the plain mean of all so far
        }

        for (var c = 0; c < means.Length; c++)
        {
            center.Span[c] = ofBatch ? (float)means[c] : Mean.Values.Span[c];
            scale.Span[c] = (float)(Gamma.Value.Span[c] / Math.Sqrt((ofBatch ? variances[c] : Variance.Values.Span[c]) + epsilon));
        }

        var loop = new Normalize(x.Pointer, center.Pointer, scale.Pointer, Beta.Value.Pointer, y.Pointer);
        FloatElements.RunChannels(engine, moments.Rows, means.Length, loop);
        return y;
    }

    /// <summary>
    /// With r = 1 / sqrt(variance + epsilon) and xhat = (x - mean) r: d beta = sum e, d gamma = sum e xhat,
    /// d x = gamma r (e - d beta / N - xhat d gamma / N).
    /// </summary>
    public override FloatTensor Backward(FloatTensor e, bool needsError, in StepContext s)
    {
        if (!ofBatch)
        {
            if (isFixup && !Gamma.IsFrozen)
            {
                moments.Products(e, input!, center, sums, products);
                for (var c = 0; c < means.Length; c++)
                    (Beta.Gradient.Span[c], Gamma.Gradient.Span[c]) = ((float)sums[c], (float)products[c]);
            }

            if (needsError) FloatElements.RunChannels(engine, moments.Rows, means.Length, new Scaled(e.Pointer, scale.Pointer));
            return e;
        }

        moments.Products(e, input!, center, sums, products);
        for (var c = 0; c < means.Length; c++)
        {
            var r = 1 / Math.Sqrt(variances[c] + epsilon);
            (Beta.Gradient.Span[c], Gamma.Gradient.Span[c]) = ((float)sums[c], (float)(products[c] * r));
        }

        if (!needsError) return e;
        FloatMeeting.Sum(s.Workers, sums);
        FloatMeeting.Sum(s.Workers, products);
        for (var c = 0; c < means.Length; c++)
        {
            var r = 1 / Math.Sqrt(variances[c] + epsilon);
            (common.Span[c], slope.Span[c]) = ((float)(sums[c] / moments.Count), (float)(products[c] * r * r / moments.Count));
        }

        var loop = new Through(input!.Pointer, center.Pointer, scale.Pointer, common.Pointer, slope.Pointer, e.Pointer);
        FloatElements.RunChannels(engine, moments.Rows, means.Length, loop);
        return e;
    }

    private readonly struct Normalize(float* x, float* center, float* scale, float* beta, float* y) : IFloatChannelLoop
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<T>(nint i, int c)
            where T : struct, IFloatLanes<T> =>
            T.MultiplyAdd(T.Load(x + i) - T.Load(center + c), T.Load(scale + c), T.Load(beta + c)).Store(y + i);
    }

    private readonly struct Through(float* x, float* center, float* scale, float* common, float* slope, float* e) : IFloatChannelLoop
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<T>(nint i, int c)
            where T : struct, IFloatLanes<T>
        {
            var apart = T.Load(center + c) - T.Load(x + i);
            var left = T.MultiplyAdd(apart, T.Load(slope + c), T.Load(e + i) - T.Load(common + c));
            (left * T.Load(scale + c)).Store(e + i);
        }
    }
}
