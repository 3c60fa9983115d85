using System.Buffers.Binary;
using System.Diagnostics;
using Google.Protobuf;
using Onnx;
using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Onnx;
using Wage.Quantization;
using Wage.Tensors;
using Wage.Tests.Data;
using Wage.Tests.Export;
using Wage.Tests.Models;
using Wage.Training;

namespace Wage.Tests.Onnx;

/// <summary>The file: its operators, its words, what it refuses, and that a wrong bit in it is found.</summary>
[Parallelizable]
public sealed class OnnxFileTests
{
    private const int Images = 8;
    private readonly Scratch scratch = new();

    [OneTimeTearDown]
    public void Clean() => scratch.Dispose();

    [Test]
    public void WageIsQLinearAndCodesAreIntegerProducts()
    {
        Assert.That(Operators(Wage()), Is.EqualTo(new[] { "QLinearConv", "QLinearConv", "QLinearMatMul", "MatMulInteger" }));
        Assert.That(Operators(AffinePlanTests.Plan(MultiplierRounding.Single, true)), Is.EqualTo(new[] { "ConvInteger", "MatMulInteger" }));

        static IEnumerable<string> Operators(ModelPlan plan) => OnnxFile.Of(ModelPlanFileTests.Of(plan)).Proto.Graph.Node
            .Select(node => node.OpType)
            .Where(type => type.Contains("Linear", StringComparison.Ordinal) || type.Contains("Integer", StringComparison.Ordinal));
    }

    [Test]
    public void NoFloatIsInItButPowersOfTwoAsScales()
    {
        ModelPlan[] plans =
            [Wage(), AffinePlanTests.Plan(MultiplierRounding.Double, true), AffineOperationTests.Plan(MultiplierRounding.Single)];
        foreach (var plan in plans)
        {
            var floats = OnnxFile.Of(ModelPlanFileTests.Of(plan)).Proto.Graph.Initializer
                .Where(constant => (TensorProto.Types.DataType)constant.DataType is TensorProto.Types.DataType.Float).ToList();
            foreach (var scale in floats)
                Assert.That(Math.Log2(BinaryPrimitives.ReadSingleLittleEndian(scale.RawData.Span)) % 1, Is.Zero, scale.Name);
        }
    }

    [Test]
    public void TheSameModelGivesTheSameBytesAndNamesWhatItWasTrainedOn()
    {
        var image = new ImagePreparation(7, 7, 2, ImageFit.Pad);
        var data = new DatasetDescription(image, ["a \"b\"</script>", "é"]);
        var file = new ModelPlanFile(AffinePlanTests.Plan(MultiplierRounding.Double, true), data)
        {
            Config = "seed: 3\n",
        };
        var path = scratch.Path("m.onnx");
        Assert.That(OnnxFile.Begins(path), Is.False);
        OnnxFile.Of(file).Write(path);
        Assert.That(OnnxFile.Begins(path));
        Assert.That(OnnxFile.Of(file).Bytes.ToArray(), Is.EqualTo(File.ReadAllBytes(path)));
        var read = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
        Assert.That((read.ProducerName, read.OpsetImport.Single().Version, read.OpsetImport.Single().Domain), Is.EqualTo(("wage", 13, "")));
        var words = read.MetadataProps.ToDictionary(entry => entry.Key, entry => entry.Value);
        Assert.That(words["wage.recipe"], Is.EqualTo("seed: 3\n"));
        Assert.That(System.Text.Json.JsonSerializer.Deserialize<string[]>(words["wage.classes"]), Is.EqualTo(file.Data.ClassNames));
        Assert.That(words["wage.preparation"], Is.EqualTo("""{"height":7,"width":7,"channels":2,"fit":"Pad"}"""));
        Assert.That(read.Graph.Input.Single().Type.TensorType.Shape.Dim[0].DimParam, Is.EqualTo("N"));
    }

    [Test]
    public void AShiftThatIsABitOffIsFound()
    {
        foreach (var (plan, kind) in new[] { (Wage(), "QLinearConv"), (AffinePlanTests.Plan(MultiplierRounding.Single, true), "BitShift") })
        {
            var onnx = OnnxFile.Of(ModelPlanFileTests.Of(plan)).Proto;
            var node = onnx.Graph.Node.First(one => one.OpType == kind);
            var constant = onnx.Graph.Initializer.Single(one => one.Name == node.Input[kind == "BitShift" ? 1 : 6]);
            var bytes = constant.RawData.ToByteArray();
            if (kind == "BitShift") bytes[0]++;
            else BinaryPrimitives.WriteSingleLittleEndian(bytes, 2 * BinaryPrimitives.ReadSingleLittleEndian(bytes));
            var pixels = Scratch.Ramp(Images * plan.Image.Length);
            using var backend = new HostBackend(1);
            using var model = new IntegerModel(plan, backend);
            Assert.That(Scores(), Is.EqualTo(model.Scores(pixels, Images)));
            constant.RawData = ByteString.CopyFrom(bytes);
            Assert.That(Scores(), Is.Not.EqualTo(model.Scores(pixels, Images)), kind);

            long[] Scores()
            {
                using var run = new OnnxModelRun(onnx.ToByteArray(), plan, isOptimized: true);
                return run.Scores(pixels, Images);
            }
        }
    }

    [Test]
    public void WhatNoGraphIsKnownForIsRefusedByItsNode()
    {
        var image = new SignalSpec(new Shape(1, 2, 2, 1), ElementType.Int8, 0, 128);
        var own = new PlanBuilder(image);
        own.Add("mine", new Own(), image, [0]);
        Assert.That(Refusal(own.ToPlan(new sbyte[256])), Does.StartWith("mine: a Own is a piece of somebody's own"));
        var wide = new PlanBuilder(image);
        var at = 0;
        foreach (var (shift, i) in new[] { 30, 24 }.Select((shift, i) => (shift, i)))
        {
            var bound = (wide[at].Bound << shift) + wide[at].Bound;
            at = wide.Add($"sum{i}", new SumOperation(shift, 0), image with { Type = ElementType.Int64, Bound = bound }, [at, at]);
        }

        wide.Add("quantize1", new StageOperation(FusedStage.Of(new ShiftStage(3, 127, Rounding.HalfEven))), image, [at]);
        Assert.That(Refusal(wide.ToPlan(new sbyte[256])), Does.StartWith("quantize1: its sums can reach 2305843"));

        string Refusal(ModelPlan plan)
        {
            var path = scratch.Path("refused.onnx");
            var refusal = Scratch.Refusal(() => OnnxFile.Of(ModelPlanFileTests.Of(plan)).Write(path));
            Assert.That(File.Exists(path), Is.False);
            return refusal;
        }
    }

    /// <summary>The greatest sums choose the operators, so a bound that is too small would leave them wrong.</summary>
    [Test]
    public void ABoundThatDoesNotHoldIsRefused([Values] OnnxStyle style)
    {
        var image = new SignalSpec(new Shape(1, 1, 2, 1), ElementType.Int8, 0, 128);
        var plan = new PlanBuilder(image);
        plan.Add("quantize1", new StageOperation(FusedStage.Of(new ShiftStage(0, 127, Rounding.HalfEven))), image with { Bound = 1 }, [0]);
        var refusal = Scratch.Refusal(() => OnnxFile.Of(ModelPlanFileTests.Of(plan.ToPlan(new sbyte[256])), style));
        Assert.That(refusal, Does.Contain("quantize1: claims a bound of 1, but reaches 127"));
    }

    /// <summary>What python3-onnx finds in whole graphs, types and shapes inferred; every kind of plan is asked about at once.</summary>
    [Test]
    public void TheCheckerTakesEveryGraph()
    {
        var folder = Directory.CreateDirectory(scratch.Path("checked")).FullName;
        List<ModelPlan> plans =
        [
            Wage(), AffinePlanTests.Plan(MultiplierRounding.Single, true), AffineOperationTests.Plan(MultiplierRounding.Double),
            .. RandomPlans.Kinds.SelectMany(kind => Enumerable.Range(0, 3).Select(seed => RandomPlans.Of(kind, (ulong)seed).Plan)),
        ];
        OnnxModel[] graphs =
        [
            .. plans.Select(plan => OnnxFile.Of(ModelPlanFileTests.Of(plan))),
            .. plans.Select(plan => OnnxFloatTests.Graph(plan, OnnxStyle.Qdq)).OfType<OnnxModel>(),
            .. plans.Select(plan => OnnxFloatTests.Graph(plan, OnnxStyle.Qonnx)).OfType<OnnxModel>(),
        ];
        foreach (var (i, graph) in graphs.Index()) graph.Write(Path.Combine(folder, $"{i}.onnx"));
        const string program = """
            import glob, onnx, sys
            files = glob.glob(sys.argv[1] + '/*.onnx')
            for file in files: onnx.checker.check_model(onnx.load(file), full_check=True)
            print(len(files))
            """;
        var (text, errors) = Python(program, folder);
        if (text is null) Assert.Ignore("there is no /usr/bin/python3 with onnx here (python3-onnx)");
        Assert.That(text!.Trim(), Is.EqualTo($"{graphs.Length}"), errors);
    }

    private static (string? Text, string Errors) Python(string program, string argument)
    {
        foreach (var python in new[] { "/usr/bin/python3", "python3" })
        {
            if (!File.Exists(python) && python[0] == '/') continue;
            try
            {
                using (var probe = Process.Start(new ProcessStartInfo(python, ["-c", "import onnx"]) { RedirectStandardError = true })!)
                {
                    _ = probe.StandardError.ReadToEnd();
                    probe.WaitForExit();
                    if (probe.ExitCode != 0) continue;
                }

                var start = new ProcessStartInfo(python, ["-c", program, argument]) { RedirectStandardOutput = true, RedirectStandardError = true };
                using var process = Process.Start(start)!;
                var errors = process.StandardError.ReadToEndAsync();
                var text = process.StandardOutput.ReadToEnd();
                process.WaitForExit();
                return (text, errors.Result);
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // Not under this name.
            }
        }

        return (null, string.Empty);
    }

    private static ModelPlan Wage()
    {
        using var backend = new HostBackend(1);
        using var trainer = PlannedNetworks.Train("lenet", backend);
        return ((Network)trainer.Network).ToPlan();
    }

    private sealed record Own : PlanOperation
    {
        public override void Run(IBackend backend, PlanTensors t) => throw new NotSupportedException();
    }
}
