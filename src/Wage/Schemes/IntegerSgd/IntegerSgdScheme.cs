using Wage.Layers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Schemes;

/// <summary>
/// Stochastic gradient descent with integers alone: every tensor has one unit, a power of two that follows it from step to step, batch norm holds the
/// ranges, and weights are stored with so many bits that momentum and weight decay lose nothing. In the line of NITI (Wang et al. 2020), WAGEUBN
/// (Yang et al. 2020) and Ghaffari et al. 2022; the formulas are this project's.
/// </summary>
internal sealed class IntegerSgdScheme : Scheme
{
    /// <summary>The scheme of these options.</summary>
    public IntegerSgdScheme(UnitOptions options)
    {
        Options = options;
        W = new UnitWeights(options.WeightBits, StoredRange.FractionBits);
        Update = new MomentumUpdate(options.Momentum, options.WeightDecay);
    }

    /// <summary>Its choices.</summary>
    public UnitOptions Options { get; }

    /// <inheritdoc/>
    public override string Name => $"integer-sgd {Options.WeightBits}-{Options.ActivationBits}-{Options.MasterBits}-{Options.ErrorBits}";

    /// <summary>32 bits: Q24; 16: Q13.</summary>
    public override QuantizedRange StoredRange => Options.MasterBits == 16
        ? new(ElementType.Int16, 13, short.MaxValue) : new(ElementType.Int32, NormalInitializer.FractionBits, int.MaxValue);

    /// <inheritdoc/>
    public override IWeightInitializer Initializer => new StoredInitializer(NormalInitializer.Rectified, StoredRange);

    /// <inheritdoc/>
    internal override UnitOptions? Units => Options;

    /// <inheritdoc/>
    internal override IWeightInitializer ScoresInitializer => new StoredInitializer(NormalInitializer.Scores, StoredRange);

    /// <inheritdoc/>
    public override IQuantizer W { get; }

    /// <summary>What the image has: 8 bits with a sign. Activations have codes of their own.</summary>
    public override IQuantizer A { get; } = new ShiftActivations(8, Numbers.Rounding.HalfEven, ClipMask.None);

    /// <summary>The errors of the loss.</summary>
    public override IQuantizer E { get; } = new LossErrors();

    /// <inheritdoc/>
    public override UpdateRule Update { get; }

    /// <inheritdoc/>
    internal override Layer[] Arrange(IReadOnlyList<Layer> layers, bool fuses) => NormalizedLayers.Arrange(layers, this);
}
