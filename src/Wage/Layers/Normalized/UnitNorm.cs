using System.Numerics;
using Wage.Backends;
using Wage.Models;
using Wage.Numbers;
using Wage.Observation;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>
/// A product and its batch norm in the scheme integer-sgd: y = round(sums / 2^s) of 16 bits, xhat by the batch's mean and variance,
/// z = gamma xhat + beta, to which a shortcut may be added. Nothing of xhat is kept: the way back makes it of y again.
/// </summary>
internal sealed class UnitNorm
{
    /// <summary>Of z, gamma and beta.</summary>
    public const int FractionBits = NormalInitializer.FractionBits;

    private const int GammaLimit = (1 << 26) - 1, BetaLimit = (1 << 29) - 1;
    private const int MostStart = 1 << 29, AloneBits = 6;
    private const int MostPositions = 1 << 24;

    private readonly IBackend backend;
    private readonly StepProbe probe;
    private readonly UnitProduct product;
    private readonly UnitOptions options;
    private readonly string name;
    private readonly Parameter gamma;
    private readonly Parameter beta;
    private readonly long positions;
    private readonly int channels;
    private readonly Tensor y;
    private readonly Tensor constants;
    private readonly Tensor noShortcut;
    private readonly UnitStatistics statistics;
    private readonly UnitScale scale;
    private readonly Tensor folded;
    private DelayedExponent? errorSite;
    private Tensor? errorConstants;
    private Tensor? errorSums;
    private Tensor? errorExponent;
    private Tensor? errors;
    private int errorGuard;

    /// <summary>Builds the product and the norm behind it.</summary>
    public UnitNorm(BuildContext context, ProductLayer layer, BatchNorm norm, in SignalSpec input, Scheme network)
    {
        (backend, probe) = (context.Backend, context.Probe);
        var scheme = context.SchemeOf(layer, layer.NamePrefix);
        options = scheme.Units!;
        if (layer.Bias)
            throw new WageException(
                $"{context.NextName(layer.NamePrefix)}: has a bias, which the batch norm behind it takes away again.", "leave the bias away.");
        product = new UnitProduct(context, layer, input, scheme);
        name = context.NextName(norm.Prefix);
        norm.Begin(name);
        var shape = product.OutputShape;
        channels = shape[shape.Rank - 1];
        positions = context.Slice.OfBatch(shape.Length / channels);
        if (positions is < 2 or > MostPositions)
            throw new WageException($"{name}: a batch gives each channel {positions} values, but must give from 2 to {MostPositions}.",
                positions < 2 ? "take a greater batch." : "take a smaller batch or smaller images.");
        var range = new QuantizedRange(ElementType.Int32, NormalInitializer.FractionBits, GammaLimit);
        var scales = new ColumnForm(
            ParameterKind.Scale, new BiasGrid($"{name}.gamma", range, range.FractionBits), range, 1L << range.FractionBits);
        gamma = context.AddColumns(network, $"{name}.gamma", channels, 1, scales);
        range = range with { Limit = BetaLimit };
        var shifts = new ColumnForm(ParameterKind.Offset, new BiasGrid($"{name}.beta", range, range.FractionBits), range);
        beta = context.AddColumns(network, $"{name}.beta", channels, 1, shifts);
        context.AddRow(name, norm.Words, shape).Parameters = 2L * channels;
        product.Row.HasBias = false;
        gamma.IsFrozen = beta.IsFrozen = norm.IsFrozen;
        y = context.AllocateOutput(ElementType.Int16, shape);
        constants = Columns(context, ElementType.Int32, NormalizationRow.Forward);
        noShortcut = context.Constant<long>(MemoryKind.Activations, [-NormalInitializer.FractionBits]);
        statistics = UnitStatistics.Of(context, norm, product, options, positions);
        scale = new UnitScale(context, channels);
        folded = context.Allocate(MemoryKind.Weights, ElementType.Int8, product.Weights.Shape);
    }

    /// <summary>The product's name.</summary>
    public string Name => product.Name;

    /// <summary>The shape of y.</summary>
    public Shape Shape => product.OutputShape;

    /// <summary>y and its statistics; then <see cref="End{S}"/> may run.</summary>
    /// <param name="x">The input.</param>
    /// <param name="shortcut">The exponent of what is added; null: nothing is.</param>
    /// <param name="s">The step.</param>
    public void Forward(in Signal x, Tensor? shortcut, in StepContext s)
    {
        product.Begin(x);
        statistics.Make(product, y, s);
        probe.Show(Name, Quantity.Accumulators, new Signal(y, 0, statistics.Exponent), drift: probe.IsObserved ? statistics.Drift : null);
        statistics.Write(y, (gamma.Value, beta.Value, shortcut ?? noShortcut), constants, s);
    }

    /// <summary>See <see cref="UnitStatistics.Beyond"/>.</summary>
    public long? Beyond => statistics.Beyond;

    /// <summary>What becomes of z, or of its rectified form.</summary>
    public void End<S>(Tensor? shortcut, in BatchNormForward function, in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage =>
        backend.MapColumns(y, shortcut, constants, 1, function, stage, t);

    /// <summary>The way back is built.</summary>
    public SignalSpec BuildBackward(BuildContext context, in SignalSpec error, bool needsError)
    {
        errorGuard = BatchNormErrorConstants.MoreBitsOf(error.Bound);
        var limit = BitWidths.Limit(options.ErrorBits);
        var index = context.NextIndex();
        errorSite = new DelayedExponent(
            context, new TensorSite(TensorRole.Errors, name, index, Shape, 0), limit, 0, options.ErrorRange == RangeEstimator.Current);
        context.Note($"{name}.E", errorSite);
        errorConstants = Columns(context, ElementType.Int32, NormalizationRow.Backward);
        errorExponent = context.AllocateExponent();
        context.Share(MemoryLife.BlockErrors, ElementType.Int8, Shape, tensor => errors = tensor);
        if (!gamma.IsFrozen) BuildGradients(context, error);
        return product.BuildBackward(new SignalSpec(Shape, ElementType.Int8, 0, limit), needsError);
    }

    private void BuildGradients(BuildContext context, in SignalSpec error)
    {
        errorSums = Columns(context, ElementType.Int64, 2);
        context.Sums.Add(errorSums);
        var bound = (long)new AccumulatorBound(positions, error.Bound, short.MaxValue).Value;
        foreach (var parameter in (Parameter[])[gamma, beta])
        {
            parameter.AllocateGradient(ElementType.Int64, bound);
            parameter.IsSummed = true;
        }
    }

    /// <summary>The gradients, and the sums of the error of the input for this error of z.</summary>
    /// <param name="e">The error of z.</param>
    /// <param name="end">Where the error of the input ends, if anywhere: in that of the activations before, say.</param>
    /// <param name="s">The step.</param>
    public Signal Backward(in Signal e, IErrorEnd? end, in StepContext s)
    {
        if (errorSums is not null) MakeGradients(e, errorSums, s);
        backend.EachColumn(
            [statistics.Through(errorSums), constants, e.Exponent!, statistics.Exponent], new BatchNormErrorConstants(positions, errorGuard),
            channels, errorConstants!, errorExponent!);
        var limit = BitWidths.Limit(options.ErrorBits);
        do
        {
            var t = errorSite!.Begin(errors!, errorExponent!, s);
            backend.MapColumns(e.Values, y, errorConstants!, 1, new BatchNormBackward(errorGuard), new UnitStage(limit, 1), t);
        }
        while (errorSite.Repeats(errorExponent!, s));
        return product.Backward(new Signal(errors!, 0, errorSite.Exponent), end, s, probe.IsObserved ? errorSite.Drift : null);
    }

    private void MakeGradients(in Signal e, Tensor errorSums, in StepContext s)
    {
        backend.ReduceColumns(e.Values, y, constants, 1, default(BatchNormErrorSums), errorSums);
        s.Workers?.Sum(errorSums);
        backend.EachColumn([errorSums], default(SplitRows), channels, beta.Gradient, gamma.Gradient);
        beta.SetGradientUnit(0, e.Exponent);
        gamma.SetGradientUnit(12, e.Exponent);
    }

    /// <summary>
    /// Brings the scales of an evaluation up to date, by the running statistics: z = sums 2^x gamma / deviation + beta - mean gamma / deviation.
    /// Where gamma is negative, the filter's weights are; where it is so small that the rest is no start of 32 bits, the filter gives the rest alone.
    /// </summary>
    /// <param name="exponent">The input's.</param>
    /// <param name="output">That of z, or of the codes.</param>
    /// <param name="isWide">True where z has 32 bits.</param>
    public void Prepare(long exponent, long output, bool isWide)
    {
        var x = exponent + backend.ReadScalar(product.Weights.Exponent!);
        var (weights, running) = ((HostTensor<sbyte>)backend.Read(product.Weights.Value), (HostTensor<long>)backend.Read(statistics.Running));
        var (gammas, betas) = ((HostTensor<int>)backend.Read(gamma.Value), (HostTensor<int>)backend.Read(beta.Value));
        var most = Math.Min(MostStart, product.MostStart);
        for (var c = 0; c < channels; c++)
        {
            var g = gammas.Span[c];
            var filter = weights.Span.Slice(c * product.Geometry.FanIn, product.Geometry.FanIn);
            var deviation = IntegerMath.SquareRoot((BigInteger)Math.Max(running.Span[channels + c], 1) << 40);     // in units of 2^-32
            if (g < 0) foreach (ref var w in filter) w = (sbyte)-w;

            // (beta deviation / gamma - mean) 2^-x of sums, beta, gamma and mean in units of 2^-24
            var numerator = (betas.Span[c] * deviation) - ((BigInteger)running.Span[c] * g << 8);
            var start = g == 0 ? 0 : UnitScale.Scaled(numerator, Math.Abs((long)g), (int)Math.Clamp(-32 - x, -1000, 1000));
            var isAlone = g == 0 || BigInteger.Abs(start) > most;
            if (isAlone)
            {
                filter.Clear();
                var constant = UnitScale.Scaled(numerator, deviation, (int)Math.Clamp(AloneBits - FractionBits - output, -1000, 1000));
                scale.Set(c, constant, BigInteger.One, BigInteger.One, -AloneBits);
            }
            else
            {
                scale.Set(c, start, Math.Abs((long)g), deviation, x + 8 - output);
            }
        }

        scale.Add(product.ZeroPointSums(weights.Span));
        if (isWide) scale.Hold(product.Reach(weights.Span), together: false);
        scale.Write();
        backend.Upload<sbyte>(weights.Span, folded);
    }

    /// <summary>See <see cref="Layer.Emit"/>.</summary>
    public int Emit(PlanBuilder plan, int input, FusedStage stage, in SignalSpec output) =>
        product.Emit(plan, input, folded, scale, stage, output);

    private Tensor Columns(BuildContext context, ElementType type, int rows) => context.Allocate(MemoryKind.Scratch, type, new Shape(rows, channels));
}
