using System.Diagnostics.CodeAnalysis;
using Wage.Backends;
using Wage.Models;
using Wage.Observation;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>
/// A layer with weights: a convolution, of which a dense layer is the smallest case.
/// Forward acc = W_q * a, with a bias acc = W_q * a + b_q; backward delta = W_q^T e, g = e a^T and, of the bias, the sum of e over images and
/// positions, all exact integer sums.
/// </summary>
public abstract class ProductLayer : Layer
{
    private IBackend? backend;
    private StepProbe? probe;
    private ConvGeometry geometry;
    private Parameter? weights;
    private Parameter? bias;
    private Tensor? ones;
    private LayerRow? row;
    private Tensor? accumulator;
    private Tensor? delta;
    private Tensor? input;
    private int weightFractionBits;
    private SignalSpec inputSpec;
    private SignalSpec sums;
    private Block? errorsEndIn;

    /// <summary>True: every output feature has a bias, a parameter of its own. Default: none, as in WAGE's networks.</summary>
    public bool Bias { get; init; }

    /// <summary>True: its weights stay as they start, and have no gradient.</summary>
    public bool IsFrozen { get; internal set; }

    /// <summary>How Fixup begins its weights; null: it does not.</summary>
    internal FixupStart? Start { get; set; }

    /// <summary>Lets the error product end in the Q_E of the block before, in steps in which that knows its range.</summary>
    internal void EndErrorsIn(Block block) => errorsEndIn = block;

    /// <summary>The weights, once built.</summary>
    public Parameter Weights => weights ?? throw new InvalidOperationException($"{Name}: not built");

    /// <inheritdoc/>
    public override SignalSpec Build(BuildContext context, SignalSpec input)
    {
        var output = Prove(context, input);
        accumulator = context.AllocateOutput(output.Type, output.Shape);
        return output;
    }

    /// <summary>As <see cref="Build"/>, in a <see cref="Block"/>, which only shows its accumulators.</summary>
    internal SignalSpec BuildInBlock(BuildContext context, SignalSpec input)
    {
        var output = Prove(context, input);
        context.Share(MemoryLife.Sums, output.Type, output.Shape, tensor => accumulator = tensor);
        return output;
    }

    private SignalSpec Prove(BuildContext context, SignalSpec input)
    {
        Name = context.NextName(Prefix);
        if (input.Type != ElementType.Int8)
            throw new WageException(
                $"{Name}: takes activations of at most 8 bits, but its input is {input.Type} accumulators.",
                "put a Quantize layer before it.");
        inputSpec = input;
        (backend, probe, context.Source) = (context.Backend, context.Probe, Name);
        geometry = Geometry(input.Shape);
        RequireIndexable();
        var scheme = context.SchemeOf(this, Name);
        weights = context.AddParameter(scheme, Name, WeightShape(geometry), geometry.FanIn);
        weightFractionBits = scheme.W.Range.FractionBits + weights.Log2Alpha;
        weights.IsFrozen = IsFrozen;
        if (Bias) bias = context.AddBias(scheme, $"{Name}.bias", geometry.Filters, geometry.FanIn, input.FractionBits + weightFractionBits);
        if (bias is not null) bias.IsFrozen = IsFrozen;
        var bound = new AccumulatorBound(geometry.FanIn, input.Bound, scheme.W.Range.Limit, bias?.Range.Limit ?? 0);
        var type = bound.Choose($"{Name} forward", context.Accumulator);
        var shape = OutputShape(geometry);
        row = context.AddRow(Name, Bias ? $"{Kind}, bias" : Kind, shape);
        (row.Scheme, row.Log2Alpha, row.HasBias, row.Macs) = (scheme.Name, weights.Log2Alpha, Bias, geometry.MacsPerImage);
        row.Parameters = weights.Stored.Length + (bias?.Stored.Length ?? 0L);
        (row.Product, row.Forward, row.Accumulators) = (geometry, bound, (type, null, null));
        return sums = new SignalSpec(shape, type, input.FractionBits + weightFractionBits, (long)bound.Value);
    }

    /// <inheritdoc/>
    public override SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError)
    {
        Require();
        if (error.Type is not (ElementType.Int8 or ElementType.Int16))
            throw new WageException($"{Name}: takes errors of at most 16 bits, but receives {error.Type}.", "put a Quantize layer after it.");
        if (!IsFrozen) BuildGradients(context, error);
        if (!needsError) return error;

        var bound = new AccumulatorBound(geometry.FanOut, error.Bound, weights.Scheme.W.Range.Limit);
        var type = bound.Choose($"{Name} error", context.Accumulator);
        context.AllocateError(type, inputSpec.Shape, tensor => delta = tensor);
        (row.Error, row.Accumulators) = (bound, row.Accumulators with { Error = type });
        return new SignalSpec(inputSpec.Shape, type, error.FractionBits + weightFractionBits, (long)bound.Value);
    }

    private void BuildGradients(BuildContext context, SignalSpec error)
    {
        var (positions, ofSlice) = (context.Slice.OfBatch(geometry.Positions), context.Slice.OfLongest(geometry.Positions));
        var gradient = new AccumulatorBound(positions, inputSpec.Bound, error.Bound);
        var gradientType = gradient.Choose($"{Name} gradient", context.Accumulator);
        weights!.AllocateGradient(gradientType, (long)gradient.Value, (long)(gradient with { Terms = ofSlice }).Value);
        (row!.Gradient, row.Accumulators) = (gradient, row.Accumulators with { Gradient = gradientType });
        if (bias is not null)
        {
            var sums = new AccumulatorBound(positions, 1, error.Bound);
            var type = sums.Choose($"{bias.Name} gradient", context.Accumulator);
            bias.AllocateGradient(type, (long)sums.Value, (long)(sums with { Terms = ofSlice }).Value);
            var one = new sbyte[geometry.Positions];
            Array.Fill(one, (sbyte)1);
            ones = context.Constant<sbyte>(MemoryKind.Gradients, one);
        }
    }

    /// <inheritdoc/>
    public override Signal Forward(Signal x, in StepContext s)
    {
        Require();
        input = x.Values;
        backend.Convolve(x.Values, weights.Value, geometry, accumulator!);
        AddBias(accumulator!);
        var output = new Signal(accumulator!, x.FractionBits + weightFractionBits);
        probe.Show(Name, Quantity.Accumulators, output);
        return output;
    }

    /// <summary>The product with the rest of its block; in a step that somebody observes, its accumulators are kept and shown.</summary>
    internal Signal ForwardStage(Signal x, in PoolGeometry? pool, FusedStage stage, in StageTensors t)
    {
        Require();
        input = x.Values;
        var kept = new Signal(accumulator!, x.FractionBits + weightFractionBits);
        var tensors = t with { Start = StartOf(t), Kept = probe.IsObserved ? kept.Values : null };
        stage.Convolve(backend, x.Values, weights.Value, geometry, row.Accumulators.Forward!.Value, pool, tensors);
        if (!probe.IsObserved) return kept;
        AddBias(kept.Values);
        probe.Show(Name, Quantity.Accumulators, kept);
        return kept;
    }

    /// <inheritdoc/>
    public override int Emit(PlanBuilder plan, int input)
    {
        Require();
        var plain = bias is null ? null : FusedStage.Of(default(RawStage));
        return Emit(plan, input, null, plain, default, sums);
    }

    /// <summary>The product with the rest of its block.</summary>
    internal int EmitStage(PlanBuilder plan, int input, in PoolGeometry? pool, FusedStage stage, in StageTensors t, in SignalSpec output)
    {
        Require();
        return Emit(plan, input, pool, stage, t, output);
    }

    /// <summary>The bias, or what the stage itself starts its columns with.</summary>
    /// <exception cref="WageException">There are both.</exception>
    private Tensor? StartOf(in StageTensors t) => bias is null || t.Start is null ? bias?.Value ?? t.Start
        : throw new WageException($"{Name}: has a bias, but its quantizer gives the columns a start of its own.", "leave the bias away.");

    private int Emit(PlanBuilder plan, int input, in PoolGeometry? pool, FusedStage? stage, in StageTensors t, in SignalSpec output)
    {
        PoolGeometry? windows = pool is { } g ? g with { Batch = 1 } : null;
        var tensors = t with { Start = StartOf(t) };
        var operation = new ProductOperation(geometry with { Batch = 1 }, sums.Type, windows, stage, tensors.Reads());
        return plan.Add(Name, operation, output, [input], [(Name, weights!.Value), .. tensors.Constants(Name)]);
    }

    /// <inheritdoc/>
    public override Signal Backward(Signal e, in StepContext s)
    {
        Require();
        probe.Show(Name, Quantity.ProductErrors, e);
        if (!IsFrozen) MakeGradients(e);
        if (delta is null) return e;
        var output = new Signal(delta, e.FractionBits + weightFractionBits, e.Exponent);
        if (errorsEndIn is { } block && !probe.IsObserved && block.TakesErrors(s))
        {
            var stage = block.EndErrors(ref output, s, out var t);
            stage.ConvolveError(backend, e.Values, weights.Value, geometry, row.Accumulators.Error!.Value, t);
            return output;
        }

        backend.ConvolveError(e.Values, weights.Value, geometry, delta);
        probe.Show(Name, Quantity.ErrorAccumulators, output);
        return output;
    }

    private void MakeGradients(Signal e)
    {
        backend!.ConvolveGradient(input!, e.Values, geometry, weights!.Gradient);
        weights.SetGradientUnit(e.FractionBits + inputSpec.FractionBits, e.Exponent);
        if (bias is null) return;

        // A bias is the weight of an input that is always 1: its gradient is such a product's.
        backend.ConvolveGradient(ones!, e.Values, geometry.BiasGradient, bias.Gradient);
        bias.SetGradientUnit(e.FractionBits, e.Exponent);
    }

    private void AddBias(Tensor sums)
    {
        if (bias is not null) backend!.Map(sums, default(RawStage), new StageTensors(sums) { Start = bias.Value });
    }

    /// <summary>The same, for who names layers before they are built.</summary>
    internal string NamePrefix => Prefix;

    /// <summary>The extents for this input, the layer in words, and the extents of the weights and of the output.</summary>
    /// <exception cref="WageException">The input does not fit.</exception>
    internal (ConvGeometry Geometry, string Kind, Shape Weights, Shape Output) Measure(string name, Shape input)
    {
        Name = name;
        geometry = Geometry(input);
        RequireIndexable();
        return (geometry, Kind, WeightShape(geometry), OutputShape(geometry));
    }

    /// <summary>"conv" or "dense".</summary>
    private protected abstract string Prefix { get; }

    /// <summary>The layer in words.</summary>
    private protected abstract string Kind { get; }

    /// <summary>The extents for this input; throws a <see cref="WageException"/> when it does not fit.</summary>
    private protected abstract ConvGeometry Geometry(Shape input);

    /// <summary>The shape of the weights.</summary>
    private protected abstract Shape WeightShape(ConvGeometry geometry);

    /// <summary>The shape of the output.</summary>
    private protected abstract Shape OutputShape(ConvGeometry geometry);

    /// <summary>Elements are counted in 31 bits; sizes come from recipes, so that a model beyond is the user's mistake.</summary>
    private void RequireIndexable()
    {
        var g = geometry;
        var weightCount = (Int128)g.Filters * g.KernelHeight * g.KernelWidth * g.GroupChannels;
        var outputCount = (Int128)g.Batch * g.OutputHeight * g.OutputWidth * g.Filters;
        var (what, count, hint) = weightCount > int.MaxValue
            ? ("weights", weightCount, "take fewer outputs or filters.")
            : ("outputs for a batch", outputCount, "take a smaller batch or fewer filters.");
        if (count > int.MaxValue) throw new WageException($"{Name}: has {count} {what}; a tensor has at most {int.MaxValue} elements.", hint);
    }

    [MemberNotNull(nameof(backend), nameof(probe), nameof(weights), nameof(row))]
    private void Require()
    {
        if (backend is null || probe is null || weights is null || row is null) throw new InvalidOperationException($"{Name}: not built");
    }
}
