using Wage.Data;
using Wage.Numbers;

namespace Wage.Gpu.Kernels;

/// <summary>Arguments from any word.</summary>
internal static class Edge
{
    /// <summary>A shift, 0 to 62.</summary>
    public static int Bits(long y) => (int)Math.Min(y & 63, 62);

    /// <summary>Not negative below 2^bits, but 1 for 0.</summary>
    public static long Positive(long y, int bits) => Math.Max(y & (long.MaxValue >> (63 - bits)), 1);

    /// <summary>Not the least value, whose quotient by a magnitude no type needs.</summary>
    public static long Signed(long x) => Math.Max(x, -long.MaxValue);
}

/// <summary><see cref="Wrapping.Product"/>.</summary>
internal readonly struct ProductEdge : IEdgeFunction
{
    public static long Of(long x, long y) => unchecked((long)Wrapping.Product((uint)x, (uint)y));
}

/// <summary><see cref="Wrapping.HighProduct"/>.</summary>
internal readonly struct HighProductEdge : IEdgeFunction
{
    public static long Of(long x, long y) => unchecked((long)Wrapping.HighProduct((ulong)x, (ulong)y));
}

/// <summary><see cref="Wrapping.Add"/>.</summary>
internal readonly struct AddEdge : IEdgeFunction
{
    public static long Of(long x, long y) => unchecked(Wrapping.Add((uint)x, (uint)y));
}

/// <summary><see cref="Wrapping.Magnitude"/>.</summary>
internal readonly struct MagnitudeEdge : IEdgeFunction
{
    public static long Of(long x, long y) => unchecked((long)Wrapping.Magnitude(x));
}

/// <summary><see cref="Wrapping.Absolute"/>.</summary>
internal readonly struct AbsoluteEdge : IEdgeFunction
{
    public static long Of(long x, long y) => Wrapping.Absolute(x);
}

/// <summary><see cref="RandomBits.UInt64"/>.</summary>
internal readonly struct RandomWideEdge : IEdgeFunction
{
    public static long Of(long x, long y) => unchecked((long)RandomBits.UInt64(new RandomKey((ulong)y, (uint)x, (uint)(y >> 7)), (ulong)x));
}

/// <summary><see cref="RandomBits.UInt32"/>.</summary>
internal readonly struct RandomNarrowEdge : IEdgeFunction
{
    public static long Of(long x, long y) => unchecked(RandomBits.UInt32(new RandomKey((ulong)x, (uint)y, (uint)(x >> 9)), (ulong)y));
}

/// <summary><see cref="FixedPoint.Round"/> to the right.</summary>
internal readonly struct HalfEvenEdge : IEdgeFunction
{
    public static long Of(long x, long y) => FixedPoint.Round(x, Edge.Bits(y), Rounding.HalfEven);
}

/// <summary><see cref="FixedPoint.Round"/> to the right.</summary>
internal readonly struct HalfAwayEdge : IEdgeFunction
{
    public static long Of(long x, long y) => FixedPoint.Round(x, Edge.Bits(y), Rounding.HalfAway);
}

/// <summary><see cref="FixedPoint.Divide"/>.</summary>
internal readonly struct QuotientEdge : IEdgeFunction
{
    public static long Of(long x, long y) => FixedPoint.Divide(Edge.Signed(x), Edge.Positive(y, 62), Rounding.HalfEven);
}

/// <summary><see cref="FixedPoint.Divide"/>.</summary>
internal readonly struct QuotientAwayEdge : IEdgeFunction
{
    public static long Of(long x, long y) => FixedPoint.Divide(Edge.Signed(x), Edge.Positive(y, 62), Rounding.HalfAway);
}

/// <summary><see cref="FixedPoint.Saturate"/>.</summary>
internal readonly struct SaturatedEdge : IEdgeFunction
{
    public static long Of(long x, long y) => FixedPoint.Saturate(x, y & long.MaxValue);
}

/// <summary><see cref="FixedPoint.NearestLog2"/>.</summary>
internal readonly struct NearestLog2Edge : IEdgeFunction
{
    public static long Of(long x, long y) => FixedPoint.NearestLog2(Edge.Positive(x, 63));
}

/// <summary><see cref="StochasticRounding.Drop"/>.</summary>
internal readonly struct DroppedEdge : IEdgeFunction
{
    public static long Of(long x, long y) => StochasticRounding.Drop(x & long.MaxValue, Edge.Bits(y), unchecked((ulong)y));
}

/// <summary><see cref="StochasticRounding.Divide"/>.</summary>
internal readonly struct RandomQuotientEdge : IEdgeFunction
{
    public static long Of(long x, long y) => StochasticRounding.Divide(x & long.MaxValue, Edge.Positive(y, 63), unchecked((ulong)(x ^ y)));
}

/// <summary><see cref="LogarithmicBins.Bin"/>.</summary>
internal readonly struct BinEdge : IEdgeFunction
{
    public static long Of(long x, long y) => LogarithmicBins.Bin(x, (int)(y & 7));
}

/// <summary><see cref="IntegerSoftmax.Exponential"/>.</summary>
internal readonly struct ExponentialEdge : IEdgeFunction
{
    public static long Of(long x, long y) => IntegerSoftmax.Exponential(x & long.MaxValue, Edge.Bits(y));
}

/// <summary><see cref="IntegerSoftmax.Probability"/>.</summary>
internal readonly struct ProbabilityEdge : IEdgeFunction
{
    public static long Of(long x, long y) => IntegerSoftmax.Probability(x & ((1L << 30) - 1), Edge.Positive(y, 62));
}

/// <summary><see cref="IntegerSoftmax.NegativeLog"/>.</summary>
internal readonly struct NegativeLogEdge : IEdgeFunction
{
    public static long Of(long x, long y) => IntegerSoftmax.NegativeLog(x & long.MaxValue, Edge.Bits(y), Math.Max(Edge.Positive(y, 40), 1L << 30));
}

/// <summary><see cref="Augmentation.ShiftDown"/> and <see cref="Augmentation.ShiftRight"/>.</summary>
internal readonly struct ShiftEdge : IEdgeFunction
{
    public static long Of(long x, long y) =>
        Augmentation.ShiftDown(unchecked((ulong)x), (int)(y & 63)) + Augmentation.ShiftRight(unchecked((ulong)x), (int)(y & 63));
}

/// <summary><see cref="FixedPoint.AddSaturated"/>.</summary>
internal readonly struct SaturatedSumEdge : IEdgeFunction
{
    public static long Of(long x, long y) => FixedPoint.AddSaturated(Edge.Signed(x), Edge.Signed(y));
}
