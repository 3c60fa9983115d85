using Wage.Backends;
using Wage.Numbers;
using Wage.Observation;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>
/// The activations that end a block of the scheme integer-sgd, and their errors. Codes a of k bits without a sign, value a 2^e, are stored as they
/// are, or, of 8 bits, less 128, so that every product of signed bytes serves; an error is rounded stochastically and passes where z > 0, before it
/// is codes.
/// </summary>
internal sealed class UnitActivations : IErrorEnd
{
    /// <summary>What a block's end is before it is made codes: in units of 2^-8, 15 bits.</summary>
    public const int FractionBits = 8;

    /// <summary>The greatest magnitude of a block's branch or shortcut in an evaluation, in units of 2^-<see cref="FractionBits"/>: 2^15.</summary>
    public const int WideLimit = (1 << 23) - 1;

    private readonly IBackend backend;
    private readonly StepProbe probe;
    private readonly UnitOptions options;
    private readonly CodeStage stage;
    private readonly Tensor mask;
    private readonly Tensor unit;
    private readonly DelayedExponent site;
    private readonly ShownCodes shown;
    private DelayedExponent? errorSite;
    private Tensor? errors;
    private Tensor? sumsExponent;

    /// <summary>Activations under the name of the layer whose sums they end.</summary>
    public UnitActivations(BuildContext context, string source, UnitOptions options, Shape shape)
    {
        (backend, probe, Source, this.options) = (context.Backend, context.Probe, source, options);
        stage = CodesOf(options);
        Codes = context.AllocateOutput(ElementType.Int8, shape);
        mask = context.Allocate(MemoryKind.Activations, ElementType.UInt8, shape);
        unit = context.Constant<long>(MemoryKind.Activations, [-FractionBits]);
        var isCurrent = options.ActivationRange == RangeEstimator.Current;
        site = new DelayedExponent(
            context, new TensorSite(TensorRole.Activations, source, context.NextIndex(), shape, FractionBits), stage.Limit, 0, isCurrent)
        {
            IsOfCodes = true,
        };
        context.Note($"{source}.A", site);
        Spec = SpecOf(stage, shape);
        shown = new ShownCodes(context, stage, options.ActivationBits, shape);
    }

    /// <summary>The codes of a scheme: of 8 bits less 128.</summary>
    public static CodeStage CodesOf(UnitOptions options) =>
        new((1 << options.ActivationBits) - 1, options.ActivationBits == 8 ? 128 : 0);

    /// <summary>What such codes are.</summary>
    public static SignalSpec SpecOf(in CodeStage stage, Shape shape) =>
        new(shape, ElementType.Int8, 0, Math.Max(stage.Limit - stage.Offset, stage.Offset)) { ZeroPoint = -stage.Offset };

    /// <summary>The exponent of the codes in an evaluation: what was kept, or, before a step, up to 4.</summary>
    public long Frozen => site.Frozen(-(options.ActivationBits - 2));

    /// <summary>The end of a product, or of a sum, in an evaluation: codes.</summary>
    public FusedStage Ending => EndingOf(stage);

    /// <summary>The end of a branch or of a shortcut in an evaluation.</summary>
    public static FusedStage Wide { get; } = UnitScale.Stage(0, -WideLimit, WideLimit);

    /// <summary>The same of any codes.</summary>
    public static FusedStage EndingOf(in CodeStage stage) => UnitScale.Stage(-stage.Offset, -stage.Offset, stage.Limit - stage.Offset);

    /// <summary>The layer.</summary>
    public string Source { get; }

    /// <summary>The stored codes.</summary>
    public Tensor Codes { get; }

    /// <summary>What they are.</summary>
    public SignalSpec Spec { get; }

    /// <summary>The codes of the last step.</summary>
    public Signal Output => new(Codes, 0, site.Exponent);

    /// <summary>Where the maxima of the codes are kept.</summary>
    public DelayedExponent Site => site;

    /// <summary>Of an observed step: the shortcuts that saturated, with Fixup sums, and behind a frozen batch norm xhat; null without any.</summary>
    public long? Cut { get; set; }

    /// <summary>The stage of a pass that makes the codes.</summary>
    public CodeStage Stage => stage;

    /// <summary>Its tensors.</summary>
    public StageTensors Begin(in StepContext s) => site.Begin(Codes, unit, s) with { Mask = mask };

    /// <summary>True when the pass has to run once more; when not, the codes are shown.</summary>
    public bool Repeats(in StepContext s)
    {
        if (site.Repeats(unit, s)) return true;
        shown.Show(Source, Codes, site, Cut);
        return false;
    }

    /// <summary>Errors of few bits, when the way back is built.</summary>
    public SignalSpec BuildErrors(BuildContext context, in SignalSpec sums, bool areCurrent)
    {
        var limit = BitWidths.Limit(options.NormErrorBits);
        var index = context.NextIndex();
        var isCurrent = areCurrent || options.ErrorRange == RangeEstimator.Current;
        errorSite = new DelayedExponent(context, new TensorSite(TensorRole.Errors, Source, index, sums.Shape, 0), limit, 0, isCurrent);
        context.Note($"{Source}.E", errorSite);
        errors = context.Allocate(MemoryKind.Errors, options.NormErrorType, sums.Shape);
        sumsExponent = context.AllocateExponent();
        return new SignalSpec(sums.Shape, options.NormErrorType, 0, limit);
    }

    /// <summary>True in hindsight, and where nobody looks at sums.</summary>
    public bool EndsSums => !probe.IsObserved && errorSite!.IsInHindsight;

    /// <inheritdoc/>
    public Signal Errors(Tensor e, Tensor weights, in ConvGeometry g, Tensor sums, Tensor exponent, in StepContext s)
    {
        do backend.ConvolveError(e, weights, g, sums.Type, ErrorStage, Begin(exponent, s));
        while (errorSite!.Repeats(exponent, s));
        return Ended;
    }

    /// <summary>The errors of the sum of an error product and another error; neither sums are stored.</summary>
    /// <param name="e">The errors behind the product.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="g">Its extents.</param>
    /// <param name="sums">Memory for its sums.</param>
    /// <param name="y">The other error.</param>
    /// <param name="sum">The bits of both.</param>
    /// <param name="shifts">How they are brought to one unit.</param>
    /// <param name="exponent">This unit's exponent.</param>
    /// <param name="s">The step.</param>
    public Signal Errors(
        Tensor e, Tensor weights, in ConvGeometry g, Tensor sums, Tensor y, in ErrorSum sum, Tensor shifts, Tensor exponent, in StepContext s)
    {
        do backend.ConvolveError(e, weights, g, sums, y, shifts, sum, ErrorStage, Begin(exponent, s));
        while (errorSite!.Repeats(exponent, s));
        return Ended;
    }

    /// <summary>D = round(sums / 2^s) where a > 0, else 0; or what ended here already.</summary>
    public Signal Errors(in Signal sums, in StepContext s)
    {
        if (ReferenceEquals(sums.Values, errors)) return sums;
        var exponent = sums.Exponent!;
        if (sums.FractionBits != 0)
        {
            backend.Combine(exponent, exponent, new ExponentOf(sums.FractionBits), sumsExponent!);
            exponent = sumsExponent!;
        }

        probe.Show(Source, Quantity.ErrorInputs, sums);
        do backend.Map(sums.Values, ErrorStage, Begin(exponent, s));
        while (errorSite!.Repeats(exponent, s));
        var drift = probe.IsObserved ? errorSite.Drift : null;
        probe.Show(Source, Quantity.Errors, Ended, new QuantizedRange(options.NormErrorType, 0, ErrorStage.Limit), errorSite.Statistic, drift);
        return Ended;
    }

    private Signal Ended => new(errors!, 0, errorSite!.Exponent);

    private UnitStage ErrorStage => new(BitWidths.Limit(options.NormErrorBits), 1);

    private StageTensors Begin(Tensor exponent, in StepContext s) => errorSite!.Begin(errors!, exponent, s) with { Gate = mask, GateBits = 1 };
}
