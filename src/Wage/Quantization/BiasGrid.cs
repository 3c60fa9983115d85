using System.Globalization;
using Wage.Layers;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Quantization;

/// <summary>
/// A stored bias b of g fraction bits in the unit of the accumulators, of f fraction bits, to which it is added: b_q = b 2^(f - g), exact where
/// f >= g, as with every usual bit width, else rounded half to even. Nothing multiplies a bias, so that it needs none of the weights' few bits.
/// </summary>
internal sealed class BiasGrid : IQuantizer
{
    private readonly ShiftStage stage;

    /// <summary>The grid of a layer's bias.</summary>
    /// <param name="owner">"conv1.bias", for the message.</param>
    /// <param name="stored">How it is stored.</param>
    /// <param name="fractionBits">f.</param>
    /// <exception cref="WageException">It would not fit 32 bits.</exception>
    public BiasGrid(string owner, QuantizedRange stored, int fractionBits)
    {
        var dropped = stored.FractionBits - fractionBits;
        var limit = FixedPoint.Round(stored.Limit, dropped, Rounding.HalfEven);
        if (limit > int.MaxValue)
            throw new WageException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{owner}: a stored bias of up to {stored.Limit} is shifted by {-dropped} bits, which int32 ({int.MaxValue}) cannot hold."),
                "take smaller bit widths.");
        (stage, Range) = (new ShiftStage(dropped, (int)limit, Rounding.HalfEven), new QuantizedRange(ElementType.Int32, fractionBits, (int)limit));
    }

    /// <inheritdoc/>
    public QuantizedRange Range { get; }

    /// <inheritdoc/>
    public TensorQuantizer For(in TensorSite site, BuildContext context)
    {
        var fused = FusedStage.Of(stage);
        return new StageQuantizer(context.Backend, site.Role, site.Index, fused, fused);
    }
}
