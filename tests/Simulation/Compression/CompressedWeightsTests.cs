using System.Runtime.InteropServices;
using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Simulation.Compression;
using Wage.Tensors;
using Wage.Tests.Experiments;
using Wage.Tests.Training;
using Wage.Training;

namespace Wage.Tests.Simulation.Compression;

/// <summary>Weights to codes and back: half a step, sizes, what is kept, and the checkpoint that comes back.</summary>
[Parallelizable]
public sealed class CompressedWeightsTests
{
    [Test]
    public void AValueComesBackHalfAStepAwayAtMost([Range(2, 8)] int bits, [Values] Granularity granularity)
    {
        var random = new Random(bits);
        for (var round = 0; round < 40; round++)
        {
            var shape = new Shape(random.Next(1, 9), random.Next(9, 40));
            var magnitude = MathF.Pow(2, random.Next(-30, 30));
            var values = Enumerable.Range(0, shape.Length).Select(_ => (random.NextSingle() - random.NextSingle()) * magnitude);
            var tensor = Floats("w", shape, [.. values]);
            var small = CompressedTensor.Of(tensor, bits, granularity);
            Assert.That(small.Bits, Is.EqualTo(bits));
            Assert.That(small.Ranges, Has.Count.EqualTo(granularity == Granularity.Tensor ? 1 : shape[0]));
            var (before, after, slice) = (Values(tensor), Values(small.Restore()), shape.Length / small.Ranges.Count);
            for (var i = 0; i < before.Length; i++)
            {
                var range = small.Ranges[i / slice];
                var half = ((double)range.Greatest - range.Least) / ((1 << bits) - 1) / 2;
                var ulp = MathF.BitIncrement(MathF.Abs(after[i])) - MathF.Abs(after[i]);
                Assert.That(Math.Abs((double)before[i] - after[i]), Is.LessThanOrEqualTo((half * (1 + 1e-9)) + (ulp / 2)));
                if (before[i] == range.Least || before[i] == range.Greatest) Assert.That(after[i], Is.EqualTo(before[i]), "the ends have codes");
            }

            Assert.That(CompressedTensor.Of(small.Restore(), bits, granularity).Content.ToArray(), Is.EqualTo(small.Content.ToArray()), "codes stay");
        }
    }

    [Test]
    public void TheGuidesExampleHasItsCodes()
    {
        float[] values = [-10, 10, 30, .. Enumerable.Repeat(-10f, 21)];
        var small = CompressedTensor.Of(Floats("w", new Shape(2, 12), values), 8, Granularity.Tensor);
        Assert.That(small.Content.ToArray(), Is.EqualTo((byte[])[.. Bytes(-10f), .. Bytes(30f), 0, 128, 255, .. new byte[21]]));
        Assert.That(Values(small.Restore())[1], Is.EqualTo(10.0784f).Within(1e-4));
    }

    [Test]
    public void ARangeForEachChannelKeepsASmallChannelsValues()
    {
        float[] values = [.. Enumerable.Range(0, 64).Select(i => i < 32 ? i : i / 1000f)];
        var tensor = Floats("w", new Shape(2, 32), values);
        var (one, each) = (CompressedTensor.Of(tensor, 4, Granularity.Tensor), CompressedTensor.Of(tensor, 4, Granularity.Channel));
        Assert.That(Values(one.Restore())[32..].Distinct().Count(), Is.EqualTo(1));
        Assert.That(Values(each.Restore())[32..].Distinct().Count(), Is.EqualTo(16));
        Assert.That(each.Size - one.Size, Is.EqualTo(8));
    }

    [Test]
    public void WhatCodesWouldNotMakeSmallerIsKept()
    {
        float[] odd = [0.1f, -0.0f, float.NaN, 3];
        var tensors = CompressedWeights.Of(new WeightSet(
        [
            Floats("bias", new Shape(4), odd), Floats("scalar", new Shape([1]), [7]), Floats("column", new Shape(9, 1), new float[9]),
            Floats("long", new Shape(1 << 14), new float[1 << 14]), new("steps", ElementType.Int64, new Shape(1), new byte[8]),
        ]), 8, Granularity.Channel).Tensors;
        Assert.That(tensors.Select(tensor => (tensor.Bits, tensor.Size)), Is.EqualTo(new[] { (0, 16), (0, 4), (0, 36), (8, 8 + 16384), (0, 8) }));
        Assert.That(tensors[0].Restore().Bytes, Is.EqualTo(Floats("bias", new Shape(4), odd).Bytes), "bit for bit");
        Assert.That(tensors[1].ErrorOf(tensors[1].Restore())!.Value.SignalToNoise, Is.EqualTo(double.PositiveInfinity));
        Assert.That(tensors[4].ErrorOf(tensors[4].Restore()), Is.Null);
    }

    [TestCase(float.NaN), TestCase(float.PositiveInfinity)]
    public void AValueThatIsNoFiniteNumberIsRefusedByItsTensor(float value)
    {
        var tensor = Floats("conv1", new Shape(4, 4), [value, .. new float[15]]);
        Assert.That(
            () => CompressedTensor.Of(tensor, 8, Granularity.Tensor),
            Throws.TypeOf<WageException>().With.Message.StartsWith("conv1: its range is"));
    }

    [TestCase(1), TestCase(9), TestCase(-2147483648)]
    public void ThereAreCodesOf2To8Bits(int bits) => Assert.That(
        () => CompressedWeights.Of(new WeightSet([Floats("w", new Shape(4, 4), new float[16])]), bits),
        Throws.TypeOf<WageException>().With.Message.EqualTo($"codes of {bits} bits: there are those of 2 to 8."));

    /// <summary>The file, headers and all, against the weights as float32.</summary>
    [TestCase("lenet5"), TestCase("vgg7")]
    public void LeNetAndVgg7AreAQuarter(string model)
    {
        using var scratch = new ScratchFolder();
        var spec = model == "vgg7" ? ModelSpec.Vgg7() : ModelSpec.LeNet5(ConvPadding.Valid);
        var checkpoint = CheckpointHeaderTests.Small with { Weights = Planned(spec, model == "vgg7" ? (32, 32, 3) : (28, 28, 1)), States = [] };
        var small = CompressedWeights.Of(WeightSet.Of(checkpoint));
        small.Write(scratch.In("a.wagez"));
        Assert.That((double)small.FloatBytes / new FileInfo(scratch.In("a.wagez")).Length, Is.GreaterThan(3.9).And.LessThan(4));
    }

    [Test]
    public void ACheckpointComesBackWithItsOptimizerAsAtTheStart()
    {
        using var scratch = new ScratchFolder();
        using var backend = new HostBackend(1);
        using var trainer = FloatRuns.Steps(FloatRuns.Start(backend, momentum: new Ratio(9, 10)), 20);
        var before = trainer.Save("name: tiny\n");
        CompressedWeights.Of(WeightSet.Of(before)).Write(scratch.In("a.wagez"));
        WeightSet.Read(scratch.In("a.wagez")).Write(scratch.In("b.wage"));
        var after = Checkpoint.Read(scratch.In("b.wage"));
        Assert.That((after.Config, after.Seed, after.Epoch, after.StepInEpoch, after.Last, after.Best),
            Is.EqualTo((before.Config, before.Seed, before.Epoch, before.StepInEpoch, before.Last, before.Best)));
        Assert.That(after.States.Select(state => state.Name), Is.EqualTo(before.States.Select(state => state.Name)).And.Not.Empty);
        Assert.That(after.States.SelectMany(state => state.Bytes), Is.All.Zero);
        foreach (var (was, now) in before.Weights.Zip(after.Weights))
        {
            var range = CompressedTensor.Of(was, 8, Granularity.Tensor).Ranges.SingleOrDefault();
            Assert.That(Values(now), Is.EqualTo(Values(was)).Within(((range.Greatest - range.Least) / 510) + 1e-6));
        }

        trainer.Load(after);
        Assert.That(trainer.Network.StoredWeights[0].Name, Is.EqualTo("dense1"));
    }

    [Test]
    public void ACheckpointOfIntegersIsRefused() => Assert.That(
        () => WeightSet.Of(CheckpointHeaderTests.Small), Throws.TypeOf<WageException>().With.Message.StartsWith(
            "the checkpoint's weights are integers already, 10 bytes of them: there is nothing to compress. HINT: "));

    internal static SavedTensor Floats(string name, Shape shape, float[] values) =>
        new(name, ElementType.Float32, shape, MemoryMarshal.AsBytes<float>(values).ToArray());

    internal static float[] Values(SavedTensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.Bytes).ToArray();

    private static byte[] Bytes(float value) => BitConverter.GetBytes(value);

    private static SavedTensor[] Planned(ModelSpec spec, (int, int, int) image)
    {
        var settings = SchemeRegistry.Find("float32")!.Settings();
        using var network = (spec with { Image = image }).Build(
            settings, new SoftmaxCrossEntropy(), 1, new PlanningBackend(), input: InputRange.Unit);
        return [.. network.StoredWeights.Select(one => new SavedTensor(one.Name, one.Type, one.Shape, new byte[one.Shape.Length * sizeof(float)]))];
    }
}
