using System.Numerics;
using System.Runtime.CompilerServices;
using Wage.Backends.Host;
using Wage.Numbers;
using Wage.Simulation.Conversion;
using Wage.Simulation.Products;
using Wage.Simulation.Quantization;

namespace Wage.Simulation.Ranges;

/// <summary>
/// Values replaced by those of their codes, and counted: x -> S (clamp(floor(x / S + u) + Z) - Z) in doubles, rounded to float32 once; u = 1/2 gives
/// the nearest code, u uniform in [0, 1) the code below or above with the probabilities that make x of them in the mean. Each value on its own, so
/// that neither lanes nor threads change a bit; NaN stays, so that it is found.
/// </summary>
/// <param name="engine">Whose threads do it.</param>
/// <param name="counts">Memory: one for each of the <see cref="Parts"/> of a tensor.</param>
internal sealed unsafe class UniformCoding(FloatEngine engine, CodingCounts[] counts)
{
    private const int PartElements = 1 << 14;

    /// <summary>Elements whose random words are made at once: a call between vectors would empty the registers.</summary>
    private const int Block = 8 * PhiloxBlocks.Words;

    /// <summary>With memory of its own for tensors of so many elements.</summary>
    public UniformCoding(FloatEngine engine, int length)
        : this(engine, new CodingCounts[Parts(length)])
    {
    }

    /// <summary>The parts that so many elements are counted in.</summary>
    public static int Parts(int length) => (length + PartElements - 1) / PartElements;

    /// <summary>Every value of x by its nearest code.</summary>
    public CodingCounts Nearest(FloatTensor x, in AffineGrid grid, FloatTensor y) => Run(x, grid, y, null, 0);

    /// <summary>Every value of x by a neighbouring code, element i by u = r 2^-32 with the 32 random bits r of index first + i.</summary>
    public CodingCounts Stochastic(FloatTensor x, in AffineGrid grid, FloatTensor y, in RandomKey key, long first) => Run(x, grid, y, key, first);

    private CodingCounts Run(FloatTensor x, in AffineGrid grid, FloatTensor y, RandomKey? key, long first)
    {
        var work = new Work((nint)x.Pointer, (nint)y.Pointer, x.Span.Length, new Codes(grid, engine.Lanes > 1), key, first, counts);
        engine.Run(counts.Length, work, static (in w, part, _) => w.Counts[part] = Part(w, part));
        var sum = default(CodingCounts);
        foreach (var one in counts) sum += one;
        return sum;
    }

    private static CodingCounts Part(in Work w, int part)
    {
        var words = stackalloc uint[Block + PhiloxBlocks.Words];
        var (found, end) = (default(CodingCounts), Math.Min(w.Length, (part + 1) * PartElements));
        for (var i = part * PartElements; i < end; i += Block)
        {
            var (count, element) = (Math.Min(Block, end - i), w.First + i);
            uint* random = null;
            if (w.Key is { } key)
            {
                random = words + (element & 3);
                for (var j = 0; j < (element & 3) + count; j += PhiloxBlocks.Words) PhiloxBlocks.Fill(key, (uint)((element + j) >> 2), words + j);
            }

            found += w.Codes.Run((float*)w.X + i, count, random, (float*)w.Y + i);
        }

        return found;
    }

    private readonly record struct Work(nint X, nint Y, int Length, Codes Codes, RandomKey? Key, long First, CodingCounts[] Counts);

    /// <summary>The grid's numbers.</summary>
    private readonly struct Codes(AffineGrid grid, bool isWide)
    {
        private readonly double scale = grid.Scale, zeroPoint = grid.ZeroPoint, low = grid.Codes.Low, high = grid.Codes.High;
        private readonly (float Least, float Greatest) kept = FakeQuantization.Ends(grid, 0.5);

        /// <summary>Some values; random: their words, or null.</summary>
        public CodingCounts Run(float* x, int count, uint* random, float* y)
        {
            var i = 0;
            var (saturated, underflowed, nonzero) = (0L, 0L, 0L);
            if (isWide)
            {
                var (s, z, one, u, v) = (V(scale), V(zeroPoint), V(1), V(0.5), V(0.5));
                var (least, most, outside, lost, zeros) = (V(low), V(high), Vector<int>.Zero, Vector<int>.Zero, Vector<int>.Zero);
                var (from, to, exponent) = (new Vector<float>(kept.Least), new Vector<float>(kept.Greatest), Vector.AsVectorUInt64(one));
                for (; i + Vector<float>.Count <= count; i += Vector<float>.Count)
                {
                    var value = Unsafe.ReadUnaligned<Vector<float>>(x + i);
                    Vector.Widen(value, out var first, out var second);
                    if (random is not null)
                    {
                        Vector.Widen(Unsafe.ReadUnaligned<Vector<uint>>(random + i), out var lower, out var upper);
                        u = Vector.AsVectorDouble(Vector.ShiftLeft(lower, 20) | exponent) - one;        // 1 + r 2^-32, less 1
                        v = Vector.AsVectorDouble(Vector.ShiftLeft(upper, 20) | exponent) - one;
                    }

                    first = (Vector.Min(Vector.Max(Vector.Floor((first / s) + u) + z, least), most) - z) * s;
                    second = (Vector.Min(Vector.Max(Vector.Floor((second / s) + v) + z, least), most) - z) * s;
                    var coded = Vector.Narrow(first, second);
                    Unsafe.WriteUnaligned(y + i, coded);
                    var isZero = Vector.Equals(value, Vector<float>.Zero);
                    outside -= Vector.LessThan(value, from) | Vector.GreaterThan(value, to);
                    zeros -= isZero;
                    lost -= Vector.AndNot(Vector.Equals(coded, Vector<float>.Zero), isZero);
                }

                (saturated, underflowed, nonzero) = (Vector.Sum(outside), Vector.Sum(lost), i - Vector.Sum(zeros));
            }

            for (; i < count; i++)
            {
                var (value, u) = (x[i], random is null ? 0.5 : random[i] / 4294967296.0);
                var coded = (float)((Math.Min(Math.Max(Math.Floor((value / scale) + u) + zeroPoint, low), high) - zeroPoint) * scale);
                y[i] = coded;
                if (value < kept.Least || value > kept.Greatest) saturated++;
                if (value == 0) continue;
                nonzero++;
                if (coded == 0) underflowed++;
            }

            return new CodingCounts(saturated, underflowed, nonzero);
        }

        private static Vector<double> V(double value) => new(value);
    }
}

/// <summary>What became of values.</summary>
/// <param name="Saturated">Those more than half a step beyond the grid's ends.</param>
/// <param name="Underflowed">Those other than 0 that became 0.</param>
/// <param name="Nonzero">Those other than 0.</param>
internal readonly record struct CodingCounts(long Saturated, long Underflowed, long Nonzero)
{
    public static CodingCounts operator +(CodingCounts a, CodingCounts b) =>
        new(a.Saturated + b.Saturated, a.Underflowed + b.Underflowed, a.Nonzero + b.Nonzero);
}
