using System.Diagnostics;
using Google.Protobuf;
using Wage.Backends;
using Wage.Models;
using Wage.Onnx;
using Wage.Tests.Models;

namespace Wage.Tests.Onnx;

/// <summary>Whole models on many images in ONNX Runtime (<see cref="ExportedModels"/>).</summary>
public sealed class OnnxModelTests
{
    private const int Batch = 100;

    [TestCaseSource(typeof(ExportedModels), nameof(ExportedModels.Names))]
    public void EveryScoreOfEveryImageIsTheModels(string name)
    {
        var (model, set, count) = ExportedModels.Of(name);
        var (image, onnx) = (model.Plan.Image.Length, OnnxFile.Of(model).ToByteArray());
        var (watch, equal, greatest) = (new Stopwatch(), 0, 0L);
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
}
