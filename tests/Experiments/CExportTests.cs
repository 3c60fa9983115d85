using Wage.Numbers;
using Wage.Tests.Models;

namespace Wage.Tests.Experiments;

/// <summary>`wage export MODEL --format c`.</summary>
[NonParallelizable]
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
    public void WhatSomebodyElseWroteStands()
    {
        using var scratch = new ScratchFolder();
        ModelPlanFileTests.Of(AffinePlanTests.Plan(MultiplierRounding.Single, true)).Write(scratch.In("m.wplan"));
        File.WriteAllText(scratch.In("example.c"), "/* mine */");
        Assert.That(
            CommandLine.Refusal("export", scratch.In("m.wplan"), "--format", "c", "--out", scratch.Path),
            Does.Contain("example.c is there, and no file of an export"));
        Assert.That(File.ReadAllText(scratch.In("example.c")), Is.EqualTo("/* mine */"));
        Assert.That(File.Exists(scratch.In("model.c")), Is.False);
        var refusal = CommandLine.Refusal("export", scratch.In("m.wplan"), "--format", "c", "--out", scratch.In("m.wplan"));
        Assert.That(refusal, Does.Contain("is a file, but C is"));
    }
}
