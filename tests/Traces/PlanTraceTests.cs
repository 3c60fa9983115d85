using System.Text.Json;
using Wage.Backends;
using Wage.Models;
using Wage.Tests.Data;
using Wage.Tests.Experiments;
using Wage.Tests.Models;

namespace Wage.Tests.Traces;

/// <summary>A model's answers, node by node.</summary>
[Parallelizable]
public sealed class PlanTraceTests
{
    [Test]
    public void EveryNodeIsShownOnceAndTheLastIsTheScores()
    {
        using var backend = new HostBackend(2);
        var plan = AffineOperationTests.Plan(Wage.Numbers.MultiplierRounding.Double);
        using var model = new IntegerModel(plan, backend, 3);
        var pixels = Scratch.Ramp(3 * plan.Image.Length);
        var (names, last) = (new List<string>(), Array.Empty<long>());
        model.Observe(pixels, 3, (node, values) =>
        {
            names.Add(node.Name);
            Assert.That((values.Type, values.Shape), Is.EqualTo((node.Output.Type, node.Output.Shape.OfBatch(3))), node.Name);
            last = [.. Enumerable.Range(0, values.Length).Select(i => values[i])];
        });
        Assert.That(names, Is.EqualTo(plan.Nodes.Select(node => node.Name)));
        Assert.That(last, Is.EqualTo(model.Scores(pixels, 3)));
        Assert.That(Scratch.Refusal(() => model.Observe(Scratch.Ramp(4 * plan.Image.Length), 4, (_, _) => { })), Does.Contain("count: is 4"));
    }

    [Test]
    public void AModelsTraceHasEveryNodeAndConstantWithWhatTheModelComputes()
    {
        using var scratch = new ScratchFolder();
        using (var run = TinyRun.Prepare(scratch.Run("run")))
            new Wage.Experiments.Runs.RunLoop(run, new StopAfter(5, () => { })).Execute(CancellationToken.None);
        CommandLine.Do("export", scratch.Run("run").Path, "--out", scratch.In("m.wplan"));
        var printed = CommandLine.Do("trace", scratch.In("m.wplan"), "--images", "0..1", "2", "--hex", "--out", scratch.In("t"), "--threads", "1");
        Assert.That(printed, Does.Match(@"(?m)^arrays +\d+, \d+ KiB$"));
        var plan = ModelPlanFile.Read(scratch.In("m.wplan")).Plan;
        using var manifest = JsonDocument.Parse(File.ReadAllText(scratch.In("t/manifest.json")));
        var root = manifest.RootElement;
        Assert.That(root.GetProperty("images").EnumerateArray().Select(one => one.GetString()), Is.EqualTo(new[] { "test:0", "test:1", "test:2" }));
        using var backend = new HostBackend(1);
        using var model = new IntegerModel(plan, backend, 3);
        byte[] pixels = [.. Read("pixels.npy").Values.Select(value => (byte)value)];
        var nodes = root.GetProperty("nodes").EnumerateArray().ToList();
        model.Observe(pixels, 3, (node, values) =>
        {
            var file = nodes.Single(one => one.GetProperty("name").GetString() == node.Name).GetProperty("file").GetString()!;
            Assert.That(Read(file).Values, Is.EqualTo(Enumerable.Range(0, values.Length).Select(i => values[i])), node.Name);
            Assert.That(File.Exists(scratch.In($"t/{Path.ChangeExtension(file, ".hex")}")), file);
        });
        foreach (var constant in root.GetProperty("constants").EnumerateArray())
            Assert.That(
                Read(constant.GetProperty("file").GetString()!).Values.Length,
                Is.EqualTo(plan[constant.GetProperty("name").GetString()!].Shape.Length));
        Refused("--steps: is for trainings", "trace", scratch.In("m.wplan"), "--steps", "2", "--out", scratch.In("u"));
        Refused("--set: is for recipes", "trace", scratch.In("m.wplan"), "--set", "a=b", "--out", scratch.In("u"));
        Refused("--images: is for a model's file", "trace", "digits", "--images", "1", "--out", scratch.In("u"));
        Refused("is not an empty folder", "trace", scratch.In("m.wplan"), "--out", scratch.In("t"));
        Refused("test", "trace", scratch.In("m.wplan"), "--images", "999999", "--out", scratch.In("u"));
        Assert.That(Directory.Exists(scratch.In("u")), Is.False);

        NpyArray Read(string file) => NpyArray.Read(scratch.In($"t/{file}"));
        static void Refused(string why, params string[] arguments) => Assert.That(CommandLine.Refusal(arguments), Does.Contain(why));
    }
}
