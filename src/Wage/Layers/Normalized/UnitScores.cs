using System.Numerics;
using Wage.Backends;
using Wage.Models;
using Wage.Observation;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>The dense layer that gives the scores in the scheme integer-sgd, in units of 2^-16.</summary>
internal sealed class UnitScores(Dense layer) : Layer
{
    /// <summary>Scores are in units of 2^-16.</summary>
    private const int FractionBits = 16;

    private const int Limit = (1 << 28) - 1;

    private IBackend? backend;
    private StepProbe? probe;
    private UnitProduct? product;
    private Parameter? bias;
    private Tensor? shift;
    private Tensor? scores;
    private Tensor? ones;
    private UnitScale? scale;

    /// <inheritdoc/>
    public override SignalSpec Build(BuildContext context, SignalSpec input)
    {
        (backend, probe) = (context.Backend, context.Probe);
        var scheme = context.SchemeOf(layer, layer.NamePrefix);
        product = new UnitProduct(context, layer, input, scheme);
        product.Weights.Initializer ??= scheme.ScoresInitializer;
        (Name, context.Source) = (product.Name, product.Name);
        if (layer.Bias)
        {
            bias = context.AddBias(scheme, $"{Name}.bias", layer.Outputs, product.Geometry.FanIn, FractionBits);
            bias.IsFrozen = layer.IsFrozen;
            product.Row.HasBias = true;
            product.Row.Parameters += layer.Outputs;
        }

        scale = new UnitScale(context, layer.Outputs);
        shift = context.Allocate(MemoryKind.Activations, ElementType.Int64, new Shape(1));
        scores = context.AllocateOutput(ElementType.Int32, product.OutputShape);
        return new SignalSpec(product.OutputShape, ElementType.Int32, FractionBits, Limit + (long)(bias?.Range.Limit ?? 0));
    }

    /// <inheritdoc/>
    public override SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError)
    {
        if (bias is not null && !bias.IsFrozen)
        {
            var positions = product!.Geometry.Positions;
            var bound = new AccumulatorBound(context.Slice.OfBatch(positions), 1, error.Bound);
            var type = bound.Choose($"{bias.Name} gradient", context.Accumulator);
            bias.AllocateGradient(type, (long)bound.Value, (long)(bound with { Terms = context.Slice.OfLongest(positions) }).Value);
            var one = new sbyte[product.Geometry.Positions];
            Array.Fill(one, (sbyte)1);
            ones = context.Constant<sbyte>(MemoryKind.Gradients, one);
        }

        return product!.BuildBackward(error, needsError);
    }

    /// <inheritdoc/>
    public override Signal Forward(Signal x, in StepContext s)
    {
        product!.Begin(x);
        backend!.Combine(product.Exponent, product.Exponent, new LeftShift(FractionBits), shift!);
        product.Run(new UnitStage(Limit, 0), new StageTensors(scores!) { Range = shift });
        if (bias is not null) backend.Map(scores!, default(RawStage), new StageTensors(scores!) { Start = bias.Value });
        var output = new Signal(scores!, FractionBits);
        probe!.Show(Name, Quantity.Accumulators, output);
        return output;
    }

    /// <inheritdoc/>
    internal override long Prepare(long exponent)
    {
        var (product, backend) = (this.product!, this.backend!);
        var x = exponent + backend.ReadScalar(product.Weights.Exponent!);
        var weights = ((HostTensor<sbyte>)backend.Read(product.Weights.Value)).Span;
        var lacking = product.ZeroPointSums(weights);
        var biases = bias is null ? null : backend.Read(bias.Value);
        var up = (int)Math.Clamp(-x - FractionBits, -1000, 1000);
        for (var c = 0; c < lacking.Length; c++)
            scale!.Set(c, biases is null ? 0 : Within(UnitScale.Scaled(biases[c], 1, up)), BigInteger.One, BigInteger.One, -up);
        scale!.Add(lacking);
        scale.Hold(product.Reach(weights), together: true);
        scale.Write();
        return -FractionBits;

        BigInteger Within(BigInteger start) => BigInteger.Max(-product.MostStart, BigInteger.Min(start, product.MostStart));
    }

    /// <inheritdoc/>
    public override int Emit(PlanBuilder plan, int input)
    {
        var output = new SignalSpec(product!.OutputShape, ElementType.Int32, FractionBits, Limit);
        return product.Emit(plan, input, product.Weights.Value, scale!, UnitScale.Stage(0, -Limit, Limit), output);
    }

    /// <inheritdoc/>
    public override Signal Backward(Signal e, in StepContext s)
    {
        if (ones is not null)
        {
            backend!.ConvolveGradient(ones, e.Values, product!.Geometry.BiasGradient, bias!.Gradient);
            bias.SetGradientUnit(e.FractionBits, e.Exponent);
        }

        return product!.Backward(e, null, s);
    }
}
