using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Tests.Quantization;

[Parallelizable]
public sealed class AffineBoundTests
{
    private static readonly CodeRange Codes = new(-128, 127);

    [Test]
    public void AsManyTermsAsFitAreTakenAndOneMoreIsRefused() => Assert.Multiple(() =>
    {
        Assert.That(AffineBound.Require("conv1", 66311, Codes, -128, 127, 0), Is.EqualTo(66311 * 255 * 127));
        Assert.That(
            () => AffineBound.Require("conv1", 66312, Codes, -128, 127, 0),
            Throws.TypeOf<WageException>().With.Message.StartsWith("conv1: a sum of 66312 terms")
                .And.Message.Contains("can reach 2147514120, but 32 bits"));
    });

    [Test]
    public void TheBiasCounts() => Assert.Multiple(() =>
    {
        Assert.That(AffineBound.Require("dense", 1, Codes, 0, 1, int.MaxValue - 128), Is.EqualTo(int.MaxValue));
        Assert.That(() => AffineBound.Require("dense", 1, Codes, 0, 1, int.MaxValue - 127), Throws.TypeOf<WageException>());
        Assert.That(() => AffineBound.Require("dense", int.MaxValue, Codes, 127, 128, long.MaxValue), Throws.TypeOf<WageException>());
    });

    /// <summary>Few codes far from 0: q - Z is small, but neither the sum of q w nor the start is.</summary>
    [Test]
    public void TheSumOfStoredCodesAndTheStartCount() => Assert.Multiple(() =>
    {
        Assert.That(AffineBound.Require("conv1", 1000, new CodeRange(-128, -113), -120, 127, 0), Is.EqualTo(128 * 1000 * 127));
        Assert.That(AffineBound.Require("conv1", 1000, new CodeRange(-128, -113), -128, 127, 7), Is.EqualTo((128 * 1000 * 127) + 7));
    });
}
