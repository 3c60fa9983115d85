using System.Numerics;
using System.Runtime.InteropServices;
using Wage.Backends;
using Wage.Numbers;
using Wage.Observation;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Layers;

/// <summary>
/// A layer's weights: stored on the k_G grid, used on the k_W grid, with their gradient and update; or its bias, stored on the same grid and used in
/// the unit of the accumulators.
/// </summary>
public sealed partial class Parameter : IStoredTensor
{
    private readonly BuildContext context;
    private readonly IBackend backend;
    private readonly StepProbe probe;
    private readonly TensorQuantizer quantizer;
    private readonly ParameterRule rule;
    private readonly ColumnForm? column;
    private Signal gradient;
    private StepContext used;

    /// <summary>Allocates the tensors, except the gradient, whose width is known when the backward pass is built.</summary>
    public Parameter(BuildContext context, Scheme scheme, string name, int index, Shape shape, int fanIn)
        : this(context, scheme, name, index, shape, fanIn, null)
    {
    }

    /// <summary>The same for what has one number for each column, which has a grid of its own.</summary>
    internal Parameter(BuildContext context, Scheme scheme, string name, int index, Shape shape, int fanIn, ColumnForm? column)
    {
        (this.context, backend, probe, this.column) = (context, context.Backend, context.Probe, column);
        (Scheme, Name, Index, FanIn) = (scheme, name, index, fanIn);
        IQuantizer grid = column is null ? scheme.W : column.Grid;
        (Range, StoredRange, Kind) = (grid.Range, column?.Stored ?? scheme.StoredRange, column?.Kind ?? ParameterKind.Weights);
        Log2Alpha = column is null ? scheme.Scale.Log2(fanIn) : 0;
        Stored = context.Allocate(MemoryKind.Weights, StoredRange.Type, shape);
        Value = context.Allocate(MemoryKind.Weights, Range.Type, shape);
        gradient = new Signal(Stored, 0);
        quantizer = grid.For(new TensorSite(TensorRole.Weights, name, index, shape, StoredRange.FractionBits), context);
        rule = scheme.Update.For(this, context);
        context.Note($"{name}.W", quantizer);
        context.Note($"{name}.rule", rule);
    }

    /// <summary>The layer's name, of a bias with what it is: "conv1.bias".</summary>
    public string Name { get; }

    /// <summary>What it is.</summary>
    public ParameterKind Kind { get; }

    /// <summary>True for one number for each output feature: a bias, added to its sums, or what scales or shifts a batch norm.</summary>
    public bool IsBias => Kind != ParameterKind.Weights;

    /// <summary>The position among the network's parameters: the stream of its random bits.</summary>
    public int Index { get; }

    /// <summary>The terms of one output.</summary>
    public int FanIn { get; }

    /// <summary>log2 alpha; 0 of a bias.</summary>
    public int Log2Alpha { get; }

    /// <summary>The integers of <see cref="Value"/>.</summary>
    public QuantizedRange Range { get; }

    /// <summary>The grid of <see cref="Stored"/>.</summary>
    internal QuantizedRange StoredRange { get; }

    /// <summary>The exponent of the unit of <see cref="Value"/>, where it is found at run time.</summary>
    internal Tensor? Exponent => quantizer.Exponent;

    /// <summary>The gradient with its unit.</summary>
    internal Signal GradientSignal => gradient;

    /// <summary>Draws the first weights in place of the scheme's; null: the scheme's do.</summary>
    internal IWeightInitializer? Initializer { get; set; }

    /// <summary>The scheme of this layer.</summary>
    public Scheme Scheme { get; }

    /// <summary>The stored weights, k_G bits.</summary>
    public Tensor Stored { get; }

    /// <summary>The type of the stored weights.</summary>
    public ElementType Type => Stored.Type;

    /// <summary>The shape of the weights.</summary>
    public Shape Shape => Stored.Shape;

    /// <summary>Q_W of the stored weights: what the products use. Of a bias: Int32, what is added to their sums.</summary>
    public Tensor Value { get; }

    /// <summary>The accumulated gradient of the last step.</summary>
    public Tensor Gradient => gradient.Values;

    /// <summary>The greatest magnitude that the gradient can reach, of the whole batch.</summary>
    public long GradientBound { get; private set; }

    /// <summary>The greatest magnitude that the gradient of a worker's images can reach.</summary>
    internal long SliceBound { get; private set; }

    /// <summary>True: it has no gradient and does not learn.</summary>
    public bool IsFrozen { get; internal set; }

    /// <summary>True once the stored weights were drawn or loaded.</summary>
    public bool HasValues { get; private set; }

    /// <summary>Fills the stored weights from the seed; a bias and what shifts a batch norm begin as zeros, what scales it as ones.</summary>
    public void Initialize(ulong seed)
    {
        var host = HostTensor.Create(Stored.Type, Stored.Shape);
        var values = new long[Math.Min(host.Length, 1 << 16)];
        for (var first = 0; first < host.Length && !IsBias; first += values.Length)
        {
            var some = values.AsSpan(0, Math.Min(values.Length, host.Length - first));
            (Initializer ?? Scheme.Initializer).Initialize(FanIn, new RandomKey(seed, RandomStream.Initialization(Index), 0), first, some);
            for (var i = 0; i < some.Length; i++) host[first + i] = some[i];
        }

        for (var i = 0; i < host.Length && column is { First: not 0 }; i++) host[i] = column.First;
        Load(host.Bytes);
    }

    /// <summary>value = Q_W(stored).</summary>
    public void Use(in StepContext s)
    {
        share?.Receive();
        (used, isComplete) = (s, false);
        quantizer.Measure(Stored, null, 0, s);
        quantizer.Apply(Stored, new StageTensors(Value), s);
        probe.ShowWhole(Name, Quantity.StoredWeights, OnGrid(Stored), StoredRange, kind: Kind);
        probe.ShowWhole(Name, Quantity.Weights, new Signal(Value, Range.FractionBits, Exponent), Range);
    }

    /// <summary>value = Q_W of other stored weights as <see cref="Use"/> did it last, with the same random bits.</summary>
    internal void Quantize(Tensor stored, Tensor value) => quantizer.Apply(stored, new StageTensors(value), used);

    /// <summary>The derivative of Q_W, the sum over the workers, and what the update rule measures of it.</summary>
    public void Measure(in StepContext s)
    {
        Complete(s);
        isComplete = false;
        if (isSplit) share!.Finish();
        else if (!IsSummed) s.Workers?.Sum(Gradient);
        rule.Measure(s);
    }

    /// <summary>stored = rule(stored, gradient).</summary>
    public void Learn(in StepContext s)
    {
        probe.ShowWhole(Name, Quantity.Gradients, gradient);
        rule.Learn(s);
        quantizer.Learned(PartOf(Stored));
        if (isSplit) share!.Learned();
        if (rule.Update is { } update) probe.ShowWhole(Name, Quantity.Updates, OnGrid(update), StoredRange, rule.Statistic);
        probe.ShowWhole(Name, Quantity.UpdatedWeights, OnGrid(Stored), StoredRange, cut: rule.Cut);
    }

    /// <summary>See <see cref="ParameterRule.RequireRate"/> and <see cref="ParameterRule.RequireGivenRate"/>.</summary>
    public void RequireRate(Ratio eta, bool isGiven = false)
    {
        rule.RequireRate(eta);
        if (isGiven) rule.RequireGivenRate(eta);
    }

    /// <summary>Lends the stored weights, little-endian, for the time of the call.</summary>
    public void Lend(Action<ReadOnlySpan<byte>> use)
    {
        share?.Receive();
        backend.Lend(Stored, use);
    }

    /// <summary>A copy of the stored weights, little-endian.</summary>
    public byte[] Save()
    {
        byte[] copy = [];
        Lend(bytes => copy = bytes.ToArray());
        return copy;
    }

    /// <summary>
    /// Replaces the stored weights by these little-endian bytes. What their quantizer takes of first weights it takes of these; a checkpoint's states
    /// follow its weights.
    /// </summary>
    /// <exception cref="WageException">The length is not that of the stored weights, or a value is not one of k_G bits; nothing is
    /// changed.</exception>
    public void Load(ReadOnlySpan<byte> bytes)
    {
        RequireStorable(bytes);
        share?.Receive();
        backend.UploadBytes(bytes, Stored);
        quantizer.Start(Stored);
        HasValues = true;
    }

    /// <summary>Checks bytes that <see cref="Load"/> is to take.</summary>
    /// <exception cref="WageException">The length is not that of the stored weights, or a value is not one of k_G bits.</exception>
    public void RequireStorable(ReadOnlySpan<byte> bytes)
    {
        var length = Stored.Length * Stored.Type.Size();
        if (bytes.Length != length)
            throw new WageException($"{Name}: {bytes.Length} bytes of weights were given, the model has {length}.");
        switch (Stored.Type)
        {
            case ElementType.Int8: RequireInRange(MemoryMarshal.Cast<byte, sbyte>(bytes)); break;
            case ElementType.Int16: RequireInRange(MemoryMarshal.Cast<byte, short>(bytes)); break;
            case ElementType.Int32: RequireInRange(MemoryMarshal.Cast<byte, int>(bytes)); break;
            case ElementType.Int64: RequireInRange(MemoryMarshal.Cast<byte, long>(bytes)); break;
            default: throw new NotSupportedException($"{Name}: stored weights of type {Stored.Type}");
        }
    }

    private void RequireInRange<T>(ReadOnlySpan<T> weights)
        where T : unmanaged, IBinaryInteger<T>
    {
        var limit = StoredRange.Limit;
        for (var i = 0; i < weights.Length; i++)
        {
            var weight = long.CreateChecked(weights[i]);
            if (weight < -limit || weight > limit)
                throw new WageException($"{Name}: stored weight {i} is {weight}, but must be from -{limit} to {limit}.");
        }
    }

    /// <summary>Gives the gradient its accumulators, when a layer's backward build has proved their bound.</summary>
    /// <param name="type">Of the accumulators.</param>
    /// <param name="bound">The greatest magnitude, of the whole batch.</param>
    /// <param name="ofSlice">The same of the longest slice of the batch that a worker has; null: that of the batch.</param>
    public void AllocateGradient(ElementType type, long bound, long? ofSlice = null)
    {
        gradient = new Signal(context.Allocate(MemoryKind.Gradients, type, Stored.Shape), 0);
        (GradientBound, SliceBound) = (bound, ofSlice ?? bound);
    }

    /// <summary>
    /// Says what the gradient's unit is, for observers: the product of the unit of the errors, with its exponent, and of the activations.
    /// </summary>
    public void SetGradientUnit(int fractionBits, Tensor? exponent) =>
        gradient = gradient with { FractionBits = fractionBits, Exponent = exponent };

    private Signal OnGrid(Tensor weights) => new(weights, StoredRange.FractionBits);
}

/// <summary>What a parameter is.</summary>
public enum ParameterKind
{
    /// <summary>The weights of a product.</summary>
    Weights,

    /// <summary>What is added to the sums of each output feature.</summary>
    Bias,

    /// <summary>What scales each channel of a batch norm.</summary>
    Scale,

    /// <summary>What shifts it.</summary>
    Offset,
}

/// <summary>A parameter of one number for each column of a tensor.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Grid">How it is used.</param>
/// <param name="Stored">How it is stored.</param>
/// <param name="First">What it begins with.</param>
internal sealed record ColumnForm(ParameterKind Kind, IQuantizer Grid, QuantizedRange Stored, long First = 0);
