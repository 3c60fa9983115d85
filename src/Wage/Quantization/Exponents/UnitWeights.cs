using Wage.Backends;
using Wage.Layers;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Tensors;

namespace Wage.Quantization;

/// <summary>
/// Q_W with a unit of the tensor's own: w = clamp(round(W / 2^s), +-limit), ties up, exponent s - stored bits. 8 bits: s = the least shift at which
/// the greatest |W| fits. Fewer: s is chosen once, of the first weights, the least with 2^s >= share * mean |W|, and a step ends with the stored
/// weights clipped to +-limit 2^s: with a scale that moves, few bits do not learn.
/// </summary>
/// <param name="bits">2 to 8.</param>
/// <param name="storedFractionBits">Fraction bits of the stored weights.</param>
internal sealed class UnitWeights(int bits, int storedFractionBits) : IQuantizer
{
    /// <summary>Shares in units of 1/1414, by bits from 2 on: of 2 and 4 bits as they were found, between and beyond them in a line.</summary>
    private static readonly int[] Shares = [1400, 700, 420, 264, 160, 94];

    /// <inheritdoc/>
    public QuantizedRange Range { get; } = new(ElementType.Int8, 0, BitWidths.Limit(bits));

    /// <inheritdoc/>
    public TensorQuantizer For(in TensorSite site, BuildContext context) => new Quantizer(
        context, site, Range.Limit, storedFractionBits, bits == 8 ? null : new FirstScale(Shares[bits - 2], site.Shape.Length));

    private sealed class Quantizer(BuildContext context, TensorSite site, int limit, int fractionBits, FirstScale? first) : TensorQuantizer
    {
        private readonly IBackend backend = context.Backend;
        private readonly Tensor shift = context.Allocate(MemoryKind.Weights, ElementType.Int64, new Shape(1));
        private readonly Tensor measure = context.Allocate(MemoryKind.Weights, ElementType.Int64, new Shape(1));
        private readonly Tensor exponent = context.Allocate(MemoryKind.Weights, ElementType.Int64, new Shape(1));
        private readonly Tensor unit = context.Constant<long>(MemoryKind.Weights, [-fractionBits]);

        public override Tensor Exponent => exponent;

        public override IEnumerable<NamedState> States => first is null
            ? [] : [new NamedState("shift", shift, RequireShift) { Evaluated = LayerParts.Weights }];

        public override void Start(Tensor stored)
        {
            if (first is not { } rule) return;
            backend.Reduce(stored, null, 0, default(SumOfMagnitudes), measure);
            backend.Combine(measure, measure, rule, shift);
        }

        public override void Measure(Tensor x, Tensor? gate, int gateBits, in StepContext s)
        {
            if (first is not null) return;
            backend.Reduce(x, gate, gateBits, default(MaxAbs), measure);
            backend.Combine(measure, measure, new FittingShift(limit, UnitShift.NoLeast), shift);
        }

        public override void Apply(Tensor x, in StageTensors t, in StepContext s) =>
            backend.Map(x, new UnitStage(limit, 0), t with { Range = shift, ExponentIn = unit, Exponent = exponent });

        public override void Learned(Tensor stored)
        {
            if (first is not null) backend.Map(stored, new UnitClip(limit), new StageTensors(stored) { Range = shift });
        }

        /// <summary>A file is not trusted: of another shift nothing was proved.</summary>
        /// <exception cref="WageException">It is none that the first weights give.</exception>
        private void RequireShift()
        {
            if (backend.ReadScalar(shift) is var s and (< 0 or > UnitShift.Most))
                throw new WageException(
                    $"checkpoint: holds a scale of 2^{s} of {site.Name}, but must be of 2^0 to 2^{UnitShift.Most}.", "take another checkpoint.");
        }
    }
}

/// <summary>sum |x|; proved to fit by whoever takes it.</summary>
public readonly record struct SumOfMagnitudes : IStatistic
{
    /// <inheritdoc/>
    public static int Results => 1;

    /// <inheritdoc/>
    public static bool Adds => true;

    /// <inheritdoc/>
    public long Of(long x, int result) => Wrapping.Absolute(x);
}

/// <summary>x = sum |W|: the least s with 2^s * 1414 * count >= share * sum |W|, at most <see cref="UnitShift.Most"/>; y does not matter.</summary>
/// <param name="Share">In units of 1/1414.</param>
/// <param name="Count">The weights.</param>
public readonly record struct FirstScale(int Share, int Count) : IPairFunction
{
    private const int Units = 1414;

    /// <inheritdoc/>
    public long Of(long x, long y)
    {
        var mean = checked(x / Count * Share);          // |W| is below 2^31, so that this is below 2^42
        var s = 0;
        while (s < UnitShift.Most && (long)Units << s < mean) s = checked(s + 1);
        return s;
    }
}
