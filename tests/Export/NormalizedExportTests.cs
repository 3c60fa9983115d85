using Wage.Backends;
using Wage.Export.C;
using Wage.Models;
using Wage.Onnx;
using Wage.Tests.Data;
using Wage.Tests.Models;
using Wage.Tests.Onnx;
using Wage.Tests.Schemes.IntegerSgd;
using Wage.Training;

namespace Wage.Tests.Export;

/// <summary>Networks with batch norm that were trained in integers: C and ONNX give the evaluation's scores, bit for bit.</summary>
[Parallelizable]
public sealed class NormalizedExportTests
{
    private const int Images = 9;

    private static byte[] Pixels => TinySgd.Quarters.Test.Pixels[..(Images * 8 * 8 * 2)];

    [Test]
    public void AProgramInCGivesTheScores()
    {
        CCompiler.Require("gcc");
        var (model, expected) = Trained("subsample");
        Assert.That(CCompiler.Scores(CProgram.Of(model), "gcc", CCompiler.Sanitizers("gcc"), Pixels), Is.EqualTo(expected));
    }

    [Test]
    public void AnOnnxGraphGivesTheScores()
    {
        var (model, expected) = Trained("projection");
        using var run = new OnnxModelRun(OnnxFile.Of(model).Bytes, model.Plan, isOptimized: true);
        Assert.That(run.Scores(Pixels, Images), Is.EqualTo(expected));
    }

    [Test]
    public void ANodeOfManyBitsIsNoNodeOfQuantizersAndIsNamedInWords() => Assert.That(
        Scratch.Refusal(() => OnnxFile.Of(Trained("subsample").Model, OnnxStyle.Qdq)),
        Does.Contain("ends in numbers from -8388607 to 8388607, of Int32, which quantizers of 8 bits do not say.").And.Not.Contains("{"));

    private static (ModelPlanFile Model, long[] Scores) Trained(string name)
    {
        using var backend = new HostBackend(1);
        var trainer = TinySgd.Start(name, backend);
        for (var step = 0; step < 5; step++) trainer.Step();
        using var scores = new NetworkScores(trainer.Network, owns: false);
        return (ModelPlanFileTests.Of(((Network)trainer.Network).ToPlan()), scores.Scores(Pixels, Images));
    }
}
