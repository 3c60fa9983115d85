using System.Text.Json.Nodes;
using Wage.Backends;
using Wage.Experiments.Calibration;
using Wage.Experiments.Runs;
using Wage.Simulation.Calibration;
using Wage.Tensors;

namespace Wage.Tests.Experiments;

/// <summary>`wage quantize`: from a float32 run to one of the scheme affine that every other command takes.</summary>
[Parallelizable]
internal sealed class QuantizeCommandTests
{
    private ScratchFolder scratch = null!;
    private string run = null!;

    [OneTimeSetUp]
    public void Train()
    {
        scratch = new ScratchFolder();
        run = scratch.In("float");
        CommandLine.Do(
            "train", "float32-mlp-digits", "--set", "data.train=400", "data.test=100", "training.batch=20", "training.epochs=2",
            "scheme.momentum=0.9", "training.eta=1/20", "model.sizes=40,20,10", "--threads", "2", "--out", run);
    }

    [OneTimeTearDown]
    public void Clean() => scratch.Dispose();

    [Test]
    public void TheNewRunAnswersAsItSaysAndDoesNotDependOnThreads()
    {
        var folder = scratch.In("new");
        var json = Quantize("current", folder, "2");
        Assert.That((long)json["correct"]!["float32"]!, Is.EqualTo(Correct(run)));
        Assert.That((long)json["correct"]!["quantized"]!, Is.EqualTo(Correct(folder)));
        Assert.That(json["layers"]!.AsArray().Select(layer => (string)layer!["name"]!), Is.EquivalentTo(new[] { "dense1", "dense2", "dense3" }));
        Assert.That(CommandLine.Do("show", folder), Does.Contain("affine").And.Contain("after 0 epochs and 0 steps"));
        Quantize("current", folder + "-again", "1");
        Assert.That(File.ReadAllBytes(folder + "-again/last.wage"), Is.EqualTo(File.ReadAllBytes(folder + "/last.wage")));
    }

    [Test]
    public void TheFloat32NetworkBesideTheQuantizedOneMustFitToo()
    {
        var saved = SavedRun.Open(run);
        var recipe = new QuantizeRequest(run, [], 64, new(CalibrationMethod.Current), [], false, false, 0, null, 1, null).RecipeOf(saved);
        var (one, other) = (RunMemory.Plan(recipe, 1, saved.Shape), RunMemory.Plan(saved.Recipe, 1, saved.Shape));
        var both = one.Total + other[MemoryKind.Weights] + other[MemoryKind.Gradients] + other[MemoryKind.Activations] + other[MemoryKind.Errors];
        using Room small = new(one.Total - one[MemoryKind.Data]), large = new(both);
        RunMemory.RequireFits(recipe, small, saved.Shape);
        Assert.That(
            () => QuantizedRun.RequireFits(saved, recipe, small),
            Throws.TypeOf<WageException>().With.Message.Contains("bytes of memory, but cpu has"));
        QuantizedRun.RequireFits(saved, recipe, large);
    }

    [TestCase("running"), TestCase("percentile"), TestCase("mse"), TestCase("entropy")]
    public void EachMethodKeepsTheAccuracyInIntegersToo(string method)
    {
        var correct = Quantize(method, scratch.In(method), "2")["correct"]!;
        Assert.That((long)correct["quantized"]!, Is.EqualTo((long)correct["float32"]!).Within(6));
        Assert.That((long)correct["integers"]!, Is.EqualTo((long)correct["quantized"]!).Within(2));
    }

    [Test]
    public void TheTablesNameEveryTensorAndTheLayerThatHurtsMost()
    {
        var output = CommandLine.Do(
            "quantize", run, "--set", "scheme.kA=4", "layers.dense2.kW=2", "--equalize", "--bias-correction", "--calibrate", "64", "--out",
            scratch.In("tables"));
        Assert.That(output, Does.Contain("equalized      dense1 with dense2, dense2 with dense3").And.Contain("corrected "));
        Assert.That(output, Does.Match(@"dense2 weights\s+2\s+-?[0-9.]+ to [0-9.]+\s+[0-9.]+ dB\s+-"));
        Assert.That(output, Does.Match(@"dense2 outputs\s+4 ").And.Match(@"layer\s+only it.*\ndense2 "));
        Assert.That(output, Does.Contain("--keep-float dense2 tries without"));
    }

    [Test]
    public void ALayerKeptInFloatHasNoIntegersAndTheReasonIsGiven()
    {
        var output = CommandLine.Do(
            "quantize", run, "--keep-float", "dense1,dense3", "--calibrate", "40", "--sensitivity", "0", "--out", scratch.In("kept"));
        Assert.That(output, Does.Contain("float32        dense1, dense3, as asked").And.Contain("integers       none: dense1: is kept in float32"));
        Assert.That(CommandLine.Do("show", scratch.In("kept")), Does.Contain("layers.dense1 differs: quantize false."));
        Assert.That(CommandLine.Do("eval", scratch.In("kept")), Does.Contain("test error"));
    }

    [Test]
    public void TrainingGoesOnFromTheRangesOrStartsFromThem()
    {
        var folder = scratch.In("start");
        CommandLine.Do("quantize", run, "--calibrate", "40", "--sensitivity", "0", "--out", folder);
        var copy = scratch.In("copy.wage");
        File.Copy(Path.Combine(folder, "last.wage"), copy);
        var config = Path.Combine(folder, "config.yaml");
        CommandLine.Do("train", config, "--set", $"model.initial={copy}", "training.epochs=1", "--threads", "2", "--out", scratch.In("other"));
        CommandLine.Do("train", "--resume", "--out", folder, "--epochs", "1", "--threads", "2");
        var (resumed, started) = (Wage.Training.Checkpoint.Read(Path.Combine(folder, "last.wage")),
            Wage.Training.Checkpoint.Read(Path.Combine(scratch.In("other"), "last.wage")));
        var ranges = resumed.States.Where(state => state.Name.EndsWith(".range", StringComparison.Ordinal)).ToList();
        Assert.That(ranges, Has.Count.EqualTo(2));
        foreach (var range in ranges)
        {
            Assert.That(BitConverter.ToSingle(range.Bytes, 8), Is.EqualTo(21), "the calibration counts as a batch before 20 steps");
            Assert.That(started.States.First(state => state.Name == range.Name).Bytes, Has.Length.EqualTo(range.Bytes.Length));
            Assert.That(BitConverter.ToSingle(started.States.First(state => state.Name == range.Name).Bytes, 8), Is.EqualTo(21));
        }
    }

    [Test]
    public void WhatDoesNotFitIsOneLineAndLeavesNothing()
    {
        var folder = scratch.In("refused");
        Assert.That(Refused("--method", "max"), Does.Contain("--method: is 'max', but must be one of current, running, percentile, mse, entropy."));
        Assert.That(Refused("--percentile", "99"), Does.Contain("--percentile: is given, but the method is current."));
        Assert.That(Refused("--method", "percentile", "--percentile", "20"), Does.Contain("percentile: is 20, but must be from 50 to 100."));
        Assert.That(Refused("--calibrate", "401"), Does.Contain("--calibrate: is 401, but must be from 1 to 400, the training images."));
        Assert.That(Refused("--calibrate", "0"), Does.Contain("--calibrate: is 0"));
        Assert.That(Refused("--sensitivity", "-1"), Does.Contain("--sensitivity: is -1"));
        Assert.That(Refused("--keep-float", "dense9"), Does.Contain("dense9").And.Contain("HINT"));
        Assert.That(Refused("--set", "training.epochs=3"), Does.Contain("--set: training.epochs is '3', but here it takes options of"));
        Assert.That(Refused("--set", "scheme=wage"), Does.Contain("--set: "));
        Assert.That(Refused("--set", "scheme.kW=9"), Does.Contain("kW"));
        Assert.That(Directory.Exists(folder), Is.False);
        Assert.That(CommandLine.Refusal("quantize", scratch.In("nowhere")), Does.Contain("nowhere"));

        string Refused(params string[] more) => CommandLine.Refusal(["quantize", run, "--out", folder, .. more]);
    }

    private JsonNode Quantize(string method, string folder, string threads) => JsonNode.Parse(CommandLine.Do(
        "quantize", run, "--method", method, "--calibrate", "100", "--sensitivity", "20", "--json", "--threads", threads, "--out", folder))!;

    private static long Correct(string folder)
    {
        var scored = JsonNode.Parse(CommandLine.Do("eval", folder, "--json"))!["runs"]![0]!;
        return (long)Math.Round((double)scored["accuracy"]! * 100);
    }

    /// <summary>A host of so many bytes.</summary>
    private sealed class Room(long memory) : ForwardingBackend(new ReferenceBackend())
    {
        public override string Name => "cpu";

        public override long AvailableMemory => memory;
    }
}
