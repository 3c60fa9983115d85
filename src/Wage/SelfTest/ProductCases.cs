using Wage.Backends;
using Wage.Tensors;

namespace Wage.SelfTest;

/// <summary>The three products over odd geometries.</summary>
internal static class ProductCases
{
    public static IEnumerable<BackendCase> All()
    {
        var geometries = Geometries().ToList();
        for (var i = 0; i < geometries.Count; i++)
        {
            var (g, wide) = (geometries[i], i % 3 == 1);
            var errors = i % 2 == 0 ? ElementType.Int8 : ElementType.Int16;
            var seed = (ulong)i;
            yield return Forward(g, wide ? ElementType.Int64 : ElementType.Int32, seed);
            yield return Error(g, errors, Sum(errors, g.FanOut, wide), seed);
            var value = ((int[])[0, 0, -128, 127, 5])[i % 5];
            var coded = g with { Padding = g.Padding with { Value = value } };
            yield return Gradient(coded, errors, Sum(errors, g.Positions, wide), seed);
            var passed = coded with { Padding = g.Padding with { Value = Math.Abs(value >> 1) } };
            yield return GradientAfterRelu(passed, ((int[])[0, 2, 12, 50, 100])[i % 7 % 5], seed);
            var weight = (int[])[0, 1, 1, 3, 8, 9];
            yield return Forward(g, ElementType.Int32, seed, weight[i % weight.Length]);
            yield return Error(g, ElementType.Int8, ElementType.Int32, seed, weight[i % weight.Length]);
        }
        foreach (var least in (int[])[-128, 127])
            foreach (var weight in (int[])[-128, -8, -1, 1, 5, 8, 9])
                yield return Extreme(new ConvGeometry(1, 4, 5, 150, 17, 3, 3, 1, Padding.Same(4, 5, 3, 3, 1)), least, weight);
        foreach (var (least, weight) in ((int, int)[])[(-128, -128), (-128, 127), (127, -128)])
            yield return Extreme(new ConvGeometry(1, 8, 16, 496, 16, 3, 3, 1, Padding.Same(8, 16, 3, 3, 1)), least, weight);
    }

    /// <summary>The cases of one of the three products at one geometry.</summary>
    public static IEnumerable<BackendCase> Of(string operation, ConvGeometry g, ElementType errors, int weight, ulong seed)
    {
        switch (operation)
        {
            case nameof(IBackend.Convolve): return [Forward(g, Sum(ElementType.Int8, g.FanIn, false), seed, weight)];
            case nameof(IBackend.ConvolveError): return [Error(g, errors, Sum(errors, g.FanOut, false), seed, weight)];
            default:
                var gradient = Gradient(g, errors, Sum(errors, g.Positions, false), seed);
                return errors == ElementType.Int8 ? [gradient, GradientAfterRelu(g, 12, seed)] : [gradient];
        }
    }

    /// <summary>Int32 where the proof allows it and the case does not ask for more.</summary>
    private static ElementType Sum(ElementType errors, long terms, bool wide) =>
        wide || errors.Maximum() * 128 * terms > int.MaxValue ? ElementType.Int64 : ElementType.Int32;

    public static IEnumerable<ConvGeometry> Geometries()
    {
        var draw = new Draw(5);
        foreach (var (kernelHeight, kernelWidth) in ((int, int)[])[(1, 1), (3, 3), (5, 5), (2, 3)])
        {
            foreach (var stride in (int[])[1, 2, 3])
            {
                for (var padding = 0; padding < 3; padding++)
                {
                    var (height, width) = ((int)draw.Between(kernelHeight, 9), (int)draw.Between(kernelWidth, 9));
                    var around = padding switch
                    {
                        0 => Padding.None,
                        1 => Padding.Same(height, width, kernelHeight, kernelWidth, stride),
                        _ => new Padding((int)draw.Between(0, 4), (int)draw.Between(0, 4), (int)draw.Between(0, 4), (int)draw.Between(0, 4)),
                    };
                    yield return new ConvGeometry(
                        draw.Of(1, 2, 3, 7), height, width, draw.Of(1, 3, 5, 16, 17, 33), draw.Of(1, 3, 5, 16, 17, 33),
                        kernelHeight, kernelWidth, stride, around);
                }
            }
        }

        foreach (var batch in (int[])[1, 2, 7, 50])
            foreach (var inputs in (int[])[1, 3, 17, 40])
                yield return ConvGeometry.Dense(batch, inputs, draw.Of(1, 3, 5, 16, 17, 33));
        for (var stride = 1; stride <= 3; stride++)
            yield return new ConvGeometry(21, 5, 6, 3, 17, 3, 3, stride, Padding.Same(5, 6, 3, 3, stride));
        for (var channels = 3; channels <= 8; channels++)
            yield return new ConvGeometry(2, 17, 31, channels, 5, 3, 3, 1, Padding.Same(17, 31, 3, 3, 1));
        yield return ConvGeometry.Dense(3, 700, 5);
        yield return ConvGeometry.Dense(700, 3, 5);
        yield return ConvGeometry.Dense(2, 5, 1100);
        yield return ConvGeometry.Dense(130, 416, 3);
        yield return new ConvGeometry(3, 7, 6, 96, 70, 3, 3, 1, Padding.Same(7, 6, 3, 3, 1));
        yield return new ConvGeometry(3, 8, 10, 32, 48, 3, 3, 1, Padding.Same(8, 10, 3, 3, 1));
        yield return new ConvGeometry(6, 6, 4, 16, 64, 3, 3, 1, new Padding(0, 2, 2, 0));
        yield return new ConvGeometry(2, 32, 14, 48, 16, 3, 3, 1, Padding.Same(32, 14, 3, 3, 1));
        yield return new ConvGeometry(2, 24, 23, 17, 16, 3, 3, 1, Padding.Same(24, 23, 3, 3, 1));
        yield return new ConvGeometry(13, 8, 16, 32, 16, 3, 3, 1, Padding.Same(8, 16, 3, 3, 1));
        yield return new ConvGeometry(6, 14, 24, 16, 48, 3, 3, 1, new Padding(0, 2, 2, 0));
        yield return new ConvGeometry(1, 3, 3, 130, 20, 3, 3, 1, Padding.Same(3, 3, 3, 3, 1));
        yield return new ConvGeometry(40, 2, 27, 3, 5, 3, 3, 1, Padding.Same(2, 27, 3, 3, 1));
        yield return new ConvGeometry(2, 1, 1, 5, 7, 1, 1, 1, new Padding(1, 0, 0, 2));
        yield return new ConvGeometry(2, 1, 1, 5, 7, 1, 1, 2, Padding.None);
        yield return ConvGeometry.Dense(1, 31, 5);
        foreach (var g in GroupedGeometries.All()) yield return g;
    }

    private static BackendCase Forward(ConvGeometry g, ElementType sum, ulong seed, int weight = 127) => new(
        nameof(IBackend.Convolve), $"{g} {sum} |w| <= {weight}", b =>
    {
        var draw = new Draw(seed);
        var x = b.With(ElementType.Int8, g.InputShape, Inputs(draw, ElementType.Int8.Maximum(), g.InputShape.Length));
        var w = b.With(ElementType.Int8, g.WeightShape, Inputs(draw, weight, g.WeightShape.Length));
        var y = Dirty(b, sum, g.OutputShape);
        b.Convolve(x, w, g, y);
        return [b.Values(y)];
    });

    private static BackendCase Error(ConvGeometry g, ElementType errors, ElementType sum, ulong seed, int weight = 127) => new(
        nameof(IBackend.ConvolveError), $"{g} {errors} {sum} |w| <= {weight}", b =>
    {
        var draw = new Draw(seed);
        var e = b.With(errors, g.OutputShape, Inputs(draw, errors.Maximum(), g.OutputShape.Length));
        var w = b.With(ElementType.Int8, g.WeightShape, Inputs(draw, weight, g.WeightShape.Length));
        var delta = Dirty(b, sum, g.InputShape);
        b.ConvolveError(e, w, g, delta);
        return [b.Values(delta)];
    });

    /// <summary>
    /// -128, which no quantizer gives but an int8 holds, and sums that pass the narrow kernel's 16 bits many times over, or of whose parts some
    /// all but pass 32.
    /// </summary>
    private static BackendCase Extreme(ConvGeometry g, int least, int weight) => new(
        nameof(IBackend.Convolve), $"{g.Channels} channels, data {least}, weights {weight}", b =>
    {
        var x = b.With(ElementType.Int8, g.InputShape, [.. Enumerable.Repeat((long)least, g.InputShape.Length)]);
        var w = b.With(ElementType.Int8, g.WeightShape, [.. Enumerable.Repeat((long)weight, g.WeightShape.Length)]);
        var y = Dirty(b, ElementType.Int32, g.OutputShape);
        b.Convolve(x, w, g, y);
        return [b.Values(y)];
    });

    private static BackendCase Gradient(ConvGeometry g, ElementType errors, ElementType sum, ulong seed) => new(
        nameof(IBackend.ConvolveGradient), $"{g} {errors} {sum}", b =>
    {
        var draw = new Draw(seed);
        var x = b.With(ElementType.Int8, g.InputShape, Inputs(draw, ElementType.Int8.Maximum(), g.InputShape.Length));
        var e = b.With(errors, g.OutputShape, Inputs(draw, errors.Maximum(), g.OutputShape.Length));
        var gradient = Dirty(b, sum, g.WeightShape);
        b.ConvolveGradient(x, e, g, gradient);
        return [b.Values(gradient)];
    });

    /// <summary>Inputs that are not negative, and errors of which some percent are not 0, -128 among them.</summary>
    private static BackendCase GradientAfterRelu(ConvGeometry g, int percent, ulong seed) => new(
        nameof(IBackend.ConvolveGradient), $"{g} after ReLU, {percent} % of the errors", b =>
    {
        var draw = new Draw(seed);
        var inputs = Array.ConvertAll(Inputs(draw, ElementType.Int8.Maximum(), g.InputShape.Length), Math.Abs);
        var values = Inputs(draw, ElementType.Int8.Maximum(), g.OutputShape.Length);
        for (var i = 0; i < values.Length; i++) values[i] = draw.Between(0, 99) >= percent ? 0 : draw.Between(0, 30) == 0 ? -128 : values[i];
        var x = b.With(ElementType.Int8, g.InputShape, inputs);
        var e = b.With(ElementType.Int8, g.OutputShape, values);
        var gradient = Dirty(b, ElementType.Int32, g.WeightShape);
        b.ConvolveGradient(x, e, g, gradient);
        return [b.Values(gradient)];
    });

    /// <summary>Some of the inputs have only the greatest magnitudes with one sign: the greatest sums there are.</summary>
    private static long[] Inputs(Draw draw, long limit, int n) => draw.Between(0, 5) switch
    {
        0 => [.. Enumerable.Repeat(limit, n)],
        1 => [.. Enumerable.Repeat(-limit, n)],
        _ => draw.Adversarial(n, limit),
    };

    /// <summary>A result's memory holds what an earlier step left there.</summary>
    private static Tensor Dirty(IBackend b, ElementType type, Shape shape) => b.With(type, shape, [.. Enumerable.Repeat(-77L, shape.Length)]);
}
