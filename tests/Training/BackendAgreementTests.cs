using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.SelfTest;
using Wage.Tests.Observation;

namespace Wage.Tests.Training;

/// <summary>A run is the same bits on every backend and with any number of threads.</summary>
[Parallelizable]
public sealed class BackendAgreementTests
{
    private static readonly Dataset Digits = SyntheticDigits.Create(2, 100, 30);
    private static readonly Dataset Colours = TinyRun.Coloured(3, 60, 20);

    [Test]
    public void TheHostTrainsToTheWeightsOfTheReferenceWithAnyNumberOfThreads(
        [Values("mlp", "lenet", "resnet", "separable")] string model, [Values("2-8-8-8", "3-6-12-10", "8-8-16-16")] string bits)
    {
        var reference = Hash(model, bits, new ReferenceBackend());
        foreach (var threads in (int[])[1, 2, 5])
        {
            using var host = new HostBackend(threads);
            Assert.That(Hash(model, bits, host), Is.EqualTo(reference), $"{threads} threads");
        }
    }

    [Test]
    public void ABlockInOnePieceTrainsToTheWeightsOfItsLayersOneByOne(
        [Values("mlp", "lenet", "resnet", "separable")] string model, [Values("2-8-8-8", "3-6-12-10", "8-8-16-16")] string bits,
        [Values] ClipMask mask, [Values] bool paper)
    {
        using var host = new HostBackend(2);
        var options = (paper ? WageOptions.Paper : new WageOptions()) with { ActivationClipMask = mask };
        Assert.That(Hash(model, bits, host, options), Is.EqualTo(Hash(model, bits, host, options, fuse: false)));
    }

    [Test]
    public void EveryRoundingTrainsToTheWeightsOfTheReferenceFusedWatchedOrNot(
        [Values("lenet", "resnet", "separable")] string model,
        [Values(Rounding.TowardZero, Rounding.PseudoStochastic, Rounding.Stochastic)] Rounding rounding)
    {
        var options = new WageOptions { WeightRounding = rounding, ActivationRounding = rounding, ErrorRounding = rounding };
        var expected = Hash(model, "3-3-9-3", new ReferenceBackend(), options);
        using HostBackend one = new(1), two = new(2);
        Assert.That(Hash(model, "3-3-9-3", one, options), Is.EqualTo(expected));
        Assert.That(Hash(model, "3-3-9-3", two, options, watched: true), Is.EqualTo(expected));
        Assert.That(Hash(model, "3-3-9-3", two, options, fuse: false), Is.EqualTo(expected));
        foreach (var set in Enum.GetValues<InstructionSet>().Where(set => InstructionSets.Lack(set) is null))
        {
            using var host = new HostBackend(2, set);
            Assert.That(Hash(model, "3-3-9-3", host, options), Is.EqualTo(expected), $"{set}");
        }

        Assert.That(expected, Is.Not.EqualTo(Hash(model, "3-3-9-3", one)), "it is another rounding");
    }

    private static string Hash(string model, string bits, IBackend backend, WageOptions? side = null, bool fuse = true, bool watched = false)
    {
        var k = bits.Split('-').Select(int.Parse).ToArray();
        var options = (side ?? new WageOptions()) with { Bits = new BitWidths(k[0], k[1], k[2], k[3]) };
        var data = model == "resnet" ? Colours : Digits;
        var trainer = TinyRun.Start(
            backend: backend, options: options, layers: Layers(model), data: data, eta: new Ratio(8, 1), fuse: fuse);
        if (watched) trainer.Network.Observer = new ShownTensors(backend);
        TinyRun.Steps(trainer, 4);
        return trainer.Network.WeightsSha256() + trainer.TrainScore();
    }

    private static IReadOnlyList<Layer> Layers(string model) => model switch
    {
        "mlp" => Model.Mlp(33, 17, 10),
        "lenet" => TinyRun.NarrowLeNet(),
        "separable" => ShortRun.Separable(),
        _ => Model.ResNet(blocks: 1, width: 4),
    };
}
