using Wage.Data;
using Wage.Models;
using Wage.Training;

namespace Wage.Tests.Training;

[Parallelizable]
public sealed class CheckpointTests
{
    private static readonly Checkpoint Small = CheckpointHeaderTests.Small;

    private string folder = string.Empty;

    private string Path => System.IO.Path.Combine(folder, "last.wage");

    [SetUp]
    public void MakeFolder() => folder = Directory.CreateTempSubdirectory("wage-checkpoint-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public void WhatIsWrittenIsReadBack()
    {
        Small.Write(Path);
        var read = Checkpoint.Read(Path);
        Assert.That(
            (read.Config, read.Seed, read.Epoch, read.StepInEpoch, read.Running),
            Is.EqualTo((Small.Config, Small.Seed, Small.Epoch, Small.StepInEpoch, Small.Running)));
        Assert.That((read.Last, read.Best), Is.EqualTo((Small.Last, Small.Best)));
        Assert.That(read.Beside, Is.EquivalentTo(Small.Beside));
        Assert.That(read.Weights.Select(w => (w.Name, w.Type, w.Shape)), Is.EqualTo(Small.Weights.Select(w => (w.Name, w.Type, w.Shape))));
        Assert.That(
            read.Weights.Concat(read.States).SelectMany(w => w.Bytes), Is.EqualTo(Small.Weights.Concat(Small.States).SelectMany(w => w.Bytes)));
        Assert.That(read.States.Select(w => (w.Name, w.Type, w.Shape)), Is.EqualTo(Small.States.Select(w => (w.Name, w.Type, w.Shape))));
        Assert.That(read.Model!.Traits, Is.EqualTo(Small.Model!.Traits));
        Assert.That(Directory.GetFiles(folder), Has.Length.EqualTo(1), "no temporary file stays");
    }

    [Test]
    public void EveryChangedByteIsRefusedByName()
    {
        var good = Written();
        for (var i = 0; i < good.Length; i++)
        {
            foreach (var flip in (byte[])[0x01, 0x80, 0xFF])
            {
                var bad = (byte[])good.Clone();
                bad[i] ^= flip;
                AssertRefused(bad, $"byte {i}");
            }
        }
    }

    [Test]
    public void ATruncatedFileIsRefusedByNameAtEveryLength()
    {
        var good = Written();
        for (var length = 0; length < good.Length; length++) AssertRefused(good[..length], $"{length} bytes");
    }

    [Test]
    public void AppendedBytesAreRefused()
    {
        var good = Written();
        AssertRefused([.. good, 0], "one more byte");
        AssertRefused([.. good, .. good], "twice");
    }

    [Test]
    public void AForeignFileIsSaidToBeNone()
    {
        File.WriteAllText(Path, new string('x', 500));
        Assert.That(
            () => Checkpoint.Read(Path),
            Throws.TypeOf<WageException>().With.Message.Contains(Path).And.Message.Contains("is not a Wage checkpoint"));
    }

    [Test]
    public void AMissingFileAndAFolderAreRefusedByName()
    {
        Assert.That(() => Checkpoint.Read(Path), Throws.TypeOf<WageException>().With.Message.Contains($"{Path}: there is no such checkpoint"));
        Assert.That(() => Checkpoint.Read(folder), Throws.TypeOf<WageException>().With.Message.Contains(folder));
    }

    [Test]
    public void AnotherVersionIsNamed()
    {
        var bytes = Written();
        bytes[8] = 4;
        File.WriteAllBytes(Path, bytes);
        Assert.That(() => Checkpoint.Read(Path), Throws.TypeOf<WageException>().With.Message.Contains("version 4"));
    }

    [Test]
    public void ADeviceWithoutEndIsRefusedAtOnce()
    {
        if (!File.Exists("/dev/zero")) Assert.Ignore("there is no /dev/zero");
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => Checkpoint.Read("/dev/zero"), Throws.TypeOf<WageException>().With.Message.Contains("pipe or device"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(10_000_000));
    }

    [Test]
    public void AWrittenStateIsASavedOneWithoutACopyOfTheWeights()
    {
        var trainer = TinyRun.Start(layers: Model.Mlp(1000, 10));
        TinyRun.Steps(trainer, 16);
        trainer.Save("tiny").Write(Path);
        var saved = File.ReadAllBytes(Path);
        trainer.Write(Path, "tiny");
        Assert.That(File.ReadAllBytes(Path), Is.EqualTo(saved));
        var before = GC.GetAllocatedBytesForCurrentThread();
        trainer.Write(Path, "tiny");
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(50_000), $"of {saved.Length} bytes");
    }

    [Test]
    public void TheWeightsOfAnotherModelAreRefusedByNameAndNothingIsChanged()
    {
        var saved = TinyRun.Start().Save("tiny");
        var wider = TinyRun.Start(layers: Model.Mlp(17, 10));
        var deeper = TinyRun.Start(layers: Model.Mlp(16, 12, 10));
        var before = wider.Network.WeightsSha256();
        Assert.That(
            () => wider.Load(saved),
            Throws.TypeOf<WageException>().With.Message.Contains("dense1 is Int8 [16,784]").And.Message.Contains("[17,784]"));
        Assert.That(wider.Network.WeightsSha256(), Is.EqualTo(before));
        Assert.That(() => deeper.Load(saved), Throws.TypeOf<WageException>().With.Message.Contains("2 weight tensors, the model 3"));
    }

    [Test]
    public void AnotherSeedOrAShorterEpochIsRefused()
    {
        var trainer = TinyRun.Start();
        TinyRun.Steps(trainer, 14);
        var saved = trainer.Save("tiny");
        Assert.That(
            () => TinyRun.Start(seed: 4).Load(saved),
            Throws.TypeOf<WageException>().With.Message.Contains("seed 1").And.Message.Contains("seed 4"));
        var few = new Dataset("few", TinyRun.Digits.Train.Take(40), TinyRun.Digits.Test, 10);
        Assert.That(
            () => TinyRun.Start(data: few).Load(saved),
            Throws.TypeOf<WageException>().With.Message.Contains("step 14 of an epoch of 2 steps"));
    }

    [Test]
    public void AStateThatContradictsTheModelOrTheDataIsRefusedAndNothingIsChanged()
    {
        var trainer = TinyRun.Start();
        TinyRun.Steps(trainer, 17);
        var good = trainer.Save("tiny");
        var (running, last) = (good.Running, good.Last!.Value);
        byte[] wide = [.. good.Weights[0].Bytes];
        wide[5] = 0x80;
        (Checkpoint State, string Text)[] lies =
        [
            (good with { Running = running with { Counted = 41 } }, "its running score counts 41 images, but at its position they are 40"),
            (good with { Running = running with { LossFractionBits = 3 } }, "a loss of 3 fraction bits"),
            (good with { Last = last with { Train = last.Train with { Counted = 299 } } }, "train score counts 299 images"),
            (good with { Best = last with { Test = last.Test with { Counted = 61 } } }, "test score counts 61 images"),
            (good with { Epoch = 400_000_000 }, "checkpoint: epoch: is 400000001"),
            (good with { StepInEpoch = 16 }, "step 16 of an epoch of 15 steps"),
            (good with { Weights = [good.Weights[0] with { Bytes = wide }, good.Weights[1]] }, "weight 5 is -128, but must be from -127 to 127"),
            (good with { Weights = [good.Weights[0] with { Bytes = wide[1..] }, good.Weights[1]] }, "12543 bytes of weights"),
        ];
        var other = TinyRun.Start();
        TinyRun.Steps(other, 3);
        var before = other.Network.WeightsSha256();
        foreach (var (state, text) in lies)
        {
            Assert.That(() => other.Load(state), Throws.TypeOf<WageException>().With.Message.Contains(text));
            Assert.That((other.Network.WeightsSha256(), other.StepsDone, other.Last), Is.EqualTo((before, 3L, (EpochResult?)null)), text);
        }

        other.Load(good);
        Assert.That(other.StepsDone, Is.EqualTo(17));
    }

    private byte[] Written()
    {
        Small.Write(Path);
        return File.ReadAllBytes(Path);
    }

    private WageException AssertRefused(byte[] bytes, string what) => CheckpointHeaderTests.AssertRefused(Path, bytes, what);
}
