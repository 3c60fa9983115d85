using Wage.Backends;

namespace Wage.Diagnostics;

/// <summary>
/// The bytes that the forward pass of a product moves, every operand counted once and nothing held in a cache. Where the range of its output is known
/// before, accumulators become codes as they leave (static); else they are stored and read back once their range is known (dynamic). Fournarakis and
/// Nagel 2021, the table of memory movement:
/// static = N C W H b_a + F (C/G) KH KW b_w + N F OW OH b_a; dynamic = static + 2 N F OW OH b_acc; codes have b_a = b_w = 1 byte.
/// </summary>
/// <param name="Static">With a range of earlier steps, or a fixed one.</param>
/// <param name="Dynamic">With the range of the tensor itself.</param>
public readonly record struct LayerTraffic(long Static, long Dynamic)
{
    /// <summary>b_acc of 32-bit accumulators.</summary>
    public const int AccumulatorBytes = 4;

    /// <summary>Of a product with these extents.</summary>
    /// <param name="g">The extents; padding is not stored, so it moves nothing.</param>
    /// <param name="accumulatorBytes">b_acc.</param>
    /// <exception cref="OverflowException">The bytes leave 64 bits.</exception>
    public static LayerTraffic Of(in ConvGeometry g, int accumulatorBytes = AccumulatorBytes)
    {
        var codes = checked(g.InputLength + g.WeightLength + g.OutputLength);
        return new LayerTraffic(codes, checked(codes + (2 * g.OutputLength * accumulatorBytes)));
    }

    /// <summary>Of two layers together.</summary>
    public static LayerTraffic operator +(LayerTraffic one, LayerTraffic other) =>
        new(checked(one.Static + other.Static), checked(one.Dynamic + other.Dynamic));
}
