using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using Wage.Backends;
using Wage.Data;
using Wage.Models;
using Wage.Onnx;
using Wage.Tests.Models;
using Wage.Training;

namespace Wage.Tests.Onnx;

/// <summary>
/// Whole models on many images in ONNX Runtime. WAGE_EXPORT_MODELS is a folder of .wplan files, WAGE_EXPORT_IMAGES how many test images of the data
/// set with their shape (mnist or cifar10, in WAGE_DATA) each is asked about; without them a narrow LeNet is asked about synthetic digits.
/// </summary>
public sealed class OnnxModelTests
{
    private const int Batch = 100;
    private static readonly string? Folder = Environment.GetEnvironmentVariable("WAGE_EXPORT_MODELS");
    private static readonly int Count = int.Parse(Environment.GetEnvironmentVariable("WAGE_EXPORT_IMAGES") ?? "100", CultureInfo.InvariantCulture);
    private static readonly string[] Names = Folder is null
        ? ["lenet"] : [.. Directory.GetFiles(Folder, "*.wplan").Select(file => Path.GetFileNameWithoutExtension(file)!).Order()];

    [TestCaseSource(nameof(Names))]
    public void EveryScoreOfEveryImageIsTheModels(string name)
    {
        var model = Folder is null ? Narrow() : ModelPlanFile.Read(Path.Combine(Folder, $"{name}.wplan"));
        var (image, onnx) = (model.Plan.Image.Length, OnnxFile.Of(model).ToByteArray());
        var set = Folder is null ? SyntheticDigits.Create(2, 1, Count).Test : Images(model.Plan.Image[3]);
        var (count, watch, equal, greatest) = (Math.Min(Count, set.Count), new Stopwatch(), 0, 0L);
        using var backend = new HostBackend(2);
        using var integers = new IntegerModel(model.Plan, backend);
        using var run = new OnnxModelRun(onnx, model.Plan, isOptimized: true);
        for (var first = 0; first < count; first += Batch)
        {
            var some = Math.Min(Batch, count - first);
            var pixels = set.Pixels[(first * image)..((first + some) * image)];
            watch.Start();
            var scores = run.Scores(pixels, some);
            watch.Stop();
            foreach (var (ours, theirs) in integers.Scores(pixels, some).Zip(scores))
            {
                if (ours == theirs) equal++;
                greatest = Math.Max(greatest, Math.Abs(ours - theirs));
            }
        }

        TestContext.Out.WriteLine(
            $"{name}: {count} images, {equal} of {count * model.Plan.Classes} scores equal, largest difference {greatest}, {onnx.Length} bytes, " +
            $"{count / watch.Elapsed.TotalSeconds:F0} images/s on one thread");
        Assert.That((equal, greatest), Is.EqualTo((count * model.Plan.Classes, 0)));
    }

    private static ImageSet Images(int channels) =>
        DatasetCatalog.Load(channels == 1 ? "mnist" : "cifar10", Environment.GetEnvironmentVariable("WAGE_DATA")).Test;

    private static ModelPlanFile Narrow()
    {
        using var backend = new HostBackend(2);
        using var trainer = PlannedNetworks.Train("lenet", backend);
        return ModelPlanFileTests.Of(((Network)trainer.Network).ToPlan());
    }
}
