using Wage.Backends;
using Wage.Models;
using Wage.Observation;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>
/// A product of the scheme integer-sgd: codes times weights, each with an exponent of its own. Where codes have a zero point z, a sum of stored codes
/// lacks -z times the sum of the filter's weights, which is the start of its column; a gradient lacks -z times the sum of the filter's errors.
/// </summary>
internal sealed class UnitProduct
{
    private const int ZeroPointBits = 7;

    private readonly IBackend backend;
    private readonly StepProbe probe;
    private readonly BuildContext context;
    private readonly ProductLayer layer;
    private readonly SignalSpec input;
    private readonly Tensor exponent;
    private readonly Tensor? inputUnit;
    private readonly Tensor? ones;
    private readonly Tensor? filterSums;
    private readonly Tensor? start;
    private readonly LayerRow row;
    private Tensor? codes;
    private Tensor? inputExponent;
    private Tensor? gradientExponent;
    private Tensor? wideSums;
    private Tensor? errorSums;
    private Tensor? sums;
    private Tensor? delta;
    private Tensor? deltaExponent;

    /// <summary>The product of a layer, with its bounds proved.</summary>
    /// <exception cref="WageException">The input does not fit, or its sums do not fit 32 bits.</exception>
    public UnitProduct(BuildContext context, ProductLayer layer, in SignalSpec input, Scheme scheme)
    {
        (this.context, backend, probe, this.layer, this.input) = (context, context.Backend, context.Probe, layer, input);
        var name = context.NextName(layer.NamePrefix);
        if (input.Type != ElementType.Int8)
            throw new WageException(
                $"{name}: takes activations of at most 8 bits, but its input is {input.Type}.", "end the layers before it with a ReLU.");
        var (g, kind, weightShape, output) = layer.Measure(name, input.Shape);
        (Geometry, OutputShape) = (g with { Padding = g.Padding with { Value = input.ZeroPoint } }, output);
        Weights = context.AddParameter(scheme, name, weightShape, g.FanIn);
        Weights.IsFrozen = layer.IsFrozen;
        if (layer.Start is { } begins) Weights.Initializer = Begun(name, begins, scheme);
        Bound = new AccumulatorBound(g.FanIn, input.Bound + Math.Abs(input.ZeroPoint), scheme.W.Range.Limit);
        Bound.Choose($"{name} forward", AccumulatorWidth.Int32);
        row = context.AddRow(name, kind, output);
        (row.Scheme, row.Log2Alpha, row.Macs, row.Parameters) = (scheme.Name, 0, g.MacsPerImage, Weights.Shape.Length);
        (row.Product, row.Forward, row.Accumulators) = (Geometry, Bound, (ElementType.Int32, null, null));
        exponent = context.Allocate(MemoryKind.Activations, ElementType.Int64, new Shape(1));
        if (input.FractionBits != 0) inputUnit = context.Constant<long>(MemoryKind.Activations, [-input.FractionBits]);
        if (input.ZeroPoint == 0) return;
        ones = context.Constant<sbyte>(MemoryKind.Weights, Ones(g.FanIn)).Reshape(new Shape(1, g.FanIn));
        filterSums = context.Allocate(MemoryKind.Weights, ElementType.Int32, new Shape(1, g.Filters));
        start = context.Allocate(MemoryKind.Weights, ElementType.Int32, new Shape(g.Filters));
    }

    private static StoredInitializer Begun(string name, in FixupStart start, Scheme scheme)
    {
        if (start.IsZero && scheme.W.Range.Limit < sbyte.MaxValue)
            throw new WageException(
                $"{name}: begins with zeros by Fixup, of which {scheme.Units!.WeightBits} bits cannot take the scale that they keep.",
                $"give it {Term.Option("kW=8")}, or take a batch norm in place of Fixup.");
        return new StoredInitializer(NormalInitializer.Of(start), scheme.StoredRange);
    }

    /// <summary>The layer's name.</summary>
    public string Name => layer.Name;

    /// <summary>The extents, with the zero point around the image.</summary>
    public ConvGeometry Geometry { get; }

    /// <summary>[N,OH,OW,F] or [N,F].</summary>
    public Shape OutputShape { get; }

    /// <summary>The weights.</summary>
    public Parameter Weights { get; }

    /// <summary>The greatest sum.</summary>
    public AccumulatorBound Bound { get; }

    /// <summary>The greatest magnitude that an evaluation may add to sums: 32 bits hold both.</summary>
    public int MostStart => int.MaxValue - (int)Bound.Value;

    /// <summary>The exponent of the sums of the last step, Int64 [1].</summary>
    public Tensor Exponent => exponent;

    /// <summary>The table's row, which others complete.</summary>
    public LayerRow Row => row;

    /// <summary>Takes the input of a step; the sums are made by <see cref="Run{S}"/>.</summary>
    public void Begin(in Signal x)
    {
        (codes, inputExponent) = (x.Values, x.Exponent ?? inputUnit!);
        backend.Combine(inputExponent, Weights.Exponent!, default(AlignedSum), exponent);
        if (start is null) return;
        backend.Convolve(ones!, Weights.Value, ConvGeometry.Dense(1, Geometry.FanIn, Geometry.Filters), filterSums!);
        backend.Map(filterSums!, new UnitStage(int.MaxValue, 0, -ZeroPointBits), new StageTensors(start));
    }

    /// <summary>The sums, ended by a stage.</summary>
    public void Run<S>(in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage =>
        backend.Convolve(codes!, Weights.Value, Geometry, ElementType.Int32, null, stage, t with { Start = start });

    /// <summary>The way back is built: gradients, and the sums of the input's errors where somebody needs them.</summary>
    public SignalSpec BuildBackward(in SignalSpec error, bool needsError)
    {
        if (!layer.IsFrozen) BuildGradient(error);
        if (!needsError) return error;
        var bound = new AccumulatorBound(Geometry.FanOut, error.Bound, Weights.Range.Limit);
        var type = bound.Choose($"{Name} error", context.Accumulator);
        context.AllocateError(type, input.Shape, tensor => delta = tensor);
        deltaExponent = context.AllocateExponent();
        (row.Error, row.Accumulators) = (bound, row.Accumulators with { Error = type });
        return new SignalSpec(input.Shape, type, 0, (long)bound.Value);
    }

    private void BuildGradient(in SignalSpec error)
    {
        var positions = context.Slice.OfBatch(Geometry.Positions);
        var stored = new AccumulatorBound(positions, Math.Max(input.Bound, Math.Abs(input.ZeroPoint)), error.Bound);
        var whole = new AccumulatorBound(positions, input.Bound + Math.Abs(input.ZeroPoint), error.Bound);
        var type = whole.Choose($"{Name} gradient", context.Accumulator);
        Weights.AllocateGradient(type, (long)whole.Value, (long)(whole with { Terms = context.Slice.OfLongest(Geometry.Positions) }).Value);
        gradientExponent = context.AllocateExponent();
        (row.Gradient, row.Accumulators) = (whole, row.Accumulators with { Gradient = type });
        if (input.ZeroPoint == 0) return;
        new AccumulatorBound(positions, 1, error.Bound).Choose($"{Name} gradient of the zero point", AccumulatorWidth.Int32);
        var storedType = stored.Choose($"{Name} gradient", AccumulatorWidth.Auto);
        if (storedType == type) sums = Weights.Gradient;
        else context.Share(MemoryLife.Sums, storedType, Weights.Shape, tensor => sums = tensor);
        wideSums = context.Allocate(MemoryKind.Gradients, ElementType.Int64, new Shape(Geometry.Filters));
        errorSums = context.Allocate(MemoryKind.Gradients, ElementType.Int32, new Shape(Geometry.Filters));
    }

    /// <summary>The gradient and, where it was built, the error of the input; of activations that it can end in, theirs.</summary>
    /// <param name="e">The error of the sums.</param>
    /// <param name="end">Where the error of the input ends, if anywhere.</param>
    /// <param name="s">The step.</param>
    /// <param name="drift">Of an observed step: that of the error's unit; null: it has none.</param>
    public Signal Backward(in Signal e, IErrorEnd? end, in StepContext s, long? drift = null)
    {
        probe.Show(Name, Quantity.ProductErrors, e, drift: drift);
        if (!layer.IsFrozen) MakeGradient(e);
        if (delta is null) return e;
        backend.Combine(e.Exponent!, Weights.Exponent!, default(AlignedSum), deltaExponent!);
        if (end is { EndsSums: true }) return end.Errors(e.Values, Weights.Value, Geometry, delta, deltaExponent!, s);
        backend.ConvolveError(e.Values, Weights.Value, Geometry, delta);
        var output = new Signal(delta, e.FractionBits, deltaExponent);
        probe.Show(Name, Quantity.ErrorAccumulators, output);
        return output;
    }

    private void MakeGradient(in Signal e)
    {
        backend.ConvolveGradient(codes!, e.Values, Geometry, sums ?? Weights.Gradient);
        if (errorSums is not null)
        {
            backend.ReduceColumns(e.Values, null, null, 1, default(ColumnSum), wideSums!);
            backend.EachColumn([wideSums!], new ScaleColumns(0), Geometry.Filters, errorSums);
            var t = new StageTensors(Weights.Gradient);
            backend.MapColumns(sums!, null, errorSums, Geometry.FanIn, new AddColumn(ZeroPointBits), default(RawStage), t);
        }

        backend.Combine(inputExponent!, e.Exponent!, default(AlignedSum), gradientExponent!);
        Weights.SetGradientUnit(e.FractionBits, gradientExponent);
    }

    /// <summary>The sums with another sign of each column where that is wanted, ended by a scale.</summary>
    /// <param name="plan">Where.</param>
    /// <param name="input">The node that it reads.</param>
    /// <param name="weights">The weights in use, or others in their place.</param>
    /// <param name="scale">The columns' scales.</param>
    /// <param name="stage">The end.</param>
    /// <param name="output">What comes out.</param>
    public int Emit(PlanBuilder plan, int input, Tensor weights, UnitScale scale, FusedStage stage, in SignalSpec output)
    {
        var t = scale.Tensors;
        var operation = new ProductOperation(Geometry with { Batch = 1 }, ElementType.Int32, null, stage, t.Reads());
        return plan.Add(Name, operation, output, [input], [(Name, weights), .. t.Constants(Name)]);
    }

    /// <summary>-z times the sum of each filter's weights: what sums of stored codes lack.</summary>
    public long[] ZeroPointSums(ReadOnlySpan<sbyte> weights)
    {
        var sums = new long[Geometry.Filters];
        for (var f = 0; f < sums.Length && input.ZeroPoint != 0; f++)
        {
            foreach (var w in weights.Slice(f * Geometry.FanIn, Geometry.FanIn)) sums[f] += w;
            sums[f] *= -input.ZeroPoint;
        }

        return sums;
    }

    /// <summary>The greatest magnitude of the sums of each filter, of codes as they are stored.</summary>
    public long[] Reach(ReadOnlySpan<sbyte> weights)
    {
        var reach = new long[Geometry.Filters];
        for (var f = 0; f < reach.Length; f++)
        {
            foreach (var w in weights.Slice(f * Geometry.FanIn, Geometry.FanIn)) reach[f] += Math.Abs((long)w);
            reach[f] *= Math.Max(input.Bound, Math.Abs(input.ZeroPoint));
        }

        return reach;
    }

    private static sbyte[] Ones(int count)
    {
        var ones = new sbyte[count];
        Array.Fill(ones, (sbyte)1);
        return ones;
    }
}
