using FsCheck.Fluent;
using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Tests.Training;

namespace Wage.Tests.Quantization;

/// <summary>Q_E with its window moved: WAGE's Table 2.</summary>
[Parallelizable]
public sealed class WindowedErrorsTests
{
    private static readonly ReferenceBackend Backend = new();

    [Test]
    public void ErrorsAreThoseOfTheFormula() => Laws.Hold(
        from bits in Gen.Choose(2, 8)
        from log2 in Gen.Choose(1, 7)
        from values in Gen.Choose(-(1 << 24), 1 << 24).ArrayOf(20)
        from small in Gen.Choose(-99, 99).ArrayOf(10)
        select (bits, log2, values: values.Concat(small).Select(x => (long)x).ToArray()),
        law =>
        {
            var (bits, log2, values) = law;
            var delta = Values.Tensor(ElementType.Int32, values);
            var most = values.Max(Math.Abs);
            var scale = most == 0 ? 1 : Math.Pow(2, Math.Round(Math.Log2(most))) / (1 << log2);
            var expected = values.Select(x => FloatWage.Q(x / scale, bits, Rounding.HalfEven) / FloatWage.Sigma(bits));
            Assert.That(Values.Of(Quantized(new WindowedErrors(bits, log2, Rounding.HalfEven), delta)), Is.EqualTo(expected));
        });

    [Test]
    public void TheExponentIsThatOfTheMovedWindow()
    {
        var delta = Values.Tensor(ElementType.Int32, 1 << 20, 3);
        var exponent = Backend.Allocate(ElementType.Int64, new Shape(1));
        Quantized(new WindowedErrors(8, 3, Rounding.HalfEven), delta, exponent);
        Assert.That(Values.Of(exponent)[0], Is.EqualTo(20 - 7 - 3));
    }

    [TestCase(9, 1), TestCase(1, 1), TestCase(8, 0), TestCase(8, 9)]
    public void AWindowThatDoesNotFitIsRefused(int bits, int log2) =>
        Assert.That(() => _ = new WindowedErrors(bits, log2, Rounding.HalfEven), Throws.TypeOf<WageException>()
            .With.Message.Contains("errorWindow"));

    [TestCase(0), TestCase(3), TestCase(256)]
    public void AGammaThatIsNoPowerOfTwoInRangeIsRefused(int gamma) => Assert.That(
        () => _ = new WageOptions { ErrorWindow = gamma }.ToScheme(), Throws.TypeOf<WageException>()
            .With.Message.Contains($"errorWindow: is {gamma}"));

    [Test]
    public void TheHostTrainsTheReferencesWeightsAndOtherWindowsGiveOthers()
    {
        var weights = new List<string>();
        foreach (var gamma in new[] { 1, 2, 8 })
        {
            using var host = new HostBackend(2);
            var hashes = new[] { Backend as IBackend, host }.Select(backend =>
            {
                var trainer = TinyRun.Start(backend: backend, options: new WageOptions { ErrorWindow = gamma });
                TinyRun.Steps(trainer, 6);
                return trainer.Network.WeightsSha256();
            }).ToList();
            Assert.That(hashes[0], Is.EqualTo(hashes[1]));
            weights.Add(hashes[0]);
        }

        Assert.That(weights, Is.Unique);
    }

    [Test]
    public void ItsNameSaysTheWindow() =>
        Assert.That(new WageOptions { ErrorWindow = 4 }.ToScheme().Name, Is.EqualTo("wage 2-8-8-8, error window / 4"));

    private static Tensor Quantized(WindowedErrors quantizer, Tensor delta, Tensor? exponent = null)
    {
        var e = Backend.Allocate(quantizer.Range.Type, delta.Shape);
        quantizer.Quantize(Backend, delta, 0, e, exponent);
        return e;
    }
}
