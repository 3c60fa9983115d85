using System.Text;
using System.Text.Json;
using Wage.Models;
using Wage.Simulation.Compression;
using Wage.Tests.Experiments;
using Wage.Tests.Traces;

namespace Wage.Tests.Export;

/// <summary>A model's constants as arrays for other programs.</summary>
[Parallelizable]
internal sealed class WeightsExportTests
{
    private const string Reader = """
        import json, numpy
        arrays = numpy.load('m.npz')
        nodes = json.loads(bytes(arrays['nodes.json']))
        w = arrays['dense1']
        print(w.dtype, list(w.shape), int(w.astype(int).sum()), nodes[-1]['name'], arrays['table'].shape[0])
        """;

    [Test]
    public void EveryConstantIsInTheFileAndNumpyReadsIt()
    {
        using var scratch = new ScratchFolder();
        TinyRun.Finish(scratch.Run("run"), 1, "training.epochs=1");
        CommandLine.Do("export", scratch.In("run"), "--out", scratch.In("m.wplan"));
        var plan = ModelPlanFile.Read(scratch.In("m.wplan")).Plan;
        foreach (var format in new[] { "npz", "safetensors" })
        {
            CommandLine.Do("export", scratch.In("m.wplan"), "--format", format, "--out", scratch.In($"m.{format}"));
            var read = WeightSet.Read(scratch.In($"m.{format}"));
            foreach (var constant in plan.Constants)
            {
                var tensor = read.Tensors.Single(one => one.Name == constant.Name);
                Assert.That((tensor.Type, tensor.Shape), Is.EqualTo((constant.Type, constant.Shape)), constant.Name);
                Assert.That(tensor.Bytes, Is.EqualTo(constant.Unpack()), constant.Name);
            }

            Assert.That(read.Tensors.Single(one => one.Name == "table").Bytes.Select(one => (sbyte)one), Is.EqualTo(plan.Pixels.ToArray()));
            var json = format == "npz"
                ? Encoding.UTF8.GetString(read.Tensors.Single(one => one.Name == "nodes.json").Bytes) : read.Notes["nodes.json"];
            using var nodes = JsonDocument.Parse(json);
            Assert.That(
                nodes.RootElement.EnumerateArray().Select(one => (one.GetProperty("name").GetString(), one.GetProperty("fractionBits").GetInt32())),
                Is.EqualTo(plan.Nodes.Select(node => (node.Name, node.Output.FractionBits))));
            var again = CommandLine.Refusal("export", scratch.In("m.wplan"), "--format", format, "--out", scratch.In($"m.{format}"));
            Assert.That(again, Does.Contain("is there"));
        }

        Assert.That(CommandLine.Refusal("export", scratch.In("run"), "--format", "npz", "--out", scratch.In("a.wage")), Does.Contain(".npz"));
        Numpy.Require();
        var (exit, text) = Numpy.Execute(Reader, scratch.Path);
        var dense = plan["dense1"];
        Assert.That((exit, text), Is.EqualTo((0,
            $"int8 [{dense.Shape[0]}, {dense.Shape[1]}] {dense.UnpackInt8().Sum(one => one)} {plan.Nodes[^1].Name} 256\n")));
    }
}
