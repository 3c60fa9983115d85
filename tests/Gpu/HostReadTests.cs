using ILGPU;
using ILGPU.Runtime;
using Wage.Gpu;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tests.Architecture;
using Wage.Tests.Training;

namespace Wage.Tests.Gpu;

/// <summary>A step never waits for the device: what one kernel finds, the next reads there.</summary>
[Parallelizable]
public sealed class HostReadTests
{
    [Test]
    public void StepsReadNothingFromTheDevice([Values("mlp", "lenet", "resnet")] string model, [Values("2-8-8-8", "8-8-16-16")] string bits,
        [Values] RangeEstimator ranges)
    {
        using var lent = Lent.Device();
        var backend = (IlgpuBackend)lent.Backend;
        var k = bits.Split('-').Select(int.Parse).ToArray();
        var options = new WageOptions { Bits = new BitWidths(k[0], k[1], k[2], k[3]), ErrorRange = ranges, GradientRange = ranges };
        var trainer = TinyRun.Start(backend: backend, options: options, layers: Layers(model), eta: new Ratio(8, 1));
        trainer.Step();
        var before = backend.HostReads;
        for (var step = 0; step < 3; step++) trainer.Step();
        Assert.That(backend.HostReads, Is.EqualTo(before));
        trainer.TrainScore();
        Assert.That(backend.HostReads, Is.EqualTo(before + 1), "one read gives the metrics of all steps so far");
    }

    /// <summary>So that counting there counts every read of a step; the float32 kernels are called from the host, product by product.</summary>
    [Test]
    public void OnlyDownloadReadsFromTheDevice() =>
        Assert.That(
            Readers(typeof(IlgpuBackend)).Distinct(),
            Is.EquivalentTo(new[] { "Wage.Gpu.IlgpuBackend.Download", "Wage.Gpu.Simulation.FloatDevice.Download" }));

    [Test]
    public void AReadElsewhereIsFound() => Assert.That(Readers(typeof(HostReadTests)), Has.Some.EndsWith("Planted.Read"));

    private static IEnumerable<string> Readers(Type assemblyOf) =>
        AssemblyScan.Of(assemblyOf.Assembly.Location).Where(Rules.ReadsDevice).Select(use => $"{use.Owner}.{use.Member}");

    private static IReadOnlyList<Layer> Layers(string model) => model switch
    {
        "mlp" => Model.Mlp(16, 10),
        "lenet" => [new Conv2d(3, 5), new MaxPool2d(2), new Relu(), new Quantize(), new Flatten(), new Dense(10)],
        _ => Model.ResNet(blocks: 1, width: 2),
    };

    private static class Planted
    {
        public static void Read(ArrayView<byte> memory, AcceleratorStream stream, byte[] destination) => memory.CopyToCPU(stream, destination);
    }
}
