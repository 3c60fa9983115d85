using Wage.Backends;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.SelfTest;
using Wage.Tensors;
using Wage.Tests.Gpu;

namespace Wage.Tests.Models;

/// <summary>Branches of affine codes that meet: a sum that is rescaled, channels side by side on one grid, means halves away from zero.</summary>
[Parallelizable]
public sealed class AffineOperationTests
{
    private const int Height = 3, Width = 5, Channels = 2, Images = 7, Positions = Height * Width;

    private static readonly AffineStage Branch = new(new(1_900_000_000, 0), -9, -128, 127, MultiplierRounding.Double);
    private static readonly AffineSum Sum = new(
        new(new(1_073_741_824, 0), 5), new(new(1_589_137_896, -2), -9), new(1_431_655_730, -18), 4, -100, 120, MultiplierRounding.Double);

    [Test]
    public void ItsScoresAreThoseOfLoopsOnEveryBackend([Values] MultiplierRounding rounding)
    {
        var pixels = new Draw(7).Many(Images * Positions * Channels, 0, 255);
        var (plan, expected) = (Plan(rounding), Expected(pixels, rounding));
        foreach (var (device, threads) in new[] { ("reference", 1), ("cpu", 1), ("cpu", 2), ("ilgpu-cpu", 1) })
        {
            using var lent = Lent.Of(device, threads);
            using var model = new IntegerModel(plan, lent.Backend, batch: 4);
            Assert.That(model.Scores([.. pixels.Select(p => (byte)p)], Images), Is.EqualTo(expected), $"{device}, {threads} threads");
        }

        Assert.That(expected.Distinct().Count(), Is.GreaterThan(20));
    }

    [Test]
    public void WhatDoesNotFitIsRefusedByTheNodesName()
    {
        var image = new SignalSpec(new Shape(1, Height, Width, Channels), ElementType.Int8, 0, 128);
        var wide = image with { Type = ElementType.Int32 };
        var twice = image with { Shape = new Shape(1, Height, Width, 2 * Channels) };
        Refused("reads 1 nodes", new AffineSumOperation(Sum), image, 0);
        Refused("needs", new AffineSumOperation(Sum), twice, 0, 0);
        Refused("output is Int32", new AffineSumOperation(Sum), wide, 0, 0);
        Refused("scale above 1", new AffineSumOperation(Sum with { X = new(new(1 << 30, 1), 0) }), image, 0, 0);
        Refused("code of more than 8 bits", new AffineSumOperation(Sum with { High = 128 }), image, 0, 0);
        Refused("scale", new AffineSumOperation(Sum with { Scale = new(-1, 0) }), image, 0, 0);
        Refused("scale", new AffineSumOperation(Sum with { Y = new(new(1 << 30, -32), 0) }), image, 0, 0);
        Refused("have 2 columns", new ConcatOperation(), twice, 0);
        Refused("units of 0 and 3 bits", new ConcatOperation(), twice with { FractionBits = 3 }, 0, 0);
        Refused("input is Int8", new ConcatOperation(), twice with { Type = ElementType.Int32 }, 0, 0);
        Refused("reads 0 nodes", new ConcatOperation(), twice);
        Refused("needs", new ConcatOperation(), twice with { Shape = new Shape(1, Height, Width + 1, 2 * Channels) }, 0, 0);

        void Refused(string why, PlanOperation operation, SignalSpec output, params int[] inputs) => Assert.That(
            () => new PlanBuilder(image).Add("sum1", operation, output, inputs),
            Throws.ArgumentException.With.Message.StartsWith("sum1: ").And.Message.Contains(why));
    }

    internal static ModelPlan Plan(MultiplierRounding rounding)
    {
        SignalSpec Codes(int channels) => new(new Shape(1, Height, Width, channels), ElementType.Int8, 0, 128);
        var plan = new PlanBuilder(Codes(Channels));
        var branch = plan.Add("quantize1", new StageOperation(FusedStage.Of(Branch with { Rounding = rounding })), Codes(Channels), [0]);
        var sum = plan.Add("residual1", new AffineSumOperation(Sum with { Rounding = rounding }), Codes(Channels), [0, branch]);
        var both = plan.Add("concat1", new ConcatOperation(), Codes(3 * Channels), [sum, 0, sum]);
        var windows = new PoolGeometry(1, Height, Width, 3 * Channels, Height, Width, 1);
        var mean = plan.Add(
            "pool1", new AveragePoolOperation(windows, Rounding.HalfAway), new(windows.OutputShape, ElementType.Int8, 0, 128), [both]);
        plan.Add("flatten1", new ReshapeOperation(), new(new Shape(1, 3 * Channels), ElementType.Int8, 0, 128), [mean]);
        return plan.ToPlan([.. Enumerable.Range(0, 256).Select(p => (sbyte)(p - 128))]);
    }

    private static long[] Expected(long[] pixels, MultiplierRounding rounding) => [.. pixels.Chunk(Positions * Channels).SelectMany(image =>
    {
        var means = new long[3 * Channels];
        for (var c = 0; c < means.Length; c++)
        {
            var total = 0L;
            for (var p = 0; p < Positions; p++)
            {
                var x = (int)image[(p * Channels) + (c % Channels)] - 128;
                var y = Math.Clamp(Branch.ZeroPoint + Branch.Scale.Scale(x, rounding), -128, 127);
                var t = Sum.X.Scale.Scale((x - Sum.X.ZeroPoint) << 20, rounding) + Sum.Y.Scale.Scale((y - Sum.Y.ZeroPoint) << 20, rounding);
                total += c is >= Channels and < 2 * Channels ? x : Math.Clamp(Sum.ZeroPoint + Sum.Scale.Scale(t, rounding), Sum.Low, Sum.High);
            }

            means[c] = Math.Sign(total) * (((2 * Math.Abs(total)) + Positions) / (2 * Positions));
        }

        return means;
    })];
}
