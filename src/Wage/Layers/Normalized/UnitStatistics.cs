using Wage.Backends;
using Wage.Models;
using Wage.Observation;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>
/// Where a batch norm of the scheme integer-sgd has the mean and the variance of y from, and y its unit: of the batch; frozen, of what has run
/// before; with Fixup, 0 and 1 for good.
/// </summary>
internal abstract class UnitStatistics
{
    /// <summary>For a batch norm of the outputs of a product.</summary>
    private protected UnitStatistics(BuildContext context, int channels)
    {
        (Backend, Probe, Channels) = (context.Backend, context.Probe, channels);
        First = [.. Enumerable.Range(0, 2 * channels).Select(i => i < channels ? 0L : 1L << NormalInitializer.FractionBits)];
        Running = context.Constant<long>(MemoryKind.Weights, First).Reshape(new Shape(2, channels));
        Moments = Columns(context);
    }

    /// <summary>The mean and the variance that an evaluation takes, Int64 [2, C], units of 2^-24.</summary>
    public Tensor Running { get; }

    /// <summary>The exponent of y.</summary>
    public abstract Tensor Exponent { get; }

    /// <summary>See <see cref="DelayedExponent.Drift"/>; null where y's unit is known.</summary>
    public virtual long? Drift => null;

    /// <summary>Of an observed step, with Fixup, the sums that saturate, and of a frozen batch norm the xhat that do; else null.</summary>
    public virtual long? Beyond => null;

    private protected IBackend Backend { get; }

    private protected StepProbe Probe { get; }

    private protected int Channels { get; }

    private protected long[] First { get; }

    /// <summary>mean and v of the last step, see <see cref="BatchNormConstants"/>.</summary>
    private protected Tensor Moments { get; }

    /// <summary>Those of a batch norm.</summary>
    /// <param name="context">Where their tensors live.</param>
    /// <param name="norm">It has a name already.</param>
    /// <param name="product">What makes y.</param>
    /// <param name="options">Of the product's scheme.</param>
    /// <param name="positions">M, of the whole batch.</param>
    public static UnitStatistics Of(BuildContext context, BatchNorm norm, UnitProduct product, UnitOptions options, long positions) =>
        ((BatchNormSpec)norm.Spec).IsFixup ? new FixedStatistics(context, product)
        : norm.IsFrozen ? new RunStatistics(context, norm, product, options)
        : new BatchStatistics(context, norm, product, options, positions);

    /// <summary>y of the sums of a product.</summary>
    public abstract void Make(UnitProduct product, Tensor y, in StepContext s);

    /// <summary>The constants of the way forward.</summary>
    /// <param name="y">As <see cref="Make"/> has left it.</param>
    /// <param name="others">gamma, beta and the shortcut's exponent.</param>
    /// <param name="constants">Written.</param>
    /// <param name="s">The step.</param>
    public abstract void Write(Tensor y, (Tensor Gamma, Tensor Beta, Tensor Shortcut) others, Tensor constants, in StepContext s);

    /// <summary>S1 and S2 of what an error loses because y moves its own mean and variance.</summary>
    /// <param name="sums">Of D and D xhat; null where nobody has made them.</param>
    public abstract Tensor Through(Tensor? sums);

    /// <summary>The constants by what runs, as in an evaluation.</summary>
    private protected void WriteRun((Tensor Gamma, Tensor Beta, Tensor Shortcut) others, Tensor constants)
    {
        Backend.EachColumn([Running, Exponent], default(RunMoments), Channels, Moments);
        Backend.EachColumn([Moments, others.Gamma, others.Beta, others.Shortcut], default(KnownConstants), Channels, constants, Moments);
    }

    private protected Tensor Columns(BuildContext context) => context.Allocate(MemoryKind.Scratch, ElementType.Int64, new Shape(2, Channels));

    private protected static int ChannelsOf(UnitProduct product) => product.OutputShape[product.OutputShape.Rank - 1];
}

/// <summary>y in a unit that follows it, and what runs from step to step, as checkpoints keep it.</summary>
internal abstract class FollowingStatistics : UnitStatistics, IStateful
{
    private readonly DelayedExponent site;
    private readonly string name;

    private protected FollowingStatistics(BuildContext context, BatchNorm norm, UnitProduct product, UnitOptions options)
        : base(context, ChannelsOf(product))
    {
        name = norm.Name;
        var place = new TensorSite(TensorRole.Activations, product.Name, context.NextIndex(), product.OutputShape, 0);
        site = new DelayedExponent(context, place, short.MaxValue, 1, options.ActivationRange == RangeEstimator.Current);
        context.Note($"{product.Name}.Y", site);
        context.Note(name, this);
    }

    /// <inheritdoc/>
    public override Tensor Exponent => site.Exponent;

    /// <inheritdoc/>
    public override long? Drift => site.Drift;

    /// <inheritdoc/>
    public IEnumerable<NamedState> States => [new NamedState("running", Running, RequireRunning) { First = First, Evaluated = LayerParts.None }];

    /// <inheritdoc/>
    public override void Make(UnitProduct product, Tensor y, in StepContext s)
    {
        do product.Run(new UnitStage(short.MaxValue, 0), site.Begin(y, product.Exponent, s) with { ColumnSums = Sums });
        while (site.Repeats(product.Exponent, s));
    }

    /// <summary>Of y and its squares, written where y is made; null where nobody reads them.</summary>
    private protected virtual Tensor? Sums => null;

    /// <summary>A file is not trusted: of statistics far off, the next step's would leave 64 bits.</summary>
    /// <exception cref="WageException">They are none that steps leave.</exception>
    private void RequireRunning()
    {
        const long Most = RunningStatistics.Most;
        var values = ((HostTensor<long>)Backend.Read(Running)).Span;
        for (var i = 0; i < values.Length; i++)
        {
            var (what, least) = i < values.Length / 2 ? ("mean", -Most) : ("variance", 0);
            if (values[i] < least || values[i] > Most)
                throw new WageException(
                    $"checkpoint: holds a running {what} of {name} of {values[i]}, but must be from {least} to {Most}.",
                    "take another checkpoint.");
        }
    }
}

/// <summary>Of the batch: exact sums, which join what runs.</summary>
internal sealed class BatchStatistics : FollowingStatistics
{
    private readonly long positions;
    private readonly Tensor sums;

    /// <summary>Of M positions.</summary>
    public BatchStatistics(BuildContext context, BatchNorm norm, UnitProduct product, UnitOptions options, long positions)
        : base(context, norm, product, options)
    {
        this.positions = positions;
        sums = Columns(context);
        context.Sums.Add(sums);
    }

    /// <inheritdoc/>
    public override void Write(Tensor y, (Tensor Gamma, Tensor Beta, Tensor Shortcut) others, Tensor constants, in StepContext s)
    {
        s.Workers?.Sum(sums);
        var formula = new BatchNormConstants(positions);
        Backend.EachColumn([sums, others.Gamma, others.Beta, others.Shortcut], formula, Channels, constants, Moments);
        if (s.Phase == Phase.Training)
            Backend.EachColumn([Moments, Exponent, Running], default(RunningStatistics), Channels, Running);
    }

    /// <inheritdoc/>
    public override Tensor Through(Tensor? sums) => sums!;

    /// <inheritdoc/>
    private protected override Tensor Sums => sums;
}

/// <summary>Of what has run before a batch norm was frozen, as in an evaluation: it does not move, and errors pass as through a scale.</summary>
internal sealed class RunStatistics(BuildContext context, BatchNorm norm, UnitProduct product, UnitOptions options)
    : FollowingStatistics(context, norm, product, options)
{
    private readonly Tensor none = context.Allocate(MemoryKind.Scratch, ElementType.Int64, new Shape(2, ChannelsOf(product)));
    private readonly Tensor counted = context.Allocate(MemoryKind.Observation, ElementType.Int64, new Shape(1, ChannelsOf(product)));
    private long? beyond;

    /// <inheritdoc/>
    public override long? Beyond => beyond;

    /// <inheritdoc/>
    public override void Write(Tensor y, (Tensor Gamma, Tensor Beta, Tensor Shortcut) others, Tensor constants, in StepContext s)
    {
        WriteRun(others, constants);
        beyond = Probe.IsObserved ? Count(y, constants, s) : null;
    }

    /// <inheritdoc/>
    public override Tensor Through(Tensor? sums) => none;

    private long Count(Tensor y, Tensor constants, in StepContext s)
    {
        Backend.ReduceColumns(y, null, constants, 1, default(BatchNormBeyond), counted);
        s.Workers?.Sum(counted);
        var all = 0L;
        foreach (var channel in ((HostTensor<long>)Backend.Read(counted)).Span) all = checked(all + channel);
        return all;
    }
}

/// <summary>Of Fixup: a mean of 0 and a variance of 1, y in units of 2^-12, so that xhat is y, and sums beyond 8 saturate.</summary>
internal sealed class FixedStatistics : UnitStatistics
{
    private const int FixedBits = 12;

    private readonly Tensor shift;
    private readonly Tensor counted;
    private readonly Tensor none;
    private long? beyond;

    /// <summary>For good.</summary>
    public FixedStatistics(BuildContext context, UnitProduct product)
        : base(context, ChannelsOf(product))
    {
        Exponent = context.Constant<long>(MemoryKind.Activations, [-FixedBits]);
        (shift, counted) = (One(MemoryKind.Activations), One(MemoryKind.Observation));
        none = Columns(context);

        Tensor One(MemoryKind kind) => context.Allocate(kind, ElementType.Int64, new Shape(1));
    }

    /// <inheritdoc/>
    public override Tensor Exponent { get; }

    /// <inheritdoc/>
    public override long? Beyond => beyond;

    /// <inheritdoc/>
    public override void Make(UnitProduct product, Tensor y, in StepContext s)
    {
        Backend.Combine(product.Exponent, product.Exponent, new LeftShift(FixedBits), shift);
        product.Run(new UnitStage(short.MaxValue, 0), new StageTensors(y) { Range = shift });
        beyond = Probe.IsObserved ? Count(y, s) : null;
    }

    /// <inheritdoc/>
    public override void Write(Tensor y, (Tensor Gamma, Tensor Beta, Tensor Shortcut) others, Tensor constants, in StepContext s) =>
        WriteRun(others, constants);

    /// <inheritdoc/>
    public override Tensor Through(Tensor? sums) => none;

    private long Count(Tensor y, in StepContext s)
    {
        Backend.Reduce(y, null, 0, new BeyondCount(1 - short.MaxValue, short.MaxValue - 1), counted);
        s.Workers?.Sum(counted);
        return Backend.ReadScalar(counted);
    }
}
