using Wage.Backends;
using Wage.Simulation.Layers;
using Wage.Simulation.Quantization;

namespace Wage.Simulation.Calibration;

/// <summary>A product whose weights have codes, alone or with the batch norm behind it.</summary>
/// <param name="Name">"conv1".</param>
/// <param name="Geometry">The extents.</param>
/// <param name="Exact">The weights before they get codes, folded with a batch norm.</param>
/// <param name="Coded">The values of their codes.</param>
/// <param name="Quantizer">What gives them.</param>
/// <param name="Start">What is added to each filter's sums: the bias, or beta of the batch norm.</param>
internal sealed record CodedProduct(
    string Name, ConvGeometry Geometry, FloatTensor Exact, FloatTensor Coded, WeightQuantizer Quantizer, FloatParameter Start)
{
    /// <summary>Those of a network whose weights are prepared for evaluations, in its order.</summary>
    public static IEnumerable<CodedProduct> In(FloatNetwork network)
    {
        foreach (var layer in network.Layers.All)
        {
            if (layer is FoldedConvolution { Product: var product, Weights: var folded, Norm: var norm })
                yield return new CodedProduct(layer.Name, product.Geometry, folded.Folded, folded.Value, folded.Quantizer, norm.Beta);
            if (layer is FloatConvolution { Weights: FakeWeights fake, Bias: { } bias, Geometry: var geometry })
                yield return new CodedProduct(layer.Name, geometry, fake.Parameter.Value, fake.Value, fake.Quantizer, bias);
        }
    }
}

/// <summary>The ratio of a signal to what was added to it.</summary>
internal struct NoiseSum
{
    private double signal;
    private double noise;

    /// <summary>10 log10 (sum x^2 / sum (y - x)^2); infinite where all are equal.</summary>
    public readonly double Decibels => noise == 0 ? double.PositiveInfinity
        : signal == 0 ? double.NegativeInfinity : 10 / Math.Log(10) * FloatMath.Log((float)(signal / noise));

    /// <summary>A value and what became of it.</summary>
    public void Add(double exact, double other)
    {
        signal += exact * exact;
        noise += (other - exact) * (other - exact);
    }

    /// <summary>Values and what became of them.</summary>
    public void Add(ReadOnlySpan<float> exact, ReadOnlySpan<float> other)
    {
        for (var i = 0; i < exact.Length; i++) Add(exact[i], other[i]);
    }
}
