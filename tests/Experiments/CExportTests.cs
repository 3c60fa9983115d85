using Wage.Backends;
using Wage.Data;
using Wage.Experiments.Runs;
using Wage.Export.C;
using Wage.Losses;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Tests.Export;
using Wage.Tests.Models;
using Wage.Tests.Schemes.IntegerSgd;
using Wage.Training;

namespace Wage.Tests.Experiments;

/// <summary>`wage export MODEL --format c`.</summary>
[Parallelizable]
internal sealed class CExportTests
{
    [Test]
    public void ItWritesThreeFilesAndSaysWhereEverythingLies()
    {
        using var scratch = new ScratchFolder();
        ModelPlanFileTests.Of(AffinePlanTests.Plan(MultiplierRounding.Single, true)).Write(scratch.In("m.wplan"));
        var output = CommandLine.Do("export", scratch.In("m.wplan"), "--format", "c");
        var folder = scratch.In("model-c");
        Assert.That(Directory.GetFiles(folder).Select(Path.GetFileName), Is.EquivalentTo(new[] { "model.h", "model.c", "example.c" }));
        Assert.That(output, Does.Match(@"flash +\d+ bytes of weights").And.Match(@"RAM +\d+ bytes").And.Match(@"n1_conv1 +Int8 +\[1,3,3,5\] +bytes"));
        var first = Directory.GetFiles(folder).Order().SelectMany(File.ReadAllBytes).ToArray();
        CommandLine.Do("export", scratch.In("m.wplan"), "--format", "c");
        Assert.That(Directory.GetFiles(folder).Order().SelectMany(File.ReadAllBytes), Is.EqualTo(first));
    }

    [Test]
    public void ATrainingGoesOnWhereTheRunStands()
    {
        using var scratch = new ScratchFolder();
        TinyRun.Finish(new RunFolder(scratch.In("run")));
        var (folder, last) = (scratch.In("c"), scratch.In("run/last.wage"));
        var output = CommandLine.Do("export", last, "--format", "c", "--training", "--batch", "5", "--out", folder);
        Assert.That(Directory.GetFiles(folder).Select(Path.GetFileName), Is.EquivalentTo(new[]
        {
            "model.h", "model.c", "example.c", "training.h", "training.c", "train.c",
        }));
        Assert.That(output, Does.Match(@"training +steps of up to 5 images, from step 40 on, eta 1/3, seed 1\n")
            .And.Match(@"train RAM +12,736 bytes of state, 4,410 bytes of work").And.Match("train passes +forward once; errors and gradients twice"));
        Assert.That(File.ReadAllText(Path.Combine(folder, "training.h")), Does.Contain("#define TRAINING_BATCH 5\n"));
        Assert.That(File.ReadAllText(Path.Combine(folder, "model.c")), Is.EqualTo(CProgram.Of(SavedModel.Open(last).ToFile()).Source));
        CommandLine.Do("export", last, "--format", "wplan", "--out", scratch.In("m.wplan"));
        foreach (var (arguments, why) in new (string[] Arguments, string Why)[]
        {
            ([scratch.In("m.wplan"), "--format", "c", "--training"], "m.wplan holds a model without its stored weights"),
            ([last, "--training"], "--training: wplan has none"), ([last, "--format", "c", "--batch", "5"], "--batch: is 5, but only a training has"),
            ([last, "--format", "c", "--training", "--batch", "0"], "--batch: is 0, but must be at least 1"),
        })
        {
            Assert.That(CommandLine.Refusal(["export", .. arguments]), Does.Contain(why));
        }
    }

    /// <summary>In the first epoch no result says how many steps it has.</summary>
    [Test]
    public void ARateByStepIsThatOfTheNextStepInTheFirstEpochToo()
    {
        using var scratch = new ScratchFolder();
        var folder = scratch.Run("run");
        using (var stop = new CancellationTokenSource())
        using (var run = TinyRun.Prepare(folder, 1, "training.eta=linear: 1, to: 0, per: step, warmUp: 25 %"))
            new RunLoop(run, new StopAfter(6, stop.Cancel)).Execute(stop.Token);
        string[] export = ["export", folder.LastPath, "--format", "c", "--training", "--out", scratch.In("c")];
        Assert.That(CommandLine.Do(export), Does.Contain("from step 6 on, eta 13/20,"));
        var saved = Checkpoint.Read(folder.LastPath);
        (saved with { StepsPerEpoch = null }).Write(folder.LastPath);
        Assert.That(CommandLine.Refusal(export), Does.Contain("does not say how many steps an epoch has"));
        var done = new EpochResult(int.MaxValue, new Ratio(1, 1), new Score(0, 25, 1, 1 << 20), new Score(0, 25, 1, 100));
        (saved with { StepsPerEpoch = null, Epoch = int.MaxValue, Last = done, Best = done }).Write(folder.LastPath);
        Assert.That(CommandLine.Refusal(export), Does.Contain("stands at step 112588272644922, but a training has steps up to 4294967295."));
    }

    /// <summary>A file may say so; no run is one.</summary>
    [Test]
    public void ATrainingThatLearnsNothingIsRefused()
    {
        using var scratch = new ScratchFolder();
        var folder = scratch.Run("run");
        using (var stop = new CancellationTokenSource())
        using (var run = TinyRun.Prepare(folder))
            new RunLoop(run, new StopAfter(2, stop.Cancel)).Execute(stop.Token);
        var saved = Checkpoint.Read(folder.LastPath);
        (saved with { Config = saved.Config + "\nlayers: { dense1: { train: false }, dense2: { train: false } }\n" }).Write(folder.LastPath);
        Assert.That(
            CommandLine.Refusal("export", folder.LastPath, "--format", "c", "--training", "--out", scratch.In("c")),
            Does.Contain("model: every layer is frozen, so there is nothing to train."));
    }

    [Test]
    public void WhatCDoesNotTrainIsRefusedByTheSchemesName()
    {
        using var backend = new PlanningBackend();
        using var network = new Network(
            TinySgd.Layers("subsample"), SchemeRegistry.Create("integer-sgd"), new SoftmaxCrossEntropy(), new(16, 8, 8, 2), backend);
        var program = CProgram.Of(ModelPlanFileTests.Of(AffinePlanTests.Plan(MultiplierRounding.Single, true)));
        Assert.That(
            () => CTraining.Of(network, [], new(1, 0, new Ratio(1, 10)), program),
            Throws.TypeOf<WageException>().With.Message.StartsWith("scheme integer-sgd: there is training in C for the scheme wage alone."));
    }

    /// <summary>The run's next epoch, by the framework and by the program, from the console's own position, rate and seed.</summary>
    [Test]
    public void TheNextEpochEndsWithTheSameWeightsInC()
    {
        CCompiler.Require("gcc");
        using var scratch = new ScratchFolder();
        var (run, folder) = (new RunFolder(scratch.In("run")), scratch.In("c"));
        TinyRun.Finish(run);
        CommandLine.Do("export", run.LastPath, "--format", "c", "--training", "--out", folder);
        CCompiler.Build("gcc", $"{CCompiler.Strict} -O1 -o train training.c train.c", folder);
        var set = DataPlace.Load(TinyRun.Recipe(), null).Train;
        var length = set.Pixels.Length / set.Count;
        var samples = EpochOrder.Create(1, 4, set.Count, true)
            .SelectMany(i => set.Pixels[(i * length)..((i + 1) * length)].Prepend(set.Labels[i])).ToArray();
        var lines = CCompiler.Run(Path.Combine(folder, "train"), "", folder, samples).Split('\n');
        Assert.That(Ends("./train < . 2>&1"), Is.EqualTo("standard input: cannot be read\n1\n"));
        Assert.That(Ends("./train < train.c 2>&1 > /dev/full"), Is.EqualTo("standard output: cannot be written\n1\n"));
        Assert.That(Ends("./train < train.c 2>&1 > /dev/null"), Is.EqualTo("standard input: ends within a sample of 785 bytes\n2\n"));
        CommandLine.Do("train", "--out", run.Path, "--resume", "--epochs", "5");
        Assert.That(lines[0], Does.StartWith("step 40: "));
        Assert.That(lines[10], Is.EqualTo($"weights {SavedModel.Open(run.LastPath).ToFile().Origin!.WeightsSha256}"));

        string Ends(string command) => CCompiler.Run("sh", $"-c \"{command}; echo $?\"", folder, []);
    }

    /// <summary>The example is a beginning: who goes on with it finds it as it was.</summary>
    [Test]
    public void AnExampleThatWasChangedStands()
    {
        using var scratch = new ScratchFolder();
        ModelPlanFileTests.Of(AffinePlanTests.Plan(MultiplierRounding.Single, true)).Write(scratch.In("m.wplan"));
        CommandLine.Do("export", scratch.In("m.wplan"), "--format", "c");
        var example = Path.Combine(scratch.In("model-c"), "example.c");
        var mine = File.ReadAllText(example).Replace("int main(void)", "/* mine */ int main(void)", StringComparison.Ordinal);
        File.WriteAllText(example, mine);
        var output = CommandLine.Do("export", scratch.In("m.wplan"), "--format", "c");
        Assert.That(File.ReadAllText(example), Is.EqualTo(mine));
        Assert.That(output, Does.Match("example.c +is there and another: it was not written"));
    }

    [Test]
    public void WhatSomebodyElseWroteStands()
    {
        using var scratch = new ScratchFolder();
        ModelPlanFileTests.Of(AffinePlanTests.Plan(MultiplierRounding.Single, true)).Write(scratch.In("m.wplan"));
        File.WriteAllText(scratch.In("model.h"), "/* mine */");
        Assert.That(
            CommandLine.Refusal("export", scratch.In("m.wplan"), "--format", "c", "--out", scratch.Path),
            Does.Contain("model.h is there, and no file of an export"));
        Assert.That(File.ReadAllText(scratch.In("model.h")), Is.EqualTo("/* mine */"));
        Assert.That(File.Exists(scratch.In("model.c")), Is.False);
        var refusal = CommandLine.Refusal("export", scratch.In("m.wplan"), "--format", "c", "--out", scratch.In("m.wplan"));
        Assert.That(refusal, Does.Contain("is a file, but C is"));
    }
}
