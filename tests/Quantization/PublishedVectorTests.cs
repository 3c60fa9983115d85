using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Tests.Quantization;

[Parallelizable]
public sealed class PublishedVectorTests
{
    /// <summary>
    /// Q({-1, 0.2, 0.6}, 2) = {-0.5, 0, 0.5}: the paper's example, by the integers on the finest grid that has these values nearly.
    /// </summary>
    [Test]
    public void TheExampleOfTheFormulaHoldsForIntegersAndForItsEmulation([Values(Rounding.HalfEven, Rounding.HalfAway)] Rounding rounding)
    {
        double[] published = [-0.5, 0, 0.5];
        double[] x = [-1, 0.2, 0.6];
        Assert.That(x.Select(v => FloatWage.Q(v, 2, rounding)), Is.EqualTo(published));

        var backend = new ReferenceBackend();
        var q = new ShiftActivations(2, rounding, ClipMask.None);
        var a = backend.Allocate(ElementType.Int8, new Shape(3));
        q.Quantize(backend, Values.Tensor(ElementType.Int32, [.. x.Select(v => (long)(v * (1 << 30)))]), 30, a);
        Assert.That(Values.Of(a).Select(v => v * FloatWage.Sigma(2)), Is.EqualTo(published));
    }

    [Test]
    public void AWeightOfAQuarterIsZeroWithTwoBits()
    {
        var backend = new ReferenceBackend();
        var w = new ShiftWeights(new BitWidths(2, 8, 8, 8), Rounding.HalfEven, clipMask: false);
        var used = backend.Allocate(ElementType.Int8, new Shape(8));
        w.Quantize(backend, Values.Tensor(ElementType.Int8, -64, -33, -32, -31, 31, 32, 33, 127), 0, used);
        Assert.That(Values.Of(used), Is.EqualTo(new[] { -1, -1, 0, 0, 0, 0, 1, 1 }));
    }
}
