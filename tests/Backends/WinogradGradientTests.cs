using Wage.Backends;
using Wage.SelfTest;
using Wage.Tensors;

namespace Wage.Tests.Backends;

/// <summary>Gradients of 3x3 taps, which AVX2 makes of 16 products for each tile of errors.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class WinogradGradientTests
{
    /// <summary>8,448 tiles, each of which adds 2^18 to a sum of a place: 8,191 are what int32 holds.</summary>
    [Test]
    public void SumsOfPlacesThatWouldLeaveInt32AreTakenInTime([Values(-128, 127)] int error)
    {
        using var host = new HostBackend(1);
        var g = new ConvGeometry(33, 32, 32, 16, 16, 3, 3, 1, Padding.Same(32, 32, 3, 3, 1) with { Value = -128 });
        var gradient = host.Allocate(ElementType.Int32, g.WeightShape);
        host.ConvolveGradient(All(g.InputShape, -128), All(g.OutputShape, error), g, gradient);
        Assert.That(host.Values(gradient), Is.All.EqualTo(33L * 32 * 32 * -128 * error));

        Tensor All(Shape shape, int value) => host.With(ElementType.Int8, shape, Enumerable.Repeat((long)value, shape.Length).ToArray());
    }

    [Test]
    public void GradientsAreTheReferenceIntegers([Values(1, 2)] int threads, [Values] bool wide, [Values(0, 1, 2)] int geometry)
    {
        using var reference = new ReferenceBackend();
        using var host = new HostBackend(threads);
        var g = ((ConvGeometry[])[
            new(19, 8, 8, 64, 32, 3, 3, 1, Padding.Same(8, 8, 3, 3, 1) with { Value = -128 }),
            new(2, 32, 36, 16, 16, 3, 3, 1, new Padding(0, 2, 2, 0)),
            new(21, 6, 12, 16, 80, 3, 3, 1, new Padding(2, 1, 3, 0) { Value = 5 })])[geometry];
        Assert.That(Run(host), Is.EqualTo(Run(reference)));

        long[] Run(IBackend b)
        {
            var draw = new Draw(7);
            var x = b.With(ElementType.Int8, g.InputShape, draw.Adversarial(g.InputShape.Length, 127));
            var e = b.With(ElementType.Int8, g.OutputShape, draw.Adversarial(g.OutputShape.Length, 127));
            var gradient = b.Allocate(wide ? ElementType.Int64 : ElementType.Int32, g.WeightShape);
            b.ConvolveGradient(x, e, g, gradient);
            return b.Values(gradient);
        }
    }
}
