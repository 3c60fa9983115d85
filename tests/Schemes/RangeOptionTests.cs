using Wage.Backends;
using Wage.Layers;
using Wage.Losses;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests.Schemes;

/// <summary>Ranges that no arithmetic could hold are refused when the scheme is made, from C# too.</summary>
[Parallelizable]
public sealed class RangeOptionTests
{
    [Test]
    public void AMomentumOf1OrMoreIsRefused() => Assert.That(
        () => new WageOptions { ErrorRange = RangeEstimator.Running, RangeMomentum = new Ratio(3, 2) }.ToScheme(),
        Throws.TypeOf<WageException>().With.Message.Contains("ranges.momentum").And.Message.Contains("must be less than 1"));

    [TestCase(-1)]
    [TestCase(55)]
    public void AFixedRangeThatLeaves54BitsIsRefused(int log2)
    {
        Assert.That(
            () => new WageOptions { ErrorRange = RangeEstimator.Fixed, FixedErrorRange = log2 }.ToScheme(),
            Throws.TypeOf<WageException>().With.Message.Contains($"is {log2}, but must be from 0 to 54"));
        Assert.That(
            () => new WageOptions { GradientRange = RangeEstimator.Fixed, FixedGradientRange = log2 }.ToScheme(),
            Throws.TypeOf<WageException>().With.Message.Contains($"is {log2}, but must be from 0 to 54"));
    }

    [Test]
    public void ARateThatDropsMoreBitsOfAFixedRangeThanThereAreIsRefused()
    {
        using var backend = new ReferenceBackend();
        var scheme = new WageOptions { GradientRange = RangeEstimator.Fixed, FixedGradientRange = 54 }.ToScheme();
        using var network = new Network([new Dense(3)], scheme, new SquaredError(), new Shape(2, 1, 1, 4), backend);
        Assert.That(
            () => network.RequireRate(new Ratio(1, 1 << 20)),
            Throws.TypeOf<WageException>().With.Message.Contains("gradients of 55 bits does not fit 64-bit arithmetic"));
    }
}
