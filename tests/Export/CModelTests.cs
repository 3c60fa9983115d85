using Wage.Backends;
using Wage.Export.C;
using Wage.Models;
using Wage.Tests.Models;

namespace Wage.Tests.Export;

/// <summary>Whole models on many images (<see cref="ExportedModels"/>).</summary>
[Parallelizable]
public sealed class CModelTests
{
    [TestCaseSource(typeof(ExportedModels), nameof(ExportedModels.Names))]
    public void EveryScoreOfEveryImageIsTheModels(string name)
    {
        CCompiler.Require("gcc");
        var (model, set, count) = ExportedModels.Of(name);
        var (image, program) = (model.Plan.Image, CProgram.Of(model));
        var pixels = set.Pixels[..(count * image.Length)];
        var options = ExportedModels.AreGiven ? "-O3 -march=native" : CCompiler.Sanitizers("gcc");
        using var integers = new IntegerModel(model.Plan, new HostBackend(2));
        var (expected, scores) = (integers.Scores(pixels, count), CCompiler.Scores(program, "gcc", options, pixels));
        Assert.That(scores.AsSpan().SequenceEqual(expected), $"{name}: {scores.Zip(expected).Count(one => one.First != one.Second)} scores differ");
        TestContext.Out.WriteLine($"{name}: {count} images, {scores.Length} scores, RAM {program.RamBytes}, flash {program.FlashBytes}");
    }
}
