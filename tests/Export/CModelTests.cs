using System.Globalization;
using Wage.Backends;
using Wage.Data;
using Wage.Export.C;
using Wage.Models;
using Wage.Tests.Models;
using Wage.Training;

namespace Wage.Tests.Export;

/// <summary>
/// Whole models on many images. WAGE_EXPORT_MODELS is a folder of .wplan files, WAGE_EXPORT_IMAGES how many test images of the data set with their
/// shape (mnist or cifar10, in WAGE_DATA) each is asked about; without them a narrow LeNet is asked about synthetic digits.
/// </summary>
public sealed class CModelTests
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("WAGE_EXPORT_MODELS");
    private static readonly int Count = int.Parse(Environment.GetEnvironmentVariable("WAGE_EXPORT_IMAGES") ?? "100", CultureInfo.InvariantCulture);
    private static readonly string[] Names = Folder is null
        ? ["lenet"] : [.. Directory.GetFiles(Folder, "*.wplan").Select(file => Path.GetFileNameWithoutExtension(file)!).Order()];

    [TestCaseSource(nameof(Names))]
    public void EveryScoreOfEveryImageIsTheModels(string name)
    {
        CCompiler.Require("gcc");
        var model = Folder is null ? Narrow() : ModelPlanFile.Read(Path.Combine(Folder, $"{name}.wplan"));
        var (image, program) = (model.Plan.Image, CProgram.Of(model));
        var set = Folder is null ? SyntheticDigits.Create(2, 1, Count).Test : Images(image[3]);
        var count = Math.Min(Count, set.Count);
        var pixels = set.Pixels[..(count * image.Length)];
        var options = Folder is null ? CCompiler.Sanitizers("gcc") : "-O3 -march=native";
        using var integers = new IntegerModel(model.Plan, new HostBackend(2));
        var (expected, scores) = (integers.Scores(pixels, count), CCompiler.Scores(program, "gcc", options, pixels));
        Assert.That(scores.AsSpan().SequenceEqual(expected), $"{name}: {scores.Zip(expected).Count(one => one.First != one.Second)} scores differ");
        TestContext.Out.WriteLine($"{name}: {count} images, {scores.Length} scores, RAM {program.RamBytes}, flash {program.FlashBytes}");
    }

    private static ImageSet Images(int channels) =>
        DatasetCatalog.Load(channels == 1 ? "mnist" : "cifar10", Environment.GetEnvironmentVariable("WAGE_DATA")).Test;

    private static ModelPlanFile Narrow()
    {
        using var backend = new HostBackend(2);
        return ModelPlanFileTests.Of(((Network)PlannedNetworks.Train("lenet", backend).Network).ToPlan());
    }
}
