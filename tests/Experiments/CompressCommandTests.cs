using System.Text.Json.Nodes;
using Wage.Experiments.Runs;
using Wage.Models;
using Wage.Simulation.Compression;
using Wage.Tensors;
using Wage.Tests.Simulation.Compression;

namespace Wage.Tests.Experiments;

[Parallelizable]
internal sealed class CompressCommandTests
{
    private ScratchFolder scratch = null!;
    private RunFolder run = null!;

    [OneTimeSetUp]
    public void Train()
    {
        scratch = new ScratchFolder();
        run = scratch.Run("run");
        TinyRun.Finish(run, 1, [.. TinyRun.Of("float32"), "model.sizes=64,10", "data.augment.pad=0"]);
        new WeightSet([CompressedWeightsTests.Floats("w", new Shape(8, 32), [.. Enumerable.Range(0, 256).Select(i => (float)i)])])
            .Write(scratch.In("w.npz"));
    }

    [OneTimeTearDown]
    public void Clean() => scratch.Dispose();

    [Test]
    public void ARunBecomesAQuarterAndScoresAsBefore()
    {
        var lines = CommandLine.Do("compress", run.Path, "-o", scratch.In("run.wagez")).Split('\n');
        Assert.That(lines[0], Does.Match("^tensor +shape +as +bytes +least +greatest +max error +rms error +SNR dB$"));
        Assert.That(lines[1], Does.Match(@"^dense1 +\[64,784\] +8 bits +50,184 +-\d.* \d\d\.\d$"));
        Assert.That(lines[2], Does.Match(@"^dense1\.bias +\[64\] +float32 +256 +- +- +- +- +-$"));
        Assert.That(lines[6], Does.Match(@"^size +\d\d,\d{3} bytes, 3\.\d\d times smaller than float32 \(203,560 bytes\)$"));
        Assert.That(lines[7], Does.Match(@"^accuracy  \d+\.\d\d % before, \d+\.\d\d % after \(.*: 100 test images\)$"));
        Assert.That(lines[8], Is.EqualTo($"wrote     {scratch.In("run.wagez")}"));
        CommandLine.Do("compress", "--restore", scratch.In("run.wagez"), "-o", scratch.In("back.wage"));
        var scored = JsonNode.Parse(CommandLine.Do("eval", scratch.In("back.wage"), "--json"))!["runs"]![0]!["accuracy"]!.GetValue<double>();
        var json = JsonNode.Parse(CommandLine.Do(
            "compress", run.Path, "--bits", "8", "--granularity", "tensor", "--json", "--out", scratch.In("again.wagez")))!;
        Assert.That(json["accuracyAfter"]!.GetValue<double>(), Is.EqualTo(scored));
        Assert.That(json["tensors"]!.AsArray(), Has.Count.EqualTo(4));
        Assert.That(File.ReadAllBytes(scratch.In("again.wagez")), Is.EqualTo(File.ReadAllBytes(scratch.In("run.wagez"))));
    }

    [Test]
    public void ACompressedCheckpointIsScoredShownAndAskedLikeTheOneThatItRestores()
    {
        var (small, back) = (scratch.In("small.wagez"), scratch.In("small.wage"));
        CommandLine.Do("compress", run.Path, "--bits", "3", "-o", small);
        CommandLine.Do("compress", "--restore", small, "-o", back);
        foreach (var line in (string[])["eval ?", "eval ? --json", "show ?", "show ? --config", "predict ? 0..9 --csv"])
        {
            string[] Of(string path) => [.. line.Split(' ').Select(word => word == "?" ? path : word)];
            Assert.That(CommandLine.Do(Of(small)).Replace(small, back, StringComparison.Ordinal), Is.EqualTo(CommandLine.Do(Of(back))), line);
        }

        using Predictor one = Predictor.Load(small), other = Predictor.Load(back);
        var pixels = new byte[28 * 28];
        Array.Fill<byte>(pixels, 200, 100, 300);
        Assert.That(one.Predict(pixels).Scores.ToArray(), Is.EqualTo(other.Predict(pixels).Scores.ToArray()));
    }

    [Test]
    public void ACompressedFileThatIsDamagedOrOfNoRunIsRefusedInOneLine([Values("eval", "show", "predict")] string command)
    {
        CommandLine.Do("compress", scratch.In("w.npz"), "-o", scratch.In("alone.wagez"));
        CommandLine.Do("compress", run.Path, "-o", scratch.In("whole.wagez"));
        var bytes = File.ReadAllBytes(scratch.In("whole.wagez"));
        File.WriteAllBytes(scratch.In("cut.wagez"), bytes[..^9]);
        bytes[bytes.Length / 2] ^= 4;
        File.WriteAllBytes(scratch.In("flipped.wagez"), bytes);
        foreach (var (name, reason) in ((string, string)[])
        [
            ("alone", "has weights alone, without the model that they are of. HINT: compress the checkpoint of a run"),
            ("cut", "is damaged"), ("flipped", "is damaged"),
        ])
        {
            var path = scratch.In($"{name}.wagez");
            string[] images = command == "predict" ? ["0"] : [];
            Assert.That(CommandLine.Refusal([command, path, .. images]), Does.StartWith($"wage: {path}: {reason}"));
            Assert.That(() => Predictor.Load(path), Throws.TypeOf<WageException>().With.Message.StartsWith(path));
        }
    }

    [Test]
    public void TwoBitsAndARangeForEachChannelAreSmaller()
    {
        var json = JsonNode.Parse(CommandLine.Do("compress", run.Path, "--bits", "2", "--granularity", "channel", "--json"))!;
        Assert.That(json["out"]!.GetValue<string>(), Is.EqualTo(Path.ChangeExtension(run.BestPath, ".wagez")));
        Assert.That(json["tensors"]![0]!["bytes"]!.GetValue<long>(), Is.EqualTo((64 * 784 * 2 / 8) + (64 * 2 * sizeof(float))), "codes and ranges");
        var (bytes, floats) = (json["bytes"]!.GetValue<long>(), json["floatBytes"]!.GetValue<long>());
        Assert.That(json["ratio"]!.GetValue<double>(), Is.EqualTo((double)floats / bytes));
        Assert.That(bytes, Is.EqualTo(new FileInfo(Path.ChangeExtension(run.BestPath, ".wagez")).Length), "with the header of the checkpoint");
        Assert.That((json["tensors"]![0]!["bits"]!.GetValue<int>(), json["tensors"]![0]!["ranges"]!.AsArray().Count), Is.EqualTo((2, 64)));
        File.Delete(Path.ChangeExtension(run.BestPath, ".wagez"));
    }

    [Test]
    public void AnArchiveBecomesSmallAndComesBackInAnotherForm()
    {
        Assert.That(CommandLine.Do("compress", scratch.In("w.npz")), Does.Contain("accuracy  not measured: the file says no model"));
        var told = CommandLine.Do("compress", "--restore", scratch.In("w.wagez"), "-o", scratch.In("w.safetensors"));
        Assert.That(told, Is.EqualTo($"wrote  {scratch.In("w.safetensors")}: 1 tensor, 1,096 bytes\n"));
        var json = JsonNode.Parse(CommandLine.Do("compress", "--restore", scratch.In("w.wagez"), "-o", scratch.In("v.npz"), "--json"))!;
        Assert.That(json["tensors"]!.GetValue<int>(), Is.EqualTo(1));
        var values = CompressedWeightsTests.Values(WeightSet.Read(scratch.In("w.safetensors")).Tensors[0]);
        Assert.That(values, Is.EqualTo(Enumerable.Range(0, 256).Select(i => (float)i)), "255 steps of 1");
        Assert.That(CompressedWeightsTests.Values(WeightSet.Read(scratch.In("v.npz")).Tensors[0]), Is.EqualTo(values));
    }

    [Test]
    public void WhatCannotBeIsRefusedInOneLineAndNothingIsWritten()
    {
        var integers = scratch.Run("integers");
        TinyRun.Finish(integers, 1, "training.epochs=1");
        CommandLine.Do("compress", scratch.In("w.npz"), "-o", scratch.In("x.wagez"));
        var before = Directory.GetFiles(scratch.Path);
        foreach (var (arguments, reason) in ((string[], string)[])
        [
            ([integers.Path], "the checkpoint's weights are integers already"),
            ([scratch.In("w.npz"), "--bits", "9"], "codes of 9 bits: there are those of 2 to 8"),
            ([scratch.In("w.npz"), "--granularity", "chanel"], "did you mean channel?"),
            ([scratch.In("w.npz"), "-o", scratch.In("w.npz")], "w.npz itself, whose weights would be lost"),
            ([scratch.In("w.npz"), "--data", scratch.Path], "says no model, so no images can be scored"),
            ([scratch.In("x.wagez")], "is compressed already. HINT: --restore brings its weights back."),
            (["--restore", scratch.In("w.npz"), "-o", scratch.In("y.npz")], "is not a Wage compressed file"),
            (["--restore", scratch.In("x.wagez")], "--restore: wants --out"),
            (["--restore", scratch.In("x.wagez"), "-o", scratch.In("y.wage")], "are of no run"),
            (["--restore", scratch.In("x.wagez"), "-o", scratch.In("y.onnx")], "are written as .npz"),
            ([scratch.In("none")], "none: there is no such file"),
        ])
            Assert.That(CommandLine.Refusal(["compress", .. arguments]), Does.Contain(reason));
        Assert.That(Directory.GetFiles(scratch.Path), Is.EqualTo(before));
    }
}
