using System.Numerics;
using Wage.Backends;
using Wage.Models;
using Wage.Numbers;
using Wage.Observation;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>What the poolings share: windows over images, and an error tensor like the input.</summary>
public abstract class PoolLayer : Layer
{
    private protected IBackend? Backend { get; private set; }

    private protected StepProbe? Probe { get; private set; }

    internal PoolGeometry Extents { get; private set; }

    private protected Tensor? Output { get; private set; }

    private protected Tensor? Error { get; private set; }

    private protected long ErrorLimit { get; private set; }

    /// <inheritdoc/>
    public override SignalSpec Build(BuildContext context, SignalSpec input)
    {
        var output = Measure(context, input);
        Output = context.AllocateOutput(output.Type, output.Shape);
        return output;
    }

    /// <summary>As <see cref="Build"/>, in a <see cref="Block"/>, which only shows what its pooling makes.</summary>
    internal SignalSpec BuildInBlock(BuildContext context, SignalSpec input)
    {
        var output = Measure(context, input);
        context.Share(MemoryLife.Pooled, output.Type, output.Shape, tensor => Output = tensor);
        return output;
    }

    /// <summary>All of <see cref="Build"/> but the output.</summary>
    private protected virtual SignalSpec Measure(BuildContext context, SignalSpec input)
    {
        (Backend, Probe) = (context.Backend, context.Probe);
        var (g, kind) = Measure(context.NextName(Prefix), input.Shape);
        context.AddRow(Name, kind, g.OutputShape).Pool = g;
        return input with { Shape = g.OutputShape, Shared = false };
    }

    /// <summary>The extents for this input, and the layer in words.</summary>
    /// <exception cref="WageException">The input does not fit.</exception>
    internal (PoolGeometry Windows, string Kind) Measure(string name, Shape input)
    {
        Name = name;
        if (input.Rank != 4)
            throw new WageException(
                $"{Name}: takes images [N,H,W,C], but its input is {input}.",
                "place it before layers that end images, such as Flatten and Dense.");
        Extents = Geometry(input);
        var g = Extents;
        if (g.WindowHeight < 1 || g.WindowWidth < 1 || g.Stride < 1)
            throw new WageException($"{Name}: window {g.WindowHeight}x{g.WindowWidth} and stride {g.Stride} must be at least 1.");
        if (g.WindowHeight > g.Height || g.WindowWidth > g.Width)
            throw new WageException(
                $"{Name}: the {g.WindowHeight}x{g.WindowWidth} window is larger than its input {input}.",
                "take a smaller window, fewer poolings before it or larger images.");
        return (g, Kind);
    }

    /// <summary>"max" or "average".</summary>
    internal string NamePrefix => Prefix;

    /// <summary>Errors that meet where windows overlap saturate at the error's own bound.</summary>
    public override SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError)
    {
        Error = context.Allocate(MemoryKind.Errors, error.Type, Extents.InputShape);
        ErrorLimit = error.Bound;
        return error with { Shape = Extents.InputShape, Shared = false };
    }

    /// <summary>The same in a block: the errors are needed until its product has used them, and no longer.</summary>
    internal SignalSpec BuildBackwardInBlock(BuildContext context, SignalSpec error)
    {
        context.Share(MemoryLife.PoolErrors, error.Type, Extents.InputShape, tensor => Error = tensor);
        ErrorLimit = error.Bound;
        return error with { Shape = Extents.InputShape, Shared = false };
    }

    /// <inheritdoc/>
    public sealed override int Emit(PlanBuilder plan, int input) =>
        plan.Add(Name, Operation(Extents with { Batch = 1 }), plan[input] with { Shape = Extents.OutputShape }, [input]);

    /// <summary>What it does without training.</summary>
    private protected abstract PlanOperation Operation(PoolGeometry windows);

    /// <summary>The prefix of the name.</summary>
    private protected abstract string Prefix { get; }

    /// <summary>The layer in words.</summary>
    private protected virtual string Kind
    {
        get
        {
            var stride = Extents.Stride == Extents.WindowHeight ? string.Empty : $", stride {Extents.Stride}";
            return $"{Extents.WindowHeight}x{Extents.WindowWidth} {Prefix} pool{stride}";
        }
    }

    /// <summary>The windows for this input.</summary>
    private protected abstract PoolGeometry Geometry(Shape input);
}

/// <summary>The maximum of each window; the error goes to the first maximum. On accumulators or activations.</summary>
/// <param name="window">Height and width of the window.</param>
/// <param name="stride">Step; default the window.</param>
public sealed class MaxPool2d(int window, int? stride = null) : PoolLayer
{
    private Tensor? position;

    /// <summary>Where the block that this pooling is in leaves the positions.</summary>
    internal Tensor Position => position ?? throw new InvalidOperationException($"{Name}: not built");

    private protected override SignalSpec Measure(BuildContext context, SignalSpec input)
    {
        var output = base.Measure(context, input);
        if (Extents.Window > byte.MaxValue)
            throw new WageException($"{Name}: a {window}x{window} window has {Extents.Window} elements; a max pool takes at most {byte.MaxValue}.");
        position = context.AllocateOutput(ElementType.UInt8, output.Shape);
        return output;
    }

    /// <inheritdoc/>
    public override Signal Forward(Signal x, in StepContext s)
    {
        Backend!.MaxPool(x.Values, Extents, Output!, position!);
        Probe!.Show(Name, Quantity.Pooled, x with { Values = Output! });
        Probe.Show(Name, Quantity.PoolPositions, position!);
        return x with { Values = Output! };
    }

    /// <inheritdoc/>
    public override Signal Backward(Signal e, in StepContext s)
    {
        Backend!.MaxPoolError(e.Values, position!, Extents, ErrorLimit, Error!);
        return e with { Values = Error! };
    }

    /// <inheritdoc/>
    public override LayerSpec Spec => new MaxPoolSpec(window, stride ?? window);

    private protected override PlanOperation Operation(PoolGeometry windows) => new MaxPoolOperation(windows);

    private protected override string Prefix => "max";

    private protected override PoolGeometry Geometry(Shape input) => new(input[0], input[1], input[2], input[3], window, window, stride ?? window);
}

/// <summary>
/// The mean of each window, sum / elements rounded (default half to even). Backward the error goes undivided
/// to every element and 1 / elements enters its unit, rounded to a power of two (exact when the elements are one).
/// </summary>
public class AveragePool2d : PoolLayer
{
    private readonly int? window;
    private readonly int? stride;

    /// <summary>Windows of window x window every stride (default the window).</summary>
    public AveragePool2d(int window, int? stride = null, Rounding rounding = Rounding.HalfEven) =>
        (this.window, this.stride, Rounding) = (window, stride, rounding);

    /// <summary>One window over the whole image.</summary>
    private protected AveragePool2d(Rounding rounding) => Rounding = rounding;

    /// <summary>How the mean is rounded.</summary>
    public Rounding Rounding { get; }

    /// <summary>round(log2 of the elements of a window), once built: by so many bits the error's unit is finer on the way back.</summary>
    public int UnitBits => BitOperations.IsPow2(Extents.Window) ? BitOperations.Log2((uint)Extents.Window) : FixedPoint.RoundedLog2(Extents.Window);

    private protected override SignalSpec Measure(BuildContext context, SignalSpec input)
    {
        var output = base.Measure(context, input);
        if (Rounding is not (Rounding.HalfEven or Rounding.HalfAway))
            throw new WageException($"{Name}: rounding is {Rounding}, but a mean's ties go half to even or half away.");
        new AccumulatorBound(Extents.Window, input.Bound, 1).Choose($"{Name} sum", AccumulatorWidth.Auto);
        return output;
    }

    /// <inheritdoc/>
    public override SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError)
    {
        var spec = base.BuildBackward(context, error, needsError);
        return spec with { FractionBits = spec.FractionBits + UnitBits };
    }

    /// <inheritdoc/>
    public override Signal Forward(Signal x, in StepContext s)
    {
        Backend!.AveragePool(x.Values, Extents, Rounding, Output!);
        Probe!.Show(Name, Quantity.Pooled, x with { Values = Output! });
        return x with { Values = Output! };
    }

    /// <inheritdoc/>
    public override Signal Backward(Signal e, in StepContext s)
    {
        Backend!.AveragePoolError(e.Values, Extents, ErrorLimit, Error!);
        return e with { Values = Error!, FractionBits = e.FractionBits + UnitBits };
    }

    /// <inheritdoc/>
    public override LayerSpec Spec => window is { } side ? new AveragePoolSpec(side, stride ?? side, Rounding) : new GlobalAveragePoolSpec(Rounding);

    private protected override PlanOperation Operation(PoolGeometry windows) => new AveragePoolOperation(windows, Rounding);

    private protected override string Prefix => "average";

    private protected override string Kind => base.Kind + RoundingText;

    /// <summary>Said where it is not the default: checkpoints tell layers by it.</summary>
    private protected string RoundingText => Rounding == Rounding.HalfEven ? string.Empty : ", half away";

    private protected override PoolGeometry Geometry(Shape input) => window is { } side
        ? new PoolGeometry(input[0], input[1], input[2], input[3], side, side, stride ?? side)
        : new PoolGeometry(input[0], input[1], input[2], input[3], input[1], input[2], input[1]);
}

/// <summary>The mean of every channel over the whole image: [N,H,W,C] to [N,1,1,C].</summary>
public sealed class GlobalAveragePool(Rounding rounding = Rounding.HalfEven) : AveragePool2d(rounding)
{
    private protected override string Kind => "global average pool" + RoundingText;
}
