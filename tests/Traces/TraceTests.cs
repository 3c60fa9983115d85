using System.Text.Json.Nodes;
using Wage.Backends;
using Wage.Tests.Experiments;

namespace Wage.Tests.Traces;

/// <summary>Tracing changes no bit, and the manifest says what was written.</summary>
[Parallelizable]
public sealed class TraceTests
{
    [Test]
    public void ATracedRunEndsWithTheWeightsOfAnUntracedOneAndOnEveryDevice()
    {
        using var scratch = new ScratchFolder();
        using var host = new HostBackend(3);
        var plain = TracedNetwork.Trainer(TracedNetwork.Vgg7, new ReferenceBackend());
        for (var i = 0; i < 3; i++) plain.Step();
        var traced = TracedNetwork.Trace(TracedNetwork.Vgg7, scratch.In("trace"), steps: 3, host);
        Assert.That(traced.Network.WeightsSha256(), Is.EqualTo(plain.Network.WeightsSha256()));
    }

    [TestCase(TracedNetwork.LeNet)]
    [TestCase(TracedNetwork.ResNet20 + "training: { batch: 1 }")]
    public void TheManifestNamesEveryFileAndNothingElse(string yaml)
    {
        using var scratch = new ScratchFolder();
        TracedNetwork.Trace(yaml, scratch.In("trace"), steps: 1);
        var manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(scratch.In("trace"), "manifest.json")))!;
        var tensors = manifest["steps"]![0]!["tensors"]!.AsArray();
        var files = Directory.EnumerateFiles(scratch.In("trace"), "*.npy", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(scratch.In("trace"), path).Replace('\\', '/'));
        Assert.That(tensors.Select(t => (string)t!["file"]!), Is.EquivalentTo(files));
        foreach (var tensor in tensors)
        {
            var array = NpyArray.Read(Path.Combine(scratch.In("trace"), (string)tensor!["file"]!));
            Assert.That((string)tensor["dtype"]!, Is.EqualTo(array.Type));
            Assert.That(tensor["shape"]!.AsArray().Select(extent => (int)extent!), Is.EqualTo(array.Shape));
        }
    }

    [Test]
    public void TheManifestHasTheLayersOfAResidualOnItsTwoSides()
    {
        using var scratch = new ScratchFolder();
        TracedNetwork.Trace(TracedNetwork.ResNet20 + "training: { batch: 1 }", scratch.In("trace"), steps: 1);
        var layers = JsonNode.Parse(File.ReadAllText(Path.Combine(scratch.In("trace"), "manifest.json")))!["layers"]!.AsArray();
        var residuals = layers.Where(layer => (string)layer!["op"]! == "residual").Select(layer =>
            $"{layer!["name"]}: {Names(layer["branch"]!)} | {Names(layer["shortcut"]!)}").ToArray();
        Assert.That(residuals, Has.Length.EqualTo(9));
        Assert.That(residuals[0], Is.EqualTo("residual1: conv2 relu2 quantize2 conv3 | "));
        Assert.That(residuals[3], Is.EqualTo("residual4: conv8 relu8 quantize8 conv9 | conv10"));
        Assert.That(layers.Select(layer => (string)layer!["op"]!).TakeLast(3), Is.EqualTo(new[] { "averagePool", "flatten", "product" }));

        static string Names(JsonNode side) => string.Join(' ', side.AsArray().Select(layer => (string)layer!["name"]!));
    }
}
