using Wage.Backends;
using Wage.Losses;
using Wage.Models;
using Wage.Schemes;
using Wage.Simulation;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests.Schemes.IntegerSgd;

/// <summary>Fixup in place of batch norm: first weights, first steps, and what is refused.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class FixupTests
{
    /// <summary>In the first 16 steps errors have units of their own, then those of the step before.</summary>
    [Test]
    public void ARunWithFixupResumesInAndBehindItsFirstSteps([Values(9, 17)] int kill)
    {
        using var backend = new HostBackend(2);
        var (whole, first, resumed) = (TinySgd.Start("fixup", backend), TinySgd.Start("fixup", backend), TinySgd.Start("fixup", backend));
        IntegerSgdTests.Steps(whole, 19);
        IntegerSgdTests.Steps(first, kill);
        resumed.Load(first.Save(""));
        IntegerSgdTests.Steps(resumed, 19 - kill);
        Assert.That(Bits(resumed), Is.EqualTo(Bits(whole)));
        var names = ((ITrainable)whole.Network).StoredStates.Select(state => state.Name);
        Assert.That(names, Has.None.Contains("running").And.None.EqualTo("conv1.Y.exponent"));
    }

    /// <summary>The first weights of a network with Fixup are those of float32, and what begins as zeros learns.</summary>
    [Test]
    public void FixupBeginsAsInFloat32AndItsZerosLearn()
    {
        using var backend = new HostBackend(1);
        var trainer = TinySgd.Start("fixup", backend);
        var spec = ModelSpec.ResNet(1, 4).WithFixup() with { Image = (8, 8, 2) };
        var settings = SchemeRegistry.Require("float32").Settings([("initialWeights", "normal")]);
        using var twin = (FloatNetwork)spec.Build(settings, new SoftmaxCrossEntropy(), TinySgd.Batch, backend);
        twin.Initialize(3);
        string[] zeros = ["conv3", "conv5", "conv8", "dense1"];
        foreach (var p in ((Network)trainer.Network).Parameters.Where(p => !p.IsBias))
        {
            var first = ((HostTensor<int>)backend.Read(p.Stored)).Span.ToArray();
            var floats = twin.Parameters.Single(one => one.Name == p.Name).Value.Span.ToArray();
            if (!p.Name.StartsWith("dense", StringComparison.Ordinal) && p.Index == twin.Parameters.Single(one => one.Name == p.Name).Index)
                Assert.That(floats, Is.EqualTo(first.Select(w => (float)(w / 16777216.0))), p.Name);
            Assert.That(Array.TrueForAll(first, w => w == 0), Is.EqualTo(zeros.Contains(p.Name)), p.Name);
        }

        IntegerSgdTests.Steps(trainer, 6);
        foreach (var p in ((Network)trainer.Network).Parameters.Where(p => zeros.Contains(p.Name)))
        {
            var weights = ((HostTensor<int>)backend.Read(p.Stored)).Span.ToArray();
            Assert.That(weights.Chunk(p.FanIn).Count(filter => Array.Exists(filter, w => w != 0)), Is.AtLeast(p.Shape[0] * 3 / 4), p.Name);
        }
    }

    [TestCase("kW=4", ResNetShortcut.Projection, "conv3: begins with zeros by Fixup, of which 4 bits cannot take the scale")]
    [TestCase("kW=8", ResNetShortcut.Subsample, "residual2: subsampling adds 4 channels of zeros to a branch that Fixup begins with zeros")]
    public void WhatFixupCannotBeginIsRefused(string option, ResNetShortcut shortcut, string message)
    {
        var scheme = SchemeRegistry.Create("integer-sgd", ("kW", option[3..]));
        Assert.That(
            () => new Network(
                ModelSpec.ResNet(1, 4, shortcut: shortcut).WithFixup().ToLayers(), scheme, new SoftmaxCrossEntropy(), new(2, 8, 8, 1),
                new ReferenceBackend()),
            Throws.TypeOf<WageException>().With.Message.StartsWith(message).And.Message.Contains("HINT"));
    }

    private static string Bits(Trainer trainer) => trainer.Network.WeightsSha256() + IntegerSgdTests.States(trainer);
}
