using Wage.Experiments.Exports;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Onnx;
using Wage.Quantization;
using Wage.Tensors;
using Wage.Tests.Models;

namespace Wage.Tests.Experiments;

/// <summary>`wage export MODEL --format onnx`, its other forms, and `--format web`.</summary>
[Parallelizable]
internal sealed class OnnxExportTests
{
    private readonly ScratchFolder scratch = new();
    private ModelPlanFile model = null!;
    private string path = null!;

    [OneTimeSetUp]
    public void Write()
    {
        (model, path) = (ModelPlanFileTests.Of(AffinePlanTests.Plan(MultiplierRounding.Single, true)), scratch.In("m.wplan"));
        model.Write(path);
    }

    [OneTimeTearDown]
    public void Clean() => scratch.Dispose();

    [TestCase("onnx", OnnxStyle.Integers, "model.onnx", @"1 ConvInteger, 1 MatMulInteger\ninput +pixels UInt8 \[N,7,7,2\]\noutput +scores Int32")]
    [TestCase("onnx-qdq", OnnxStyle.Qdq, "model-qdq.onnx", @"products +1 Conv, 1 Gemm\ninput +image Float \[N,2,7,7\]\noutput +scores Float \[N,3\]")]
    [TestCase("onnx-qonnx", OnnxStyle.Qonnx, "model-qonnx.onnx", @"products +1 Conv, 1 MatMul\ninput +image Float \[1,2,7,7\]\noutput +scores Float")]
    public void ItWritesOneFileAndSaysWhatIsInIt(string format, OnnxStyle style, string name, string said)
    {
        for (var i = 0; i < 2; i++)
        {
            var output = CommandLine.Do("export", path, "--format", format);
            Assert.That(File.ReadAllBytes(scratch.In(name)), Is.EqualTo(OnnxFile.Of(model, style).Bytes.ToArray()), "the second over the first");
            var exact = style == OnnxStyle.Integers
                ? "every node, to the last bit" : @"all but conv1 by \d+, dense1 by \d+: a scale that is no power of two";
            Assert.That(output, Does.Match(said).And.Match($@"operators +opset 13, \d+ nodes").And.Match($"exact +{exact}"));
        }

        var refusal = CommandLine.Refusal("export", path, "--format", format, "--out", path);
        Assert.That(refusal, Does.Contain("m.wplan is there, and no exported ONNX model"));
    }

    [Test]
    public void APageIsAFolderOfTwoThatNamesTheClasses()
    {
        var folder = scratch.In("model-web");
        for (var i = 0; i < 2; i++)
        {
            var output = CommandLine.Do("export", path, "--format", "web");
            Assert.That(output, Does.Contain("index.html, model.onnx").And.Contain("onnxruntime-web").And.Contain($"--directory {folder}"));
            Assert.That(Directory.GetFiles(folder).Select(Path.GetFileName), Is.EquivalentTo(new[] { "index.html", "model.onnx" }));
            Assert.That(File.ReadAllBytes(Path.Combine(folder, "model.onnx")), Is.EqualTo(OnnxFile.Of(model).Bytes.ToArray()));
        }

        var page = File.ReadAllText(Path.Combine(folder, "index.html"));
        Assert.That(page, Does.Contain("const model = {\"height\":7,\"width\":7,\"channels\":2,\"classes\":[").And.Not.Contain("MODEL;"));
        Assert.That(page, Does.Not.Contain("https://").And.Not.Contain("src=\"http"), "nothing is loaded from elsewhere");
    }

    [Test]
    public void WhatSomebodyElseWroteStands()
    {
        foreach (var (name, why) in new[]
        {
            ("index.html", "index.html is there, and no file of an export"), ("model.onnx", "model.onnx is there, and no exported ONNX model"),
        })
        {
            var folder = Directory.CreateDirectory(scratch.In($"own-{name}")).FullName;
            File.WriteAllText(Path.Combine(folder, name), "mine");
            Assert.That(CommandLine.Refusal("export", path, "--format", "web", "--out", folder), Does.Contain(why));
            Assert.That(Directory.GetFiles(folder), Has.Length.EqualTo(1));
            Assert.That(File.ReadAllText(Path.Combine(folder, name)), Is.EqualTo("mine"));
        }

        Assert.That(CommandLine.Refusal("export", path, "--format", "web", "--out", path), Does.Contain("is a file, but a page is a folder of two"));
    }

    [Test]
    public void WhatHasNoGraphLeavesNothing()
    {
        var image = new SignalSpec(new Shape(1, 1, 2, 1), ElementType.Int8, 0, 128);
        var plan = new PlanBuilder(image);
        var long1 = plan.Add("sum1", new SumOperation(54, 54), image with { Type = ElementType.Int64, Bound = 1L << 62 }, [0, 0]);
        plan.Add("quantize1", new StageOperation(FusedStage.Of(new ShiftStage(60, 127, Rounding.HalfEven))), image with { Bound = 127 }, [long1]);
        ModelPlanFileTests.Of(plan.ToPlan(new sbyte[256])).Write(scratch.In("wide.wplan"));
        foreach (var (format, name) in new[] { ("onnx", "wide.onnx"), ("web", "wide") })
        {
            var refusal = CommandLine.Refusal("export", scratch.In("wide.wplan"), "--format", format, "--out", scratch.In(name));
            Assert.That(refusal, Does.Contain("quantize1: its sums can reach").And.Contain("take fewer terms"));
            Assert.That(Path.Exists(scratch.In(name)), Is.False);
        }
    }

    [Test]
    public void AModelThatIsNotThereIsSaidWithWhatCanBeNamed()
    {
        foreach (var format in ExportFormats.Names)
            Assert.That(
                CommandLine.Refusal("export", "nosuch", "--format", format),
                Does.Contain("nosuch: there is no such model").And.Contain("name a run's folder, a checkpoint or a model's file"));
        Assert.That(CommandLine.Refusal("export", path, "--format", "onx"), Does.Contain("did you mean onnx?"));
    }
}
