using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.SelfTest;

/// <summary>Every sum at the greatest value that its proof allows, and at the least: what would wrap shows here.</summary>
internal static class BoundCases
{
    private const long Int8Most = 127;
    private const long Int16Most = short.MaxValue;

    public static IEnumerable<BackendCase> All()
    {
        foreach (var sign in (long[])[1, -1])
        {
            foreach (var (e, type) in ((long, ElementType)[])[(Int8Most, ElementType.Int8), (Int16Most, ElementType.Int16)])
            {
                var most = (int)(int.MaxValue / (e * Int8Most));
                foreach (var (terms, sum) in ((int, ElementType)[])[(most, ElementType.Int32), (most + 1, ElementType.Int64)])
                {
                    if (type == ElementType.Int8) yield return Forward(terms, sign, sum);
                    yield return Error(terms, sign * e, type, sum);
                    yield return Gradient(ConvGeometry.Dense(terms, 2, 3), sign * e, type, sum);
                    yield return Gradient(Depthwise(1, terms, 1, 1), sign * e, type, sum);
                }

                foreach (var width in (int[])[72, 73, 74])
                    yield return Error(Depthwise(13, 2 * width, 7, width), sign * e, type, most >= 7 * width ? ElementType.Int32 : ElementType.Int64);
            }

            yield return Gradient(new ConvGeometry(128, 32, 32, 1, 1, 1, 1, 1, Padding.None), sign * Int8Most, ElementType.Int8, ElementType.Int32);
            foreach (var dropped in (int[])[-1, -5, -31])
                yield return Activations(sign, dropped);
        }

        var seed = 1UL;
        foreach (var (window, stride) in ((int, int)[])[(2, 1), (3, 1), (3, 2), (2, 2)])
        {
            foreach (var limit in (long[])[1L << 62, long.MaxValue])
            {
                var g = new PoolGeometry(2, 5, 6, 3, window, window, stride);
                yield return PoolErrors(g, limit, new Draw(++seed).Of(limit, -limit), seed);
                yield return PoolErrors(g, limit, null, ++seed);
            }
        }
    }

    private static BackendCase Forward(int terms, long sign, ElementType sum) =>
        new(nameof(IBackend.Convolve), $"{terms} terms to {sum}, {sign}", b =>
        {
            var g = ConvGeometry.Dense(2, terms, 3);
            var y = b.Allocate(sum, g.OutputShape);
            b.Convolve(Filled(b, ElementType.Int8, g.InputShape, Int8Most), Filled(b, ElementType.Int8, g.WeightShape, sign * Int8Most), g, y);
            return [b.Values(y)];
        });

    private static BackendCase Error(int terms, long e, ElementType type, ElementType sum) => Error(ConvGeometry.Dense(2, 3, terms), e, type, sum);

    private static BackendCase Error(ConvGeometry g, long e, ElementType type, ElementType sum) =>
        new(nameof(IBackend.ConvolveError), $"{g.FanOut} terms of {e} to {sum}", b =>
        {
            var delta = b.Allocate(sum, g.InputShape);
            b.ConvolveError(Filled(b, type, g.OutputShape, e), Filled(b, ElementType.Int8, g.WeightShape, Int8Most), g, delta);
            return [b.Values(delta)];
        });

    private static BackendCase Gradient(ConvGeometry g, long e, ElementType type, ElementType sum) =>
        new(nameof(IBackend.ConvolveGradient), $"{g.Positions} terms of {e} to {sum}", b =>
        {
            var gradient = b.Allocate(sum, g.WeightShape);
            b.ConvolveGradient(Filled(b, ElementType.Int8, g.InputShape, Int8Most), Filled(b, type, g.OutputShape, e), g, gradient);
            return [b.Values(gradient)];
        });

    /// <summary>Two channels, each with filters of its own.</summary>
    private static ConvGeometry Depthwise(int height, int width, int kernelHeight, int kernelWidth) =>
        new(1, height, width, 2, 2, kernelHeight, kernelWidth, 1, Padding.None, 2);

    /// <summary>Left shifts of accumulators that 64 bits could not hold.</summary>
    private static BackendCase Activations(long sign, int dropped) => new(StageName<ShiftStage>.Map, $"{sign} << {-dropped}", b =>
    {
        var x = b.With(ElementType.Int64, sign * long.MaxValue, sign << 40, sign * 3, sign, 0);
        var a = b.Allocate(ElementType.Int8, x.Shape);
        b.Quantize(x, dropped, 127, Rounding.HalfEven, a);
        return [b.Values(a)];
    });

    /// <summary>Both poolings; without a value the errors are the greatest magnitudes of both signs.</summary>
    private static BackendCase PoolErrors(PoolGeometry g, long limit, long? value, ulong seed)
    {
        var average = seed % 4 < 2;
        var operation = average ? nameof(IBackend.AveragePoolError) : nameof(IBackend.MaxPoolError);
        return new BackendCase(operation, $"{g} {limit} {value}", b =>
        {
            var draw = new Draw(seed);
            long[] errors = [.. Enumerable.Range(0, g.OutputShape.Length).Select(_ => value ?? draw.Of(limit, -limit, 1, 0))];
            var e = b.With(ElementType.Int64, g.OutputShape, errors);
            var destination = b.Allocate(ElementType.Int64, g.InputShape);
            if (average) b.AveragePoolError(e, g, limit, destination);
            else b.MaxPoolError(e, b.With(ElementType.UInt8, g.OutputShape, draw.Many(g.OutputShape.Length, 0, g.Window - 1)), g, limit, destination);
            return [b.Values(destination)];
        });
    }

    private static Tensor Filled(IBackend b, ElementType type, Shape shape, long value) =>
        b.With(type, shape, [.. Enumerable.Repeat(value, shape.Length)]);
}
