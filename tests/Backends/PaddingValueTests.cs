using Wage.Backends;
using Wage.SelfTest;
using Wage.Tensors;

namespace Wage.Tests.Backends;

[Parallelizable]
public sealed class PaddingValueTests
{
    /// <summary>The definition's own proof: the other backends are compared with it.</summary>
    [Test]
    public void AProductOfAPaddedImageIsThatOfAnImageWithTheValueAroundIt(
        [Values(-128, 0, 127)] int value, [Values(1, 2)] int stride, [Values(1, 2, 4)] int groups)
    {
        var backend = new ReferenceBackend();
        var padding = new Padding(1, 2, 3, 1) { Value = value };
        var g = new ConvGeometry(2, 4, 5, 4, 4, 3, 3, stride, padding, groups);
        var whole = g with { Height = 8, Width = 8, Padding = Padding.None };
        var draw = new Draw(3);
        var (x, around) = (draw.Adversarial(g.InputShape.Length, 127), Enumerable.Repeat((long)value, whole.InputShape.Length).ToArray());
        for (var i = 0; i < x.Length; i++)
        {
            var (pixel, c) = Math.DivRem(i, 4);
            var (line, column) = Math.DivRem(pixel, 5);
            around[((((line / 4 * 8) + (line % 4) + 1) * 8) + column + 2) * 4 + c] = x[i];
        }

        var w = backend.With(ElementType.Int8, g.WeightShape, draw.Adversarial(g.WeightShape.Length, 127));
        var e = backend.With(ElementType.Int16, g.OutputShape, draw.Adversarial(g.OutputShape.Length, 999));
        Assert.That(Products(g, x), Is.EqualTo(Products(whole, around)));

        long[][] Products(ConvGeometry g, long[] x)
        {
            var image = backend.With(ElementType.Int8, g.InputShape, x);
            var (sums, gradient) = (backend.Allocate(ElementType.Int32, g.OutputShape), backend.Allocate(ElementType.Int32, g.WeightShape));
            backend.Convolve(image, w, g, sums);
            backend.ConvolveGradient(image, e, g, gradient);
            return [backend.Values(sums), backend.Values(gradient)];
        }
    }
}
