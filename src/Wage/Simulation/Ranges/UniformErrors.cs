using Wage.Numbers;
using Wage.Observation;
using Wage.Quantization;
using Wage.Simulation.Layers;
using Wage.Tensors;

namespace Wage.Simulation.Ranges;

/// <summary>
/// The error of a product's output, quantized once for both products that read it, rounded at random so that it is right in the mean: element i of
/// the batch by the random bits of index i in the stream of this tensor, which the seed and the step make another in every step.
/// </summary>
/// <param name="build">Memory.</param>
/// <param name="site">The product's output.</param>
/// <param name="index">The position among the network's products: the stream of its random bits.</param>
/// <param name="bits">k.</param>
/// <param name="estimator">The range.</param>
internal sealed class UniformErrors(FloatBuilder build, FloatSite site, int index, int bits, IRangeEstimator estimator) : FloatErrors
{
    /// <summary>What the last <see cref="Use"/> gave.</summary>
    public FloatTensor Output { get; } = build.Allocate(MemoryKind.Errors, site.Shape);

    /// <summary>The quantizer.</summary>
    public RangedTensor Tensor { get; } = new(build, site.Name, $"{site.Name}.errorRange", site.Shape.Length, bits, estimator);

    /// <inheritdoc/>
    public override IEnumerable<FloatState> States => [Tensor.State.State];

    /// <inheritdoc/>
    public override float Rate => estimator.Rate(Tensor.State);

    /// <inheritdoc/>
    public override FloatTensor Use(FloatTensor e, in StepContext s)
    {
        build.View.Show(site.Name, Quantity.ErrorInputs, e);
        var used = Tensor.Run(e, Output, s, new RandomKey(s.Seed, RandomStream.Rounding(TensorRole.Errors, index), s.Step));
        Tensor.Show(Quantity.Errors, e, used);
        return used;
    }
}
