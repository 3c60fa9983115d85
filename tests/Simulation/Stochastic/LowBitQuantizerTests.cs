using MathNet.Numerics.Distributions;
using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Simulation;
using Wage.Simulation.Stochastic;
using Wage.Tensors;

namespace Wage.Tests.Simulation.Stochastic;

/// <summary>Binary and ternary values, the ratios of a run, and normal weights.</summary>
[Parallelizable]
public sealed class LowBitQuantizerTests
{
    private static readonly float[] Weights = [0.5f, -1, 0, 2.5f, 0.25f, -0.25f, 0.25f, -3, 0, 0, 0, 0];

    [Test]
    public void BinaryValuesAreTheMeanMagnitudeWithTheSignAndZeroIsPositive()
    {
        var (quantizer, values) = Run(false, SqVariant.Paper);
        Assert.That(values, Is.EqualTo(new[] { 1, -1, 1, 1, 0.9375f, -0.9375f, 0.9375f, -0.9375f, 0, 0, 0, 0 }));
        Assert.That(quantizer.ErrorOf(0), Is.EqualTo(3.0 / 4));
        Assert.That(quantizer.ErrorOf(2), Is.Zero);
    }

    [TestCase(false, false, new float[] { 0, -1.75f, 0, 1.75f, 0, 0, 0, -3, 0, 0, 0, 0 })]
    [TestCase(true, false, new[] { 4f / 3, -4f / 3, 0, 4f / 3, 0, 0, 0, -3, 0, 0, 0, 0 })]
    [TestCase(false, true, new[] { 0, -6.5f / 3, 0, 6.5f / 3, 0, 0, 0, -6.5f / 3, 0, 0, 0, 0 })]
    public void TernaryValuesLieBeyondTheThreshold(bool thresholdOfLayer, bool alphaOfLayer, float[] expected)
    {
        var (quantizer, values) = Run(true, SqVariant.Paper, thresholdOfLayer, alphaOfLayer);
        Assert.That(values, Is.EqualTo(expected));
        Assert.That(quantizer.Thresholds[0], Is.EqualTo(thresholdOfLayer ? 0.7 * (7.75 / 12) : 0.7));
        Assert.That(quantizer.Alpha[2], Is.EqualTo(alphaOfLayer ? 6.5f / 3 : 0));
        Assert.That(quantizer.NonZeros, Is.EqualTo(expected.Count(value => value != 0)));
    }

    [Test]
    public void TheProgramTakesOneThresholdOfTheCentredWeights()
    {
        var (quantizer, values) = Run(true, SqVariant.Program);
        var mean = Weights.Average(w => (double)w);
        Assert.That(quantizer.Thresholds.ToArray(), Is.All.EqualTo(0.7 * Weights.Average(w => Math.Abs(w - mean))).Within(1e-15));
        Assert.That(values, Is.EqualTo(new[] { 4f / 3, -4f / 3, 0, 4f / 3, 0, 0, 0, -3, 0, 0, 0, 0 }));
    }

    [Test]
    public void AWeightAtTheThresholdIsZeroAndAFilterWithoutAnyBeyondHasAlphaZero()
    {
        var (quantizer, values) = Run(true, SqVariant.Paper, of: [1, -1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1]);
        Assert.That(values, Is.EqualTo(new float[] { 1, -1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1 }));
        Assert.That(quantizer.Alpha.ToArray(), Is.EqualTo(new float[] { 1, 0, 1 }));
    }

    [Test]
    public void AWeightThatIsNoNumberIsNamed() => Assert.That(
        () => Run(true, SqVariant.Paper, of: [1, 1, 1, 1, 1, float.NaN, 1, 1, 1, 1, 1, 1]),
        Throws.TypeOf<WageException>().With.Message.StartsWith("conv1: weights are no finite numbers any more"));

    [TestCase(10, "1/2", 5)]
    [TestCase(10, "3/4", 8)]
    [TestCase(10, "7/8", 9)]
    [TestCase(10, "1", 10)]
    [TestCase(12, "7/8", 11)]
    [TestCase(1, "1/2", 1)]
    public void AsManyUnitsAreQuantizedAsTheRatioSays(int units, string ratio, int quantized) =>
        Assert.That(RatioSchedule.Quantized(Of(ratio), units), Is.EqualTo(quantized));

    [TestCase("Stages", 3, 4, "1/2 1/2 1/2 1/2")]
    [TestCase("Stepped", 0, 8, "1/2 1/2 3/4 3/4 7/8 7/8 1 1")]
    [TestCase("Stepped", 0, 5, "1/2 1/2 3/4 7/8 1")]
    [TestCase("Stepped", 0, 4, "1/2 3/4 7/8 1")]
    [TestCase("Stepped", 0, 3, "1/2 3/4 1")]
    [TestCase("Stepped", 0, 2, "1/2 1")]
    [TestCase("Stepped", 0, 1, "1")]
    [TestCase("Epoch", 0, 5, "1/2 5/8 3/4 7/8 1")]
    [TestCase("Epoch", 0, 1, "1")]
    public void TheRatioFollowsTheRun(string form, int stage, int epochs, string expected)
    {
        var schedule = new RatioSchedule(Enum.Parse<RatioForm>(form), [Of("1/2"), Of("3/4"), Of("7/8"), Of("1")]);
        if (form == "Stages") expected = expected.Replace("1/2", stage == 3 ? "1" : "1/2", StringComparison.Ordinal);
        Assert.That(
            Enumerable.Range(0, epochs).Select(epoch => schedule.At(new RunPosition(stage, epoch, epochs, 0)).ToString()),
            Is.EqualTo(expected.Split(' ')));
    }

    [Test]
    public void NormalWeightsAreTheInverseOfTheDistribution()
    {
        for (var i = 0; i < 4000; i++)
        {
            var bits = (uint)(i * 1073741L);
            Assert.That(NormalValues.Of(bits), Is.EqualTo(Normal.InvCDF(0, 1, (bits + 0.5) / 4294967296.0)).Within(1e-6));
        }

        Assert.That(NormalValues.Of(0), Is.EqualTo(-NormalValues.Of(uint.MaxValue)).And.EqualTo(-6.34).Within(0.01));
    }

    private static Ratio Of(string text) => Ratio.TryParse(text, out var ratio) ? ratio : throw new ArgumentException(text);

    private static (LowBitQuantizer Quantizer, float[] Values) Run(
        bool isTernary, SqVariant variant, bool thresholdOfLayer = false, bool alphaOfLayer = false, float[]? of = null)
    {
        using var host = new HostBackend(1);
        var build = new FloatBuilder(new PlainFloats(), host, FloatOptimizer.Sgd(), new HashSet<string>());
        var quantizer = new LowBitQuantizer(build, "conv1", 3, new LowBitRule(isTernary, variant, thresholdOfLayer, alphaOfLayer));
        var (w, q) = (new FloatTensor(new Shape(3, 4)), new FloatTensor(new Shape(3, 4)));
        (of ?? Weights).CopyTo(w.Span);
        quantizer.Run(w, q);
        return (quantizer, q.Span.ToArray());
    }
}
