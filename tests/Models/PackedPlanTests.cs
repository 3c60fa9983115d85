using System.Runtime.InteropServices;
using Wage.Backends;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;
using Wage.Tests.Data;

namespace Wage.Tests.Models;

/// <summary>Weights of few bits in memory and in files: packed, and the answers as ever.</summary>
[Parallelizable]
public sealed class PackedPlanTests
{
    private const int Inputs = 37, Hidden = 21, Classes = 3;

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    [TestCase(8)]
    public void AModelAnswersTheSameWithItsWeightsPacked(int bits)
    {
        var (plan, first, second) = Plan(bits);
        Assert.That((plan["dense1"].Bits, plan["dense1"].Stored.Length), Is.EqualTo((bits, ((Inputs * Hidden * bits) + 7) / 8)));
        Assert.That(plan["dense1"].UnpackInt8(), Is.EqualTo(first));
        var pixels = Scratch.Ramp(5 * Inputs);
        var expected = Scores(pixels, first, second);
        foreach (var backend in (IBackend[])[new ReferenceBackend(), new HostBackend(1), new HostBackend(2)])
        {
            using var model = new IntegerModel(plan, backend);
            Assert.That(model.Scores(pixels, 5), Is.EqualTo(expected), backend.Name);
            var again = model.Scores(pixels.AsSpan(Inputs, Inputs), 1);
            Assert.That(again, Is.EqualTo(expected[Classes..(2 * Classes)]), "behind another layer's weights");
            backend.Dispose();
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    public void TheFileHoldsThePackedWeights(int bits)
    {
        using var scratch = new Scratch();
        var (plan, _, _) = Plan(bits);
        var path = scratch.Path("m.wplan");
        ModelPlanFileTests.Of(plan).Write(path);
        Assert.That(new FileInfo(path).Length, Is.LessThan(2800 + (Inputs * Hidden * bits / 8)));
        Assert.That(ModelPlanFile.Read(path).Plan["dense1"].Stored.ToArray(), Is.EqualTo(plan["dense1"].Stored.ToArray()));
    }

    /// <summary>A dense layer, a shift to 8 bits and another dense layer, with weights from end to end of their bits.</summary>
    private static (ModelPlan Plan, sbyte[] First, sbyte[] Second) Plan(int bits)
    {
        var (key, low, high) = (new RandomKey(7, RandomStream.Synthetic(0), (uint)bits), -(1 << (bits - 1)), (1 << (bits - 1)) - 1);
        sbyte[] Codes(int n, ulong from) => [.. Enumerable.Range(0, n).Select(i =>
        {
            var code = (int)RandomBits.Below(key, from + (ulong)i, high - low + 1) + low;
            return (sbyte)(bits == 1 && code == 0 ? 1 : code);
        })];
        var (first, second) = (Codes(Inputs * Hidden, 0), Codes(Hidden * Classes, 10_000));
        var build = new PlanBuilder(new SignalSpec(new Shape(1, 1, 1, Inputs), ElementType.Int8, 7, 127));
        var dense = new ProductOperation(ConvGeometry.Dense(1, Inputs, Hidden), ElementType.Int32, null, FusedStage.Of(Stage));
        var codes = new SignalSpec(new Shape(1, Hidden), ElementType.Int8, 7, 127);
        var hidden = build.Add("dense1", dense, codes, [0], ("dense1", Host(first, Hidden, Inputs)));
        build.Add(
            "dense2", new ProductOperation(ConvGeometry.Dense(1, Hidden, Classes), ElementType.Int32),
            new SignalSpec(new Shape(1, Classes), ElementType.Int32, 14, int.MaxValue), [hidden], ("dense2", Host(second, Classes, Hidden)));
        return (build.ToPlan(Pixels), first, second);
    }

    private static ShiftStage Stage => new(6, 127, Rounding.HalfEven);

    private static sbyte[] Pixels { get; } = [.. Enumerable.Range(0, 256).Select(pixel => (sbyte)(pixel / 2))];

    private static Tensor Host(sbyte[] values, int filters, int terms)
    {
        var tensor = HostTensor.Create(ElementType.Int8, new Shape(filters, terms));
        MemoryMarshal.AsBytes(values.AsSpan()).CopyTo(tensor.Bytes);
        return tensor;
    }

    private static long[] Scores(byte[] pixels, sbyte[] first, sbyte[] second)
    {
        var scores = new List<long>();
        foreach (var image in pixels.Chunk(Inputs))
        {
            var sums = Enumerable.Range(0, Hidden).Select(f => Enumerable.Range(0, Inputs).Sum(i => Pixels[image[i]] * first[(f * Inputs) + i]));
            var hidden = sums.Select(sum => FixedPoint.RoundToLimit(sum, 6, 127, Rounding.HalfEven)).ToArray();
            scores.AddRange(Enumerable.Range(0, Classes).Select(f => Enumerable.Range(0, Hidden).Sum(i => hidden[i] * second[(f * Hidden) + i])));
        }

        return [.. scores];
    }
}
