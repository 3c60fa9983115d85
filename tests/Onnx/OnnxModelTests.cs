using System.Diagnostics;
using Wage.Backends;
using Wage.Models;
using Wage.Onnx;
using Wage.Tests.Models;

namespace Wage.Tests.Onnx;

/// <summary>Whole models on many images in ONNX Runtime (<see cref="ExportedModels"/>).</summary>
[Parallelizable]
public sealed class OnnxModelTests
{
    private const int Batch = 100;

    /// <summary>To the last bit where the graph says so; else classes are the model's, but for images of two that are nearly equal.</summary>
    [Test]
    public void EveryScoreOfEveryImageIsTheModels(
        [ValueSource(typeof(ExportedModels), nameof(ExportedModels.Names))] string name, [Values(OnnxStyle.Integers, OnnxStyle.Qdq)] OnnxStyle style)
    {
        var (model, set, count) = ExportedModels.Of(name);
        var (image, classes, made) = (model.Plan.Image.Length, model.Plan.Classes, OnnxFile.Of(model, style));
        var onnx = made.Bytes;
        var (watch, equal, same, greatest) = (new Stopwatch(), 0, 0, 0L);
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
            var expected = integers.Scores(pixels, some);
            for (var n = 0; n < some; n++) if (Best(expected, n) == Best(scores, n)) same++;
            foreach (var (ours, theirs) in expected.Zip(scores))
            {
                if (ours == theirs) equal++;
                greatest = Math.Max(greatest, Math.Abs(ours - theirs));
            }
        }

        TestContext.Out.WriteLine(
            $"{name}, {style}: {count} images, {equal} of {count * classes} scores equal, largest difference {greatest}, " +
            $"{same} classes equal, {onnx.Length} bytes, {made.Differences.Count} nodes not exact, " +
            $"{count / watch.Elapsed.TotalSeconds:F0} images/s on one thread");
        if (made.Differences.Count == 0) Assert.That((equal, greatest), Is.EqualTo((count * classes, 0)));
        else Assert.That(same, Is.GreaterThan(0.99 * count));

        int Best(long[] scores, int n) => Enumerable.Range(0, classes).MaxBy(c => scores[(n * classes) + c]);
    }
}
