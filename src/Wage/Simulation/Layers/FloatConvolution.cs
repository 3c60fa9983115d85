using Wage.Backends;
using Wage.Observation;
using Wage.Quantization;
using Wage.Simulation.Products;
using Wage.Tensors;

namespace Wage.Simulation.Layers;

/// <summary>
/// A convolution y = x * w + b, of which a dense layer is the smallest case: x [N,H,W,C], w [F,KH,KW,C/G], b [F], y [N,OH,OW,F]. Backward: delta of
/// e and w, g of x and e, and of the bias the sum of e over images and positions.
/// </summary>
internal sealed class FloatConvolution(
    FloatBuilder build, string name, in ConvGeometry geometry, Shape output, FloatProductWeights weights, FloatParameter? bias, FloatTensor? delta,
    FloatErrors? errors)
    : FloatLayer(name)
{
    private readonly FloatEngine engine = build.Engine;
    private readonly FloatView view = build.View;
    private readonly ConvGeometry geometry = geometry;
    private readonly FloatTensor y = build.Allocate(MemoryKind.Activations, output);
    private readonly FloatTensor? packed = Packed(build, geometry);
    private FloatTensor? input;

    /// <summary>The extents.</summary>
    public ConvGeometry Geometry => geometry;

    /// <summary>What the product reads, and of which parameter it is made.</summary>
    public FloatProductWeights Weights => weights;

    /// <summary>Null: none.</summary>
    public FloatParameter? Bias => bias;

    /// <summary>Where the error of the input goes; null: nobody reads it.</summary>
    public FloatTensor? Delta => delta;

    /// <summary>What the products of the way back read; null: the error itself.</summary>
    public FloatErrors? Errors => errors;

    /// <summary>The output of the last <see cref="Forward"/>.</summary>
    public FloatTensor Output => y;

    /// <summary>The input of the last <see cref="Forward"/>.</summary>
    public FloatTensor Input => input ?? throw new InvalidOperationException($"{Name}: no forward pass");

    /// <inheritdoc/>
    public override IEnumerable<FloatParameter> Parameters => bias is null ? [weights.Parameter] : [weights.Parameter, bias];

    /// <inheritdoc/>
    public override IEnumerable<FloatState> States => errors is null ? weights.States : weights.States.Concat(errors.States);

    /// <inheritdoc/>
    public override void Prepare(in StepContext s)
    {
        if (s.Phase == Phase.Training) view.Show(Name, Quantity.StoredWeights, weights.Parameter.Value, FloatChannelsOf.Rows);
        weights.Use(s);
        if (packed is not null) engine.Pack(weights.Value, geometry, packed);
    }

    /// <inheritdoc/>
    public override FloatTensor Forward(FloatTensor x, in StepContext s)
    {
        input = x;
        engine.Convolve(x, weights.Value, bias?.Value, geometry, y, packed);
        return y;
    }

    /// <inheritdoc/>
    public override FloatTensor Backward(FloatTensor e, bool needsError, in StepContext s)
    {
        if (errors is not null)
        {
            e = errors.Use(e, s);
            weights.Parameter.Rate = errors.Rate;
            bias?.Rate = errors.Rate;
        }

        if (!weights.Parameter.IsFrozen)
        {
            engine.ConvolveGradient(Input, e, geometry, weights.Parameter.Gradient);
            weights.PassGradient(s);
            if (bias is not null) engine.SumPositions(e, bias.Gradient);
            view.Show(Name, Quantity.Gradients, weights.Parameter.Gradient);
        }

        if (!needsError) return e;
        engine.ConvolveError(e, weights.Value, geometry, delta ?? throw new InvalidOperationException($"{Name}: has no error"));
        return delta;
    }

    private static FloatTensor? Packed(FloatBuilder build, in ConvGeometry g)
    {
        build.AddProduct(g);
        var length = build.Engine.PackedLength(g);
        return length == 0 ? null : build.Allocate(MemoryKind.Scratch, new Shape(checked((int)length)));
    }
}
