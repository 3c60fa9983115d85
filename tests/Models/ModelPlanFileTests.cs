using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;
using Wage.Tests.Data;
using Wage.Training;

namespace Wage.Tests.Models;

/// <summary>A model in a file: what comes back is the same to the last bit, and nothing else is taken for one.</summary>
[Parallelizable]
public sealed class ModelPlanFileTests
{
    private static readonly string[] Written = [.. PlannedNetworks.Names.Where(name => name is not ("own layer" or "table")), "affine", "branches"];
    private static readonly string Weights = new('7', 64);
    private readonly Scratch scratch = new();

    private string Path => scratch.Path("m.wplan");

    [OneTimeTearDown]
    public void Clean() => scratch.Dispose();

    [TestCaseSource(nameof(Written))]
    public void WhatIsWrittenIsReadBack(string name)
    {
        using var backend = new HostBackend(1);
        var plan = name switch
        {
            "affine" => AffinePlanTests.Plan(MultiplierRounding.Single, true),
            "branches" => AffineOperationTests.Plan(MultiplierRounding.Double),
            _ => ((Network)PlannedNetworks.Train(name, backend).Network).ToPlan(),
        };
        var file = Of(plan) with { Config = "seed: 3\n", Origin = name == "affine" ? null : new ModelOrigin(Weights, "93a7fa5", 2) };
        file.Write(Path);
        var bytes = File.ReadAllBytes(Path);
        var read = ModelPlanFile.Read(Path);
        Assert.That((read.Data, read.Config, read.Origin, read.Plan.Input), Is.EqualTo((file.Data, file.Config, file.Origin, plan.Input)));
        Assert.That(read.Plan.Nodes.Select(node => (node.Name, node.Output)), Is.EqualTo(plan.Nodes.Select(node => (node.Name, node.Output))));
        Assert.That(read.Plan.Constants.SelectMany(one => one.Unpack()), Is.EqualTo(plan.Constants.SelectMany(one => one.Unpack())));
        read.Write(Path);
        Assert.That(File.ReadAllBytes(Path).AsSpan().SequenceEqual(bytes), "written again it is the same file");
        var pixels = Scratch.Ramp(3 * plan.Image.Length);
        using var one = new IntegerModel(plan, backend);
        using var other = Predictor.Load(Path, backend);
        Assert.That(other.Predict(pixels, 3).SelectMany(answer => answer.Scores), Is.EqualTo(one.Scores(pixels, 3)));
        Assert.That(other.ClassNames.Take(2), Is.EqualTo(new[] { "no", "yes" }));
    }

    [Test]
    public void EveryChangedByteAndEveryLengthIsRefusedByName()
    {
        var good = Small();
        for (var i = 0; i < good.Length; i += 3)
        {
            foreach (var flip in (byte[])[0x01, 0x80])
            {
                var bad = (byte[])good.Clone();
                bad[i] ^= flip;
                Refused(bad, "m.wplan");
            }

            Refused(good[..i], "m.wplan");
        }

        Refused([.. good, 0], "m.wplan");
        Refused(Encoding.UTF8.GetBytes(new string('x', 500)), "is not a Wage model");
        Assert.That(Scratch.Refusal(() => Checkpoint.Read(Path)), Does.Contain("is not a Wage checkpoint"));
        var next = (byte[])good.Clone();
        next[8] = 3;
        Refused(next, "version 3");
    }

    /// <summary>Headers that lie in a file whose checksum is right.</summary>
    [TestCase("\"operation\":\"image\"", "\"operation\":\"relu\"", "its first node is no image")]
    [TestCase("\"operation\":\"concat\"", "\"operation\":\"concatenate\"", "there is no operation 'concatenate'")]
    [TestCase("\"operation\":\"concat\"", "\"operation\":\"image\"", "'concat1' reads 3 nodes")]
    [TestCase("\"operation\":\"reshape\"", "\"operation\":\"sum\",\"shiftX\":0,\"shiftY\":0", "'flatten1' reads 1 nodes")]
    [TestCase("\"inputs\":[0,1]", "\"inputs\":[0,7]", "there is no node 7")]
    [TestCase("\"inputs\":[0,1]", "\"inputs\":[0,-1]", "there is no node -1")]
    [TestCase("\"inputs\":[0,1]", "\"inputs\":[0]", "'residual1' reads 1 nodes")]
    [TestCase("\"name\":\"concat1\"", "\"name\":\"residual1\"", "a node has the name 'residual1'")]
    [TestCase("\"shape\":[1,3,5,2]", "\"shape\":[2,3,5,2]", "a node has the shape [2,3,5,2]")]
    [TestCase("\"shape\":[1,3,5,2]", "\"shape\":[1,30000,30000,30000]", "m.wplan")]
    [TestCase("\"shape\":[1,3,5,2]", "\"shape\":[1,3,5,0]", "m.wplan")]
    [TestCase("\"shape\":[1,3,5,6]", "\"shape\":[1,3,5,7]", "concat1: its inputs have 6 columns")]
    [TestCase("\"bound\":128", "\"bound\":9", "9")]
    [TestCase("\"bound\":128,\"inputs\":[0,1]", "\"bound\":119,\"inputs\":[0,1]", "claims a bound of 119, but reaches 120")]
    [TestCase("\"bound\":128,\"inputs\":[0,1]", "\"bound\":129,\"inputs\":[0,1]", "Int8 holds 128")]
    [TestCase("\"bound\":128", "\"bound\":-1", "a node has the bound -1")]
    [TestCase("\"rounding\":\"Double\"", "\"rounding\":\"Twice\"", "rounding is 'Twice'")]
    [TestCase("\"rounding\":\"Double\"", "\"rounding\":1", "rounding is 1, but must be a text")]
    [TestCase("\"bound\":128", "\"bound\":\"x\"", "bound is \"x\", but must be a whole number of 64 bits")]
    [TestCase("\"bound\":128", "\"bound\":1e30", "bound is 1e30, but must be a whole number of 64 bits")]
    [TestCase("\"inputs\":[0,1]", "\"inputs\":{\"a\":1}", "inputs is an object, but must be a list")]
    [TestCase("\"inputs\":[0,1]", "\"inputs\":[0.5,1]", "inputs is 0.5, but must be a whole number of 32 bits")]
    [TestCase("\"high\":127", "\"high\":true", "high is true, but must be a whole number of 32 bits")]
    [TestCase("\"nodes\":[{", "\"nodes\":[[],{", "what holds operation is a list, but must be an object with names")]
    [TestCase("\"rounding\":\"HalfAway\"", "\"rounding\":\"Stochastic\"", "rounding is Stochastic")]
    [TestCase("\"shift\":0,\"zeroPoint\":-9", "\"shift\":31,\"zeroPoint\":-9", "affine has")]
    [TestCase("\"shift\":0,\"zeroPoint\":-9", "\"shift\":0,\"zeroPoint\":-129", "codes that Int8 does not hold")]
    [TestCase("\"high\":127", "\"high\":128", "codes that Int8 does not hold")]
    [TestCase("\"shiftX\":0", "\"shiftX\":1", "a scale above 1")]
    [TestCase("\"windowHeight\":3", "\"windowHeight\":4", "windows has")]
    [TestCase("\"windowHeight\":3", "\"windowHeight\":-3", "windows has")]
    [TestCase("\"height\":3,\"width\":5,\"channels\":2,\"fit\"", "\"height\":3,\"width\":5,\"channels\":3,\"fit\"", "are not its model's")]
    [TestCase("\"input\":null", "\"input\":\"Both\"", "input is 'Both'")]
    [TestCase("\"reads\":0", "\"reads\":16", "reads is 16")]
    [TestCase("\"reads\":0", "\"reads\":2", "reads 1 nodes and 0 constants")]
    [TestCase("\"fractionBits\":0", "\"fractionBits\":63", "fractionBits is 63")]
    [TestCase("\"inputs\":[0],\"constants\":[]", "\"inputs\":[0],\"constants\":[\"w\"]", "reads 1 nodes and 1 constants")]
    [TestCase("\"epoch\":2", "\"epoch\":-2", "epoch is -2")]
    [TestCase("\"commit\":\"\"", "\"commit\":\"../x\"", "origin has")]
    [TestCase("\"weights\":\"77", "\"weights\":\"7", "origin has")]
    [TestCase("\"weights\":\"77", "\"weights\":\"7G", "origin has")]
    [TestCase("{\"config\"", "[\"config\"", "m.wplan")]
    public void AHeaderThatLiesIsRefused(string text, string lie, string why) => Lie(Small(), text, lie, why);

    [TestCase("\"kernelHeight\":3", "\"kernelHeight\":300", "product has")]
    [TestCase("\"stride\":1", "\"stride\":0", "product has")]
    [TestCase("\"top\":1", "\"top\":16000", "product has")]
    [TestCase("\"outside\":-37", "\"outside\":128", "product has")]
    [TestCase("\"groups\":1", "\"groups\":3", "product has")]
    [TestCase("\"filters\":5", "\"filters\":16777216", "conv1")]
    [TestCase("\"accumulator\":\"Int32\"", "\"accumulator\":\"Int8\"", "accumulator is Int8")]
    [TestCase("{\"name\":\"conv1\",\"type\":\"Int8\",\"shape\":[90]}", "{\"name\":\"conv1\",\"type\":\"Int8\",\"shape\":[91]}", "bytes, but")]
    [TestCase("{\"name\":\"conv1\",\"type\":\"Int8\",\"shape\":[90]}", "{\"name\":\"conv1\",\"type\":\"UInt8\",\"shape\":[90]}", "weights is UInt8")]
    [TestCase("{\"name\":\"conv1\",\"type\":\"Int8\",\"shape\":[90]}", "{\"name\":\"dense1\",\"type\":\"Int8\",\"shape\":[90]}", "is there twice")]
    [TestCase("\"conv1.multipliers\",\"conv1.shifts\"]", "\"conv1.shifts\",\"conv1.multipliers\"]", "column 0 has the multiplier -")]
    public void AProductThatLiesIsRefused(string text, string lie, string why)
    {
        Of(AffinePlanTests.Plan(MultiplierRounding.Double, true)).Write(Path);
        Lie(File.ReadAllBytes(Path), text, lie, why);
    }

    [Test]
    public void APieceOfSomebodysOwnIsRefusedByItsNodeAndNothingIsWritten()
    {
        foreach (var name in new[] { "own layer", "table" })
        {
            using var backend = new HostBackend(1);
            var plan = ((Network)PlannedNetworks.Train(name, backend).Network).ToPlan();
            if (plan.Nodes.All(node => node.Operation.GetType().Assembly == typeof(ModelPlan).Assembly)) continue;
            Assert.That(Scratch.Refusal(() => Of(plan).Write(scratch.Path("own.wplan"))), Does.Contain("somebody's own"));
        }

        var image = new SignalSpec(new Shape(1, 2, 2, 1), ElementType.Int8, 0, 128);
        var own = new PlanBuilder(image);
        own.Add("mine", new Doubled(), image, [0]);
        Assert.That(
            Scratch.Refusal(() => Of(own.ToPlan(new sbyte[256])).Write(scratch.Path("own.wplan"))),
            Does.StartWith("mine: a Doubled is a piece of somebody's own"));
        Assert.That(File.Exists(scratch.Path("own.wplan")), Is.False);
    }

    [Test]
    public void ScoresWhoseScaleTakesThemBeyond32BitsAreRefused()
    {
        var image = new SignalSpec(new Shape(1, 1, 1, 2), ElementType.Int8, 0, 128);
        var weights = HostTensor.Create(ElementType.Int8, new Shape(2));
        (weights[0], weights[1]) = (127, 127);
        foreach (var (shift, fits) in new[] { (16, true), (17, false) })
        {
            var plan = new PlanBuilder(image);
            var end = new AffineStage(new(1 << 30, shift), 0, int.MinValue, int.MaxValue, MultiplierRounding.Double);
            plan.Add(
                "dense1", new ProductOperation(ConvGeometry.Dense(1, 2, 1), ElementType.Int32, null, FusedStage.Of(end)),
                new SignalSpec(new Shape(1, 1), ElementType.Int32, 0, int.MaxValue), [0], ("dense1", weights));
            Assert.That(() => plan.ToPlan(new sbyte[256]), fits ? Throws.Nothing : Throws.TypeOf<WageException>().With.Message.StartsWith(
                "dense1: the sums of filter 0 can reach 32512, and 2^17 times that"));
        }
    }

    internal static ModelPlanFile Of(ModelPlan plan) =>
        new(plan, new DatasetDescription(new ImagePreparation(plan.Image[1], plan.Image[2], plan.Image[3]), ["no", "yes"]));

    private byte[] Small()
    {
        (Of(AffineOperationTests.Plan(MultiplierRounding.Double)) with { Origin = new ModelOrigin(Weights, string.Empty, 2) }).Write(Path);
        return File.ReadAllBytes(Path);
    }

    private void Lie(byte[] good, string text, string lie, string why)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(good.AsSpan(12));
        var header = Encoding.UTF8.GetString(good, 16, length);
        Assert.That(header, Does.Contain(text));
        var at = header.IndexOf(text, StringComparison.Ordinal);
        var changed = Encoding.UTF8.GetBytes(header[..at] + lie + header[(at + text.Length)..]);
        byte[] bytes = [.. good[..16], .. changed, .. good[(16 + length)..]];
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), changed.Length);
        SHA256.HashData(bytes.AsSpan(..^32), bytes.AsSpan(^32..));
        Refused(bytes, why);
    }

    private void Refused(byte[] bytes, string why)
    {
        File.WriteAllBytes(Path, bytes);
        var refusal = Scratch.Refusal(() => ModelPlanFile.Read(Path));
        if (!refusal.Contains(why, StringComparison.Ordinal) || !refusal.StartsWith(Path, StringComparison.Ordinal)) Assert.Fail($"{why}: {refusal}");
    }

    private sealed record Doubled : PlanOperation
    {
        public override void Run(IBackend backend, PlanTensors t) => throw new NotSupportedException();
    }
}
