using Wage.Simulation.Conversion;
using Wage.Simulation.Products;
using Wage.Tensors;

namespace Wage.Simulation.Ranges;

/// <summary>
/// 1 - cos(G, Q(G)) of a tensor and the values of its codes, each the nearest. Sums of doubles, element after element in parts of 2^14, and part
/// after part, whatever the threads and lanes.
/// </summary>
/// <param name="build">Memory: three sums for each part.</param>
/// <param name="length">The tensor's elements.</param>
internal sealed unsafe class CosineDistance(FloatBuilder build, int length)
{
    private const int PartElements = 1 << 14;

    private readonly FloatEngine engine = build.Engine;
    private readonly double[] sums = build.Doubles(new Shape((length + PartElements - 1) / PartElements, 3));
    private double squares;

    /// <summary>Measures the tensor that <see cref="Of"/> is then asked about.</summary>
    /// <returns>max|G|.</returns>
    public float Measure(FloatTensor x)
    {
        engine.Run(sums.Length / 3, ((nint)x.Pointer, x.Span.Length, sums), static (in w, part, _) =>
        {
            var (sum, most) = (0.0, 0f);
            foreach (var value in Part(w.Item1, w.Item2, part))
            {
                sum += (double)value * value;
                most = Math.Max(most, Math.Abs(value));
            }

            (w.sums[3 * part], w.sums[(3 * part) + 2]) = (sum, most);
        });
        squares = Sum(0);
        var greatest = 0.0;
        for (var i = 2; i < sums.Length; i += 3) greatest = Math.Max(greatest, sums[i]);
        return (float)greatest;
    }

    /// <summary>The distance; 1 where every code is that of 0.</summary>
    public double Of(FloatTensor x, AffineGrid grid)
    {
        engine.Run(sums.Length / 3, ((nint)x.Pointer, x.Span.Length, sums, grid), static (in w, part, _) =>
        {
            var (scale, zeroPoint, low, high) = ((double)w.grid.Scale, w.grid.ZeroPoint, w.grid.Codes.Low, w.grid.Codes.High);
            var (product, square) = (0.0, 0.0);
            foreach (var value in Part(w.Item1, w.Item2, part))
            {
                var code = Math.Min(Math.Max(Math.Floor((value / scale) + 0.5) + zeroPoint, low), high) - zeroPoint;
                product += value * code;
                square += code * code;
            }

            (w.sums[(3 * part) + 1], w.sums[(3 * part) + 2]) = (product, square);
        });
        var (products, codes) = (Sum(1), Sum(2));
        return codes == 0 ? 1 : 1 - (products / (Math.Sqrt(squares) * Math.Sqrt(codes)));
    }

    private static ReadOnlySpan<float> Part(nint x, int length, int part) =>
        new((float*)x + ((nint)part * PartElements), Math.Min(PartElements, length - (part * PartElements)));

    private double Sum(int which)
    {
        var sum = 0.0;
        for (var i = which; i < sums.Length; i += 3) sum += sums[i];
        return sum;
    }
}
