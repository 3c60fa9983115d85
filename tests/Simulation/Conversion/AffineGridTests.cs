using Wage.Numbers;
using Wage.Simulation.Conversion;
using Wage.Tests.Data;

namespace Wage.Tests.Simulation.Conversion;

/// <summary>From ranges to codes and back: golden numbers, and the laws that a grid keeps.</summary>
[Parallelizable]
public sealed class AffineGridTests
{
    private const int Unsigned = 128;

    [TestCase(-1f, 2f, 8, 85)]
    [TestCase(0f, 6f, 8, 0)]
    [TestCase(-10f, 30f, 8, 64)]
    [TestCase(-1f, 1f, 8, 128)]
    [TestCase(.1f, .9f, 8, 0)]
    [TestCase(-.9f, -.1f, 8, 255)]
    [TestCase(-.25f, .75f, 4, 4)]
    public void ARangeIsNudgedUntilZeroHasACode(float least, float greatest, int bits, int unsignedZeroPoint)
    {
        var grid = AffineGrid.Of("a", least, greatest, bits);
        Assert.That(grid.ZeroPoint, Is.EqualTo(unsignedZeroPoint - (1 << (bits - 1))));
        Assert.That(grid.Codes, Is.EqualTo(new CodeRange(-(1 << (bits - 1)), (1 << (bits - 1)) - 1)));
        Assert.That((grid.Value(grid.ZeroPoint), grid.Code(0), grid.Code(-0.0)), Is.EqualTo((0.0, grid.ZeroPoint, grid.ZeroPoint)));
    }

    [Test]
    public void TheNudgedRangesAreTheGoldenOnes() => Assert.Multiple(() =>
    {
        Assert.That(AffineGrid.Of("a", -1, 2, 8).ZeroPoint, Is.EqualTo(-43));
        var fourBits = AffineGrid.Of("a", -.25f, .75f, 4);
        Assert.That((fourBits.Least, fourBits.Greatest), Is.EqualTo((-.26667, .73333)).Within(5e-6));
        var positive = AffineGrid.Of("a", .1f, .9f, 8);
        Assert.That((positive.Least, positive.Greatest), Is.EqualTo((0.0, 0.9)).Within(1e-7));
        var guide = AffineGrid.Of("a", -10, 30, 8);
        Assert.That((guide.Least, guide.Greatest), Is.EqualTo((-10.039, 29.961)).Within(5e-4), "moved, where 0 has a code");
    });

    [Test]
    public void TheGuidesExampleIsNotNudged()
    {
        var range = LinearRange.Of("weights", [-10, 3, 30]);
        var codes = new byte[5];
        range.Quantize([-10, 10, 30, float.PositiveInfinity, -11], codes);
        Assert.That(codes, Is.EqualTo(new byte[] { 0, 128, 255, 255, 0 }));
        var values = new float[3];
        range.Dequantize([0, 128, 255], values);
        Assert.That(values, Is.EqualTo(new[] { -10, 10.0784f, 30 }).Within(1e-4));
        Assert.That((int)MathF.Floor(((10f + 10) / (40f / 255)) + .5f), Is.EqualTo(127), "by a float32 scale it would be another");
        Assert.That(new LinearRange(2, 2).Value(new LinearRange(2, 2).Code(7)), Is.EqualTo(2));
    }

    /// <summary>Each code comes back from its value, and a value within the range is half a step away from its code's.</summary>
    [Test]
    public void CodesComeBackAndValuesAreHalfAStepAway([Range(2, 8)] int bits)
    {
        var random = new Random(bits);
        for (var n = 0; n < 300; n++)
        {
            var (a, b) = ((random.NextSingle() - .5f) * MathF.Pow(2, random.Next(-40, 40)), (random.NextSingle() - .5f) * 3);
            AffineGrid[] grids =
            [
                AffineGrid.Of("a", Math.Min(a, b), Math.Max(a, b), bits), AffineGrid.Asymmetric("w", Math.Min(a, b), Math.Max(a, b), bits),
                AffineGrid.Symmetric("w", Math.Abs(a), bits),
            ];
            foreach (var grid in grids)
            {
                for (var code = grid.Codes.Low; code <= grid.Codes.High; code++)
                    if (grid.Code(grid.Value(code)) != code) Assert.Fail($"{grid}: {code}");
                var value = grid.Least + (random.NextDouble() * (grid.Greatest - grid.Least));
                if (Math.Abs(grid.Value(grid.Code(value)) - value) > grid.Scale * .5000001) Assert.Fail($"{grid}: {value}");
            }
        }
    }

    [Test]
    public void CodesOfWeightsAreSymmetricOrLeaveTheLeastOut([Range(2, 8)] int bits) => Assert.Multiple(() =>
    {
        var most = (1 << (bits - 1)) - 1;
        var symmetric = AffineGrid.Symmetric("w", .75f, bits);
        Assert.That((symmetric.ZeroPoint, symmetric.Codes, symmetric.Scale), Is.EqualTo((0, new CodeRange(-most, most), (float)(.75 / most))));
        Assert.That((symmetric.Code(-.75), symmetric.Code(.75), symmetric.Code(-9)), Is.EqualTo((-most, most, -most)));
        var asymmetric = AffineGrid.Asymmetric("w", -.1f, .9f, bits);
        Assert.That((asymmetric.Codes, asymmetric.Code(-.1), asymmetric.Code(9)), Is.EqualTo((new CodeRange(-most, most), -most, most)));
    });

    [Test]
    public void ATensorOfZerosHasOneCode() => Assert.Multiple(() =>
    {
        Assert.That(AffineGrid.Of("a", 0, 0, 8), Is.EqualTo(new AffineGrid(1, -128, new CodeRange(-128, -128))));
        Assert.That(AffineGrid.Symmetric("w", 0, 8), Is.EqualTo(new AffineGrid(1, 0, new CodeRange(0, 0))));
        Assert.That(AffineGrid.Of("a", 0, 0, 8).Value(AffineGrid.Of("a", 0, 0, 8).Code(3)), Is.Zero);
        Assert.That(AffineGrid.Of("a", 0, float.Epsilon, 8).Scale, Is.Positive, "a step that float32 has no smaller one for");
        Assert.That(AffineGrid.Of("a", -float.MaxValue, float.MaxValue, 2).Scale, Is.LessThan(float.PositiveInfinity));
    });

    [Test]
    public void AClampOfValuesIsOneOfCodes() => Assert.Multiple(() =>
    {
        Assert.That(Unsigneds(new(.12f, 7 - Unsigned, new(-128, 127)), 0, 6), Is.EqualTo((7, 57)));
        Assert.That(Unsigneds(new((float)(6 / 255.0), 0 - Unsigned, new(-128, 127)), 0, 6), Is.EqualTo((0, 255)));
        Assert.That(new AffineGrid(.05f, -100, new(-128, 127)).Within(0, 6), Is.EqualTo(new CodeRange(-100, 20)));
        Assert.That(new AffineGrid(.4f, 3, new(-128, 127)).Within(-1, 1), Is.EqualTo(new CodeRange(1, 5)), "float32's .4 is above 2/5");
        Assert.That(new AffineGrid(.5f, 3, new(-128, 127)).Within(0, null), Is.EqualTo(new CodeRange(3, 127)), "a ReLU");
        Assert.That(new AffineGrid(1e-30f, 3, new(-128, 127)).Within(-1, 1), Is.EqualTo(new CodeRange(-128, 127)), "beyond all codes");

        static (int, int) Unsigneds(AffineGrid grid, int from, int to) =>
            grid.Within(from, to) is var (low, high) ? (low + Unsigned, high + Unsigned) : default;
    });

    [TestCase(1f, -1f), TestCase(float.NaN, 1f), TestCase(0f, float.PositiveInfinity), TestCase(float.NegativeInfinity, 0f)]
    public void WhatIsNoRangeIsRefusedByTheTensorsName(float least, float greatest)
    {
        Assert.That(Scratch.Refusal(() => AffineGrid.Of("conv1", least, greatest, 8)), Does.StartWith("conv1: its range is ["));
        if (!float.IsFinite(greatest)) Assert.That(Scratch.Refusal(() => AffineGrid.Symmetric("conv1", greatest, 8)), Does.StartWith("conv1: "));
        Assert.That(Scratch.Refusal(() => AffineGrid.Of("a", 0, 1, 8).Quantize([1, float.NaN], new sbyte[2])), Does.Contain("value 1 is NaN"));
        Assert.That(() => AffineGrid.Of("a", 0, 1, 9), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => AffineGrid.Of("a", 0, 1, 8).Dequantize(new sbyte[2], new float[3]), Throws.ArgumentException);
    }
}
