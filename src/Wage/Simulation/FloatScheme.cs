using Wage.Models;
using Wage.Numbers;
using Wage.Observation;
using Wage.Quantization;
using Wage.Simulation.Layers;
using Wage.Tensors;

namespace Wage.Simulation;

/// <summary>
/// What a scheme of the float32 domain makes of a network: nothing, where it only trains, or fake quantization at the places that the builder offers.
/// The builder asks each hook at each place and never which scheme it is. A layer that a hook gives has memory of its own for its output: what stands
/// before and behind it still reads theirs.
/// </summary>
internal abstract class FloatScheme
{
    /// <summary>"float32": for the table and messages.</summary>
    public abstract string Name { get; }

    /// <summary>What tells its networks from those of others, besides the layers: the scheme's name and options.</summary>
    public abstract IEnumerable<ModelTrait> Traits { get; }

    /// <summary>
    /// Behind the input, behind each block (a product, batch norm, max pool and ReLU, in the order in which they stand), behind a residual sum, a
    /// concatenation and an average pool; not behind the scores. On the way back it is given the error before the block's ReLU is.
    /// </summary>
    public virtual FloatLayer? Activations(FloatSite site, FloatBuilder build) => null;

    /// <summary>What a product reads in place of its stored weights. Default: these.</summary>
    /// <param name="site">The product.</param>
    /// <param name="parameter">The stored weights.</param>
    /// <param name="build">Memory.</param>
    public virtual FloatProductWeights Weights(FloatSite site, FloatParameter parameter, FloatBuilder build) => new(parameter);

    /// <summary>
    /// A product and the batch norm that follows it, in one layer, which has the parameters and states of both and may use either; null: one after
    /// the other.
    /// </summary>
    public virtual FloatLayer? Folded(FloatSite site, FloatConvolution product, FloatBatchNorm norm, FloatBuilder build) => null;

    /// <summary>Checks a shortcut without weights.</summary>
    /// <exception cref="WageException">The scheme has no such layer.</exception>
    public virtual void RequireSubsample(SubsampleSpec spec, string name)
    {
    }

    /// <summary>Checks a layer of Fixup.</summary>
    /// <exception cref="WageException">The scheme has no such layer.</exception>
    public virtual void RequireFixup(BatchNormSpec spec, string name)
    {
    }

    /// <summary>Checks a batch norm that stands behind no product.</summary>
    /// <exception cref="WageException">The scheme has no use for it.</exception>
    public virtual void RequireAlone(FloatBatchNorm norm)
    {
    }

    /// <summary>The integers that a trained network becomes; null: it becomes none.</summary>
    /// <param name="network">A network of this scheme.</param>
    /// <param name="rounding">How multipliers drop bits; null: as the scheme says.</param>
    /// <exception cref="WageException">A tensor has no range, or the integers cannot be proved to fit; it is named.</exception>
    public virtual Conversion.Conversion? Convert(FloatNetwork network, MultiplierRounding? rounding) => null;

    /// <summary>What it quantizes of the network that it was asked about, and how.</summary>
    public virtual IReadOnlyList<QuantizerRow> Quantizers => [];

    /// <summary>The share of weights that the last step quantized, where steps quantize in part and evaluations all; null of other schemes.</summary>
    public virtual Ratio? HybridRatio => null;

    /// <summary>See <see cref="Training.IHybridNetwork.AveragedBatches"/>.</summary>
    public virtual int AveragedBatches => 0;

    /// <summary>Checks that several workers may share a batch.</summary>
    /// <exception cref="WageException">Something would be of one worker's images alone.</exception>
    public virtual void RequireShared()
    {
        if (AveragedBatches > 0)
            throw new WageException(
                $"{Term.Option("averagedBatches")}: is {AveragedBatches}, but averages are estimated anew by one worker only.", "take 0.");
    }

    /// <summary>
    /// What both products of the way back read in place of the error of a product's output, behind the ways back of the ReLU and of the batch norm;
    /// null: that error itself. A product that <see cref="Folded"/> takes has none.
    /// </summary>
    /// <param name="site">The product's output.</param>
    /// <param name="build">Memory.</param>
    public virtual FloatErrors? Errors(FloatSite site, FloatBuilder build) => null;
}

/// <summary>A place of a network at which a scheme may do something.</summary>
/// <param name="Name">"conv1", "residual1", "input": as the table has it.</param>
/// <param name="Place">What ends there.</param>
/// <param name="Shape">The tensor's extents: of weights, those of the weights.</param>
internal readonly record struct FloatSite(string Name, FloatPlace Place, Shape Shape)
{
    /// <summary>
    /// The place whose grid the values have already: an average keeps the range of its input, and gives values between that grid's.
    /// </summary>
    public string? Keeps { get; init; }

    /// <summary>The elements of which each value is the mean; 0: it is none.</summary>
    public int Window { get; init; }

    /// <summary>True of the product that gives the scores.</summary>
    public bool GivesScores { get; init; }

    /// <summary>The concatenation of which this is a part: all parts take the range that is found behind it.</summary>
    public string? Joins { get; init; }
}

/// <summary>What ends at a site.</summary>
internal enum FloatPlace
{
    /// <summary>The images.</summary>
    Input,

    /// <summary>The weights of a product.</summary>
    Weights,

    /// <summary>A product and what follows it.</summary>
    Block,

    /// <summary>A residual sum and what follows it.</summary>
    Sum,

    /// <summary>A concatenation and what follows it.</summary>
    Concatenation,

    /// <summary>An average or global average pool.</summary>
    Average,
}

/// <summary>What a product reads, made of the stored weights: these themselves.</summary>
internal class FloatProductWeights(FloatParameter parameter)
{
    /// <summary>What learns.</summary>
    public FloatParameter Parameter => parameter;

    /// <summary>What the product reads, once <see cref="Use"/> was called.</summary>
    public virtual FloatTensor Value => parameter.Value;

    /// <summary>What it remembers from step to step.</summary>
    public virtual IEnumerable<FloatState> States => [];

    /// <summary>Makes <see cref="Value"/>: before a step, and before evaluations.</summary>
    public virtual void Use(in StepContext s)
    {
    }

    /// <summary>Turns the gradient of <see cref="Value"/>, which the parameter holds, into the parameter's own. Default: straight through.</summary>
    public virtual void PassGradient(in StepContext s)
    {
    }
}

/// <summary>What the products of the way back read in place of an error.</summary>
internal abstract class FloatErrors
{
    /// <summary>What it remembers from step to step.</summary>
    public virtual IEnumerable<FloatState> States => [];

    /// <summary>What the learning rate of the layer is multiplied by, as of the last <see cref="Use"/>.</summary>
    public virtual float Rate => 1;

    /// <summary>What they read.</summary>
    /// <param name="e">The error, which stays as it is.</param>
    /// <param name="s">A training step.</param>
    public abstract FloatTensor Use(FloatTensor e, in StepContext s);
}

/// <summary>float32 itself: nothing is quantized.</summary>
internal sealed class PlainFloats : FloatScheme
{
    /// <inheritdoc/>
    public override string Name => "float32";

    /// <inheritdoc/>
    public override IEnumerable<ModelTrait> Traits => [new ModelTrait("scheme", Name)];
}
