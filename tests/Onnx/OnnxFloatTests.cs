using System.Buffers.Binary;
using Google.Protobuf;
using Onnx;
using Wage.Backends;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Onnx;
using Wage.Quantization;
using Wage.SelfTest;
using Wage.Tensors;
using Wage.Tests.Data;
using Wage.Tests.Export;
using Wage.Tests.Models;
using Wage.Training;

namespace Wage.Tests.Onnx;

/// <summary>
/// Graphs of floats with quantizers: ONNX Runtime gives the plan's scores to the last bit where the model says that they are exact, and within what
/// it says elsewhere. The Quant nodes of QONNX, which ONNX Runtime does not know, are spelled out as QONNX defines them.
/// </summary>
[Parallelizable]
public sealed class OnnxFloatTests
{
    private const int Images = 6;
    private const string WayOut = "the format onnx keeps integers";
    private static readonly string[] Networks =
        ["mlp", "lenet", "lenet of random roundings", "vgg7", "resnet", "separable", "wide sums", "biased"];

    /// <summary>One node of these plans rounds, and what follows it widens nothing.</summary>
    private static readonly string[] Kinds =
        ["raw", "relu stage", "shift", "activation", "affine", "wide scores", "dense shift", "pools", "means", "concat"];

    [Test]
    public void ATrainedNetworkHasTheSameScores(
        [ValueSource(nameof(Networks))] string name, [Values(OnnxStyle.Qdq, OnnxStyle.Qonnx)] OnnxStyle style)
    {
        using var backend = new HostBackend(1);
        using var trainer = PlannedNetworks.Train(name, backend);
        var (plan, pixels) = (((Network)trainer.Network).ToPlan(), PlannedNetworks.Data(trainer, Images).Pixels);
        using var model = new IntegerModel(plan, backend);
        var (expected, onnx) = (model.Scores(pixels, Images), OnnxFile.Of(ModelPlanFileTests.Of(plan), style));
        Assert.That(onnx.Differences, Is.Empty);
        foreach (var (how, scores) in OnnxModelRun.Of(Runnable(onnx), plan, pixels, Images)) Assert.That(scores, Is.EqualTo(expected), how);
    }

    [Test]
    public void ANodeDiffersByWhatItSaysAtMost(
        [ValueSource(nameof(Kinds))] string kind, [Values(OnnxStyle.Qdq, OnnxStyle.Qonnx)] OnnxStyle style)
    {
        var (plans, exact) = (0, 0);
        for (var seed = 0UL; seed < 10; seed++)
        {
            var (plan, parts) = RandomPlans.Of(kind, seed);
            if (Graph(plan, style) is not { } onnx || onnx.Differences.Count > 1) continue;
            var most = onnx.Differences.Sum(difference => difference.Codes);
            (plans, exact) = (plans + 1, exact + (most == 0 ? 1 : 0));
            var pixels = Array.ConvertAll(new Draw(seed + 77).Many(Images * plan.Image.Length, 0, 255), p => (byte)p);
            using var model = new IntegerModel(plan, new ReferenceBackend());
            var expected = model.Scores(pixels, Images);
            foreach (var (how, scores) in OnnxModelRun.Of(Runnable(onnx), plan, pixels, Images))
                Assert.That(expected.Zip(scores, (a, b) => Math.Abs(a - b)).Max(), Is.LessThanOrEqualTo(most), $"plan {seed}, {how}: {parts}");
        }

        TestContext.Out.WriteLine($"{kind}: {plans} plans, {exact} exact");
        Assert.That(plans, Is.GreaterThan(0));
    }

    /// <summary>The planted fault: a scale that is one power of two off.</summary>
    [Test]
    public void AScaleThatIsABitOffIsFound()
    {
        var plan = LeNet();
        var (onnx, pixels) = (OnnxFile.Of(ModelPlanFileTests.Of(plan), OnnxStyle.Qdq), Scratch.Ramp(Images * plan.Image.Length));
        var quantizer = onnx.Proto.Graph.Node.Where(node => node.OpType == "QuantizeLinear").ElementAt(1);
        var scale = onnx.Proto.Graph.Initializer.Single(constant => constant.Name == quantizer.Input[1]);
        var bytes = scale.RawData.ToByteArray();
        BinaryPrimitives.WriteSingleLittleEndian(bytes, 2 * BinaryPrimitives.ReadSingleLittleEndian(bytes));
        onnx.Proto.Graph.Initializer.Add(new TensorProto { Name = "off", DataType = 1, RawData = ByteString.CopyFrom(bytes) });
        quantizer.Input[1] = "off";
        using var model = new IntegerModel(plan, new ReferenceBackend());
        foreach (var (how, scores) in OnnxModelRun.Of(onnx.Proto.ToByteArray(), plan, pixels, Images))
            Assert.That(scores, Is.Not.EqualTo(model.Scores(pixels, Images)), how);
    }

    /// <summary>What TensorRT's documentation asks for: no zero points, and operators that its parser has.</summary>
    [Test]
    public void WageHasNoZeroPointsScalesThatArePowersOfTwoAndWeightsOfThreeValues()
    {
        var graph = OnnxFile.Of(ModelPlanFileTests.Of(LeNet()), OnnxStyle.Qdq).Proto.Graph;
        var constants = graph.Initializer.ToDictionary(constant => constant.Name);
        var pairs = graph.Node.Where(node => node.OpType is "QuantizeLinear" or "DequantizeLinear").ToList();
        foreach (var node in pairs)
        {
            Assert.That(constants[node.Input[2]].RawData.All(b => b == 0), node.Name);
            Assert.That(Math.Log2(BinaryPrimitives.ReadSingleLittleEndian(constants[node.Input[1]].RawData.Span)) % 1, Is.Zero, node.Name);
            if (constants.TryGetValue(node.Input[0], out var weights))
                Assert.That(weights.RawData.Select(b => (sbyte)b).Distinct(), Is.SubsetOf(new sbyte[] { -1, 0, 1 }), node.Name);
        }

        Assert.That(pairs, Has.Count.EqualTo(12), "an image, three activations, four products");
        string[] known = ["Conv", "Gemm", "MaxPool", "Relu", "Clip", "Reshape", "QuantizeLinear", "DequantizeLinear", "Identity"];
        Assert.That(graph.Node.Select(node => node.OpType).Distinct(), Is.SubsetOf(known));
    }

    /// <summary>What QONNX's documentation asks for: a number of bits for everything, weights as floats before their Quant, a batch of 1.</summary>
    [Test]
    public void QonnxNamesTheBitsOfWeightsAndActivations()
    {
        var onnx = OnnxFile.Of(ModelPlanFileTests.Of(LeNet()), OnnxStyle.Qonnx);
        var constants = onnx.Proto.Graph.Initializer.ToDictionary(constant => constant.Name);
        var bits = onnx.Proto.Graph.Node.Where(node => node.OpType == "Quant")
            .Select(node => (constants.ContainsKey(node.Input[0]), BinaryPrimitives.ReadSingleLittleEndian(constants[node.Input[3]].RawData.Span)));
        Assert.That(bits.CountBy(one => one).OrderBy(one => one.Key), Is.EqualTo(new KeyValuePair<(bool, float), int>[]
        {
            new((false, 7), 3), new((false, 8), 1), new((true, 2), 4),
        }));
        Assert.That(onnx.Proto.OpsetImport.Select(set => (set.Domain, set.Version)), Is.EqualTo(new[] { ("", 13L), ("qonnx.custom_op.general", 1) }));
        Assert.That(onnx.Proto.Graph.Input.Single().Type.TensorType.Shape.Dim.Select(dim => dim.DimValue), Is.EqualTo(new long[] { 1, 1, 28, 28 }));
    }

    [Test]
    public void WhatQuantizersDoNotSayIsRefusedWithAWayOut()
    {
        using var backend = new HostBackend(1);
        using var table = PlannedNetworks.Train("table", backend);
        var refusal = Scratch.Refusal(() => OnnxFile.Of(ModelPlanFileTests.Of(((Network)table.Network).ToPlan()), OnnxStyle.Qdq));
        Assert.That(refusal, Does.Contain("is a table, which no quantizer of evenly spaced codes says").And.Contain(WayOut));
        var image = new SignalSpec(new Shape(1, 1, 3, 1), ElementType.Int8, 0, 128);
        foreach (var (stage, type, words) in new (FusedStage, ElementType, string)[]
        {
            (FusedStage.Of(new ShiftStage(2, 127, Rounding.TowardZero)), ElementType.Int8, "cut: rounds TowardZero"),
            (FusedStage.Of(new ShiftStage(-2, 500, Rounding.HalfEven)), ElementType.Int16, "cut: its codes are from -500 to 500"),
        })
        {
            var plan = new PlanBuilder(image);
            plan.Add("cut", new StageOperation(stage), image with { Type = type, Bound = type == ElementType.Int8 ? 127 : 500 }, [0]);
            var file = ModelPlanFileTests.Of(plan.ToPlan(new sbyte[256]));
            Assert.That(Scratch.Refusal(() => OnnxFile.Of(file, OnnxStyle.Qdq)), Does.StartWith(words).And.Contain(WayOut));
        }
    }

    private static ModelPlan LeNet()
    {
        using var backend = new HostBackend(1);
        using var trainer = PlannedNetworks.Train("lenet", backend);
        return ((Network)trainer.Network).ToPlan();
    }

    [Test]
    public void CodesThatMeetInASumDifferByWhatItSaysAtMost([Values] MultiplierRounding rounding)
    {
        HashSet<long> seen = [];
        for (var seed = 0UL; seed < 8; seed++)
        {
            var draw = new Draw(seed);
            QuantizedMultiplier Scale(int shift) => new((int)draw.Between(1 << 30, int.MaxValue), shift);
            var image = new SignalSpec(new Shape(1, 3, 5, 2), ElementType.Int8, 0, 128);
            var plan = new PlanBuilder(image);
            var relu = plan.Add("relu", new ReluOperation(), image, [0]);
            var (x, y) = ((int)draw.Between(-128, 127), (int)draw.Between(-128, 127));
            var (codes, shift) = ((int)draw.Between(-100, 100), (int)draw.Between(-3, 0));
            var sum = new AffineSum(new(Scale(-1), x), new(Scale(shift), y), Scale((int)draw.Between(-20, -17)), codes, -120, 119, rounding);
            var added = plan.Add("sum", new AffineSumOperation(sum), image, [0, relu]);
            plan.Add("flat", new ReshapeOperation(), image with { Shape = new Shape(1, 30) }, [added]);
            var made = plan.ToPlan([.. Enumerable.Range(0, 256).Select(p => (sbyte)(p - 128))]);
            var onnx = OnnxFile.Of(ModelPlanFileTests.Of(made), OnnxStyle.Qdq);
            Assert.That(onnx.Differences.Select(one => (one.Node, one.Codes)), Is.EqualTo(new[] { ("sum", 1L) }));
            var pixels = Scratch.Ramp(Images * made.Image.Length);
            using var model = new IntegerModel(made, new ReferenceBackend());
            var expected = model.Scores(pixels, Images);
            seen.UnionWith(expected);
            foreach (var (how, scores) in OnnxModelRun.Of(onnx.Bytes, made, pixels, Images))
                Assert.That(expected.Zip(scores, (a, b) => Math.Abs(a - b)).Max(), Is.LessThanOrEqualTo(1), $"plan {seed}, {how}: {sum}");
        }

        Assert.That(seen, Has.Count.GreaterThan(50));
    }

    internal static OnnxModel? Graph(ModelPlan plan, OnnxStyle style)
    {
        try
        {
            return OnnxFile.Of(ModelPlanFileTests.Of(plan), style);
        }
        catch (WageException refusal) when (refusal.Message.Contains(WayOut, StringComparison.Ordinal))
        {
            return null;
        }
    }

    /// <summary>The graph in standard operators, of any number of images: y = (clip(round(x / scale + zero)) - zero) scale for each Quant.</summary>
    internal static byte[] Runnable(OnnxModel model)
    {
        var proto = ModelProto.Parser.ParseFrom(model.Bytes.ToArray());
        var (constants, nodes) = (proto.Graph.Initializer.ToDictionary(one => one.Name), proto.Graph.Node.ToArray());
        proto.Graph.Node.Clear();
        foreach (var node in nodes)
        {
            if (node.OpType != "Quant")
            {
                proto.Graph.Node.Add(node);
                continue;
            }

            var (x, scale, zero, name) = (node.Input[0], node.Input[1], node.Input[2], node.Output[0]);
            var bits = (int)BinaryPrimitives.ReadSingleLittleEndian(constants[node.Input[3]].RawData.Span);
            bool Is(string attribute) => node.Attribute.Single(one => one.Name == attribute).I == 1;
            var most = Is("signed") ? (1 << (bits - 1)) - 1 : (1 << bits) - 1;
            var least = !Is("signed") ? 0 : Is("narrow") ? -most : -most - 1;
            string Add(string operation, params string[] inputs)
            {
                var added = new NodeProto { OpType = operation, Name = $"{name}/node{proto.Graph.Node.Count}" };
                added.Input.Add(inputs);
                added.Output.Add(added.Name);
                proto.Graph.Node.Add(added);
                return added.Name;
            }

            string Constant(float value)
            {
                var bytes = new byte[sizeof(float)];
                BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
                var own = $"{name}/constant{proto.Graph.Initializer.Count}";
                proto.Graph.Initializer.Add(new TensorProto { Name = own, DataType = 1, RawData = ByteString.CopyFrom(bytes) });
                return own;
            }

            var codes = Add("Round", Add("Clip", Add("Add", Add("Div", x, scale), zero), Constant(least), Constant(most)));
            _ = Add("Mul", Add("Sub", codes, zero), scale);
            proto.Graph.Node[^1].Output[0] = name;
        }

        foreach (var value in proto.Graph.Input.Concat(proto.Graph.Output))
            value.Type.TensorType.Shape.Dim[0] = new TensorShapeProto.Types.Dimension { DimParam = "N" };
        return proto.ToByteArray();
    }
}
