using Wage.Backends;
using Wage.Layers;
using Wage.Numbers;
using Wage.Observation;
using Wage.Schemes;
using Wage.Tensors;

namespace Wage.Quantization;

/// <summary>
/// The unit 2^e of one tensor that is quantized in every step (a site). In hindsight it keeps E = x + s(max |v|) + headroom, x the exponent of the
/// sums v of the last step, s the least shift at which their maximum, taken before saturation, fits; a step drops clamp(E - x, 0, 30) bits. E is
/// absolute: a kept shift would follow the exponents of the sites before it a step late. A step whose sums are all 0 says nothing of a unit and
/// leaves E as it is. Where nothing is kept yet, or nothing is to be kept, the pass runs twice, the first time for the maximum; so do those of errors
/// in the first steps of a network whose weights begin as zeros.
/// </summary>
internal sealed class DelayedExponent : IStateful, IRounded
{
    /// <summary>What a site keeps that saw no step.</summary>
    public const long Unknown = long.MinValue;

    /// <summary>The first steps of a network with zeros: errors come through them a layer a step at most.</summary>
    private const uint FirstSteps = 16;

    private readonly IBackend backend;
    private readonly StepProbe probe;
    private readonly uint ownSteps;
    private readonly int limit;
    private readonly int headroom;
    private readonly bool isCurrent;
    private readonly int least;
    private readonly Tensor kept;
    private readonly Tensor left;
    private readonly Tensor maximum;
    private readonly uint stream;
    private bool isKnown;
    private bool measures;
    private bool isFound;

    /// <summary>A site that saw no step.</summary>
    /// <param name="context">Where its tensors live.</param>
    /// <param name="site">Which one, for checkpoints, and the stream of its random bits.</param>
    /// <param name="limit">The greatest magnitude that is stored.</param>
    /// <param name="headroom">Bits more, for a next step whose sums are greater.</param>
    /// <param name="isCurrent">True: each step takes its own maximum.</param>
    /// <param name="least">The least exponent of what is stored.</param>
    public DelayedExponent(BuildContext context, in TensorSite site, int limit, int headroom, bool isCurrent, int least = UnitShift.NoLeast)
    {
        (backend, probe, this.limit, this.headroom, this.isCurrent) = (context.Backend, context.Probe, limit, headroom, isCurrent);
        this.least = least;
        var zeros = context.Parameters.Any(parameter => parameter.Initializer is StoredInitializer { IsOfZeros: true });
        ownSteps = zeros && site.Role == TensorRole.Errors ? FirstSteps : 0;
        var kind = site.Role == TensorRole.Errors ? MemoryKind.Errors : MemoryKind.Activations;
        (RoundingIndex, stream) = (site.Index, RandomStream.Rounding(site.Role, site.Index));
        kept = context.Constant<long>(kind, [Unknown]);
        left = context.Constant<long>(kind, [FittingExponent.None]);
        (Shift, Exponent) = (context.Allocate(kind, ElementType.Int64, new Shape(1)), context.Allocate(kind, ElementType.Int64, new Shape(1)));
        Statistic = context.Allocate(kind, ElementType.Int64, new Shape(3));
        maximum = Statistic.First(new Shape(1))!;
    }

    /// <inheritdoc/>
    public int? RoundingIndex { get; }

    /// <summary>The bits that a pass drops, Int64 [1].</summary>
    public Tensor Shift { get; }

    /// <summary>The exponent of what it stores, Int64 [1].</summary>
    public Tensor Exponent { get; }

    /// <summary>See <see cref="StageTensors.Statistic"/>.</summary>
    public Tensor Statistic { get; }

    /// <inheritdoc/>
    public IEnumerable<NamedState> States =>
        [new NamedState("exponent", kept, RequireKept) { First = [Unknown], Evaluated = IsOfCodes ? LayerParts.Activations : null }];

    /// <summary>True of the codes of activations, whose exponent evaluations take; steps alone take that of sums and of errors.</summary>
    public bool IsOfCodes { get; init; }

    /// <summary>What the next evaluation takes: the kept exponent, or this one where no step has left any.</summary>
    public long Frozen(long otherwise)
    {
        var known = backend.ReadScalar(kept);
        return known == Unknown ? otherwise : known;
    }

    /// <summary>How much greater the exponent is that a step has kept for the next one, read from the device; null: each has its own.</summary>
    public long? Drift => isCurrent ? null
        : backend.ReadScalar(left) is var next && next != FittingExponent.None ? next - backend.ReadScalar(Exponent) : 0;

    /// <summary>The tensors of the pass's stage.</summary>
    /// <param name="output">Written by the pass.</param>
    /// <param name="sums">The exponent of what it reads, Int64 [1].</param>
    /// <param name="s">The step.</param>
    public StageTensors Begin(Tensor output, Tensor sums, in StepContext s)
    {
        if (!isFound)
        {
            measures = isCurrent || s.Step < ownSteps || !IsKnown;
            if (measures) backend.Clear(Shift);
            else backend.Combine(kept, sums, new KeptShift(least), Shift);
        }

        isFound = false;
        return new StageTensors(output)
        {
            Range = Shift,
            ExponentIn = sums,
            Exponent = Exponent,
            Statistic = probe.IsObserved ? Statistic : maximum,
            StatisticLimit = limit,
            Key = new RandomKey(s.Seed, stream, s.Step),
            FirstRandom = (long)s.FirstImage * output.Shape.Stride,
        };
    }

    /// <summary>True when the pass has to run once more, with the shift that its first run has found.</summary>
    /// <param name="sums">As given to <see cref="Begin"/>.</param>
    /// <param name="s">The step.</param>
    public bool Repeats(Tensor sums, in StepContext s)
    {
        if (measures)
        {
            s.Workers?.Max(maximum);
            (measures, isFound) = (false, true);
            backend.Combine(sums, maximum, new FittingShift(limit, least), Shift);
            return true;
        }

        if (s.Phase != Phase.Training) return false;
        backend.Combine(sums, maximum, new FittingExponent(limit, headroom, least), left);
        if (probe.IsObserved) s.Workers?.Max(left);             // who looks sees the drift of all
        return false;
    }

    /// <summary>A training step is over, and all workers have met: the next one takes what it has left, if anything.</summary>
    public void Advance() => backend.Combine(left, kept, default(LatestExponent), kept);

    /// <summary>
    /// What a step of this worker's images leaves for the next one: of all workers the greatest, for it grows with the maximum of which it is made.
    /// </summary>
    public Tensor Left => left;

    /// <summary>The maxima that workers exchange in a step: what it leaves, and of a site that keeps nothing its own before.</summary>
    public int Maxima => isCurrent ? 2 : 1;

    /// <summary>True where a step takes what the steps before it left.</summary>
    public bool IsInHindsight => !isCurrent;

    private bool IsKnown => isKnown = isKnown || backend.ReadScalar(kept) != Unknown;

    /// <summary>A file is not trusted: of exponents far off, sums of them would leave 64 bits.</summary>
    /// <exception cref="WageException">It is none that a step leaves.</exception>
    private void RequireKept()
    {
        isKnown = false;
        const long Most = 1 << 20;
        if (backend.ReadScalar(kept) is var exponent and not Unknown and (< -Most or > Most))
            throw new WageException(
                $"checkpoint: holds an exponent of {exponent}, but exponents are from -{Most} to {Most}.", "take another checkpoint.");
    }
}
