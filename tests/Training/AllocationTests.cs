using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Schemes;
using Wage.SelfTest;
using Wage.Tests.Models;
using Wage.Training;

namespace Wage.Tests.Training;

/// <summary>A steady-state step leaves nothing for the garbage collector.</summary>
[NonParallelizable]
public sealed class AllocationTests
{
    private static readonly Dataset Digits = SyntheticDigits.Create(2, 400, 20);
    private byte[]? kept;

    [Test]
    public void AStepAllocatesNothing(
        [Values("lenet", "resnet", "separable")] string model, [Values("2-8-8-8", "8-8-16-16")] string bits, [Values(1, 3)] int threads)
    {
        using var host = new HostBackend(threads);
        var k = bits.Split('-').Select(int.Parse).ToArray();
        var options = new WageOptions { Bits = new BitWidths(k[0], k[1], k[2], k[3]) };
        var layers = model switch
        {
            "lenet" => LeNet(),
            "resnet" => Model.ResNet(blocks: 1, width: 4),
            _ => ShortRun.Separable(),
        };
        var trainer = TinyRun.Start(backend: host, options: options, layers: layers, data: Digits, eta: new Ratio(8, 1));
        TinyRun.Steps(trainer, 3);
        Assert.That(Allocated(trainer.Step), Is.Zero);
    }

    [Test]
    public void APredictionAllocatesNothing([Values("lenet", "resnet", "separable")] string name, [Values(1, 3)] int threads)
    {
        using var host = new HostBackend(threads);
        var trainer = PlannedNetworks.Train(name, host);
        using var model = new IntegerModel(((Network)trainer.Network).ToPlan(), host, batch: 5);
        var (pixels, scores, classes) = (PlannedNetworks.Data(trainer, 13).Pixels, new long[130], new int[13]);
        Action call = () =>
        {
            model.Scores(pixels, 13, scores);
            model.Predict(pixels, 13, classes);
        };
        call();
        Assert.That(Allocated(call), Is.Zero);
    }

    [Test]
    public void AnAllocationIsCounted()
    {
        Assert.That(Allocated(() => kept = new byte[1]), Is.Positive);
        Assert.That(Allocated(() => Task.Run(() => kept = new byte[1]).Wait()), Is.Positive);
        Assert.That(kept, Has.Length.EqualTo(1));
    }

    /// <summary>
    /// Bytes of a call on all threads: the least of up to a hundred, because the test host's own threads and the runtime's allocate now and then,
    /// while what a call allocates it allocates every time.
    /// </summary>
    private static long Allocated(Action call)
    {
        var least = long.MaxValue;
        for (var i = 0; i < 100 && least > 0; i++)
        {
            var (own, all) = (GC.GetAllocatedBytesForCurrentThread(), GC.GetTotalAllocatedBytes(precise: true));
            call();
            all = GC.GetTotalAllocatedBytes(precise: true) - all;
            least = Math.Min(least, Math.Max(all, GC.GetAllocatedBytesForCurrentThread() - own));
        }

        return least;
    }

    /// <summary>Narrow, but with weights enough for every operation to be spread over threads.</summary>
    private static IReadOnlyList<Layer> LeNet() =>
    [
        new Conv2d(8, 5), new MaxPool2d(2), new Relu(), new Quantize(),
        new Conv2d(17, 5, 1, ConvPadding.Valid), new MaxPool2d(2), new Relu(), new Quantize(),
        new Flatten(), new Dense(64), new Relu(), new Quantize(), new Dense(10),
    ];
}
