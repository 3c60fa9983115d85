using Wage.Backends;
using Wage.Layers;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Quantization;

/// <summary>
/// Q_E with its window moved down: e = Q(gamma delta / Shift(max|delta|), k_E), so that errors above Shift(max|delta|) / gamma saturate and log2
/// gamma
/// more of the small bits are kept. WAGE section 4.3 and Table 2 use it to ask which errors training needs: gamma = 1 is <see cref="ShiftErrors"/>.
/// </summary>
public sealed class WindowedErrors : IQuantizer
{
    private const int MostBits = 16;
    private readonly int bits;
    private readonly int log2Gamma;
    private readonly Rounding rounding;

    /// <summary>The window of these bits.</summary>
    /// <param name="bits">k_E, 2..8.</param>
    /// <param name="log2Gamma">log2 of gamma, at least 1; bits + log2Gamma is at most 16.</param>
    /// <param name="rounding">How the bits below the window are dropped.</param>
    /// <exception cref="WageException">The bits are beyond these ranges.</exception>
    public WindowedErrors(int bits, int log2Gamma, Rounding rounding)
    {
        if (bits is < 2 or > 8 || log2Gamma < 1 || bits + log2Gamma > MostBits)
        {
            throw new WageException(
                $"{Term.Option("errorWindow")}: is {1L << log2Gamma} with kE = {bits}, but a moved window takes kE from 2 to 8.",
                    $"set {Term.Option("kE")} to 8, or {Term.Option("errorWindow")} to 1.");
        }

        (this.bits, this.log2Gamma, this.rounding) = (bits, log2Gamma, rounding);
        Range = new QuantizedRange(ElementTypes.ForBits(bits), 0, BitWidths.Limit(bits));
    }

    /// <inheritdoc/>
    public QuantizedRange Range { get; }

    /// <inheritdoc/>
    public TensorQuantizer For(in TensorSite site, BuildContext context)
    {
        var wide = context.Allocate(MemoryKind.Errors, ElementTypes.ForBits(bits + log2Gamma), site.Shape);
        var maximum = context.Allocate(MemoryKind.Errors, ElementType.Int64, new Shape(1));
        var stage = FusedStage.Of(new ErrorStage(bits + log2Gamma, rounding));
        var inner = new StageQuantizer(context.Backend, TensorRole.Errors, site.Index, stage, stage, maximum);
        return new Quantizer(context.Backend, inner, wide, Range.Limit);
    }

    /// <summary>delta to k_E + log2 gamma bits, whose unit is that of the moved window, and then the saturation at its end.</summary>
    private sealed class Quantizer(IBackend backend, StageQuantizer inner, Tensor wide, int limit) : TensorQuantizer
    {
        public override int? RoundingIndex => inner.RoundingIndex;

        public override void Measure(Tensor x, Tensor? gate, int gateBits, in StepContext s) => inner.Measure(x, gate, gateBits, s);

        public override void Apply(Tensor x, in StageTensors t, in StepContext s)
        {
            inner.Apply(x, t with { Output = wide }, s);
            backend.Quantize(wide, 0, limit, Rounding.HalfEven, t.Output);
        }
    }
}
