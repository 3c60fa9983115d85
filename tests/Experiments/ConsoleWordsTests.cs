using Wage.Data;
using Wage.Experiments;
using Wage.Gpu;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Training;

namespace Wage.Tests.Experiments;

/// <summary>What the library says in codes, the console says in keys, options and commands.</summary>
[Parallelizable]
public sealed class ConsoleWordsTests
{
    private static readonly TestCaseData[] Refusals =
    [
        Case(() => new BitWidths(2, 9, 8, 8), "scheme.kA: is 9, but must be from 2 to 8 bits.", "kA: is 9,"),
        Case(() => ModelSpec.Mlp(), "model.sizes: is empty,", "sizes: is empty,"),
        Case(() => ModelSpec.ResNet(0), "model.blocks: is 0, but must be at least 1.", "blocks: is 0,"),
        Case(() => new LearningRate(), "training.eta: the schedule must have an entry for epoch 0.", "eta: the schedule"),
        Case(() => new TrainingOptions(1, new LearningRate((0, new Ratio(1, 1)))) { Patience = -1 }, "training.patience: is -1,", "patience: is -1,"),
        Case(() => new WindowedErrors(9, 1, Rounding.HalfEven), "HINT: set scheme.kE to 8, or scheme.errorWindow to 1.", "HINT: set kE to 8,"),
        Case(
            () => DatasetCatalog.Load("mnist", null),
            "HINT: --data DIR or WAGE_DATA sets the folder that holds a folder per data set (data.set names one of your own); " +
            "`wage data get mnist` fetches it.", "DatasetDownload fetches it."),
        Case(() => OwnDataset.Load("/none", new DatasetOptions()), "HINT: `wage data list` has the formats.", "HINT: OwnDataset has the formats."),
        Case(() => GpuDevices.Open("cuda:x"), "HINT: `wage devices` lists them.", "HINT: GpuDevices lists them."),
        Case(
            () => new AccumulatorBound(1 << 20, 1 << 8, 1 << 8).Choose("conv1", AccumulatorWidth.Int32),
            "HINT: allow int64 accumulators (scheme.accumulator=auto), or take a smaller batch", "(AccumulatorWidth.Auto)"),
        Case(
            () => throw new Failures("cuda").Working("MaxPool", new IOException("lost")),
            "go on from it with `wage train --resume`, here or with another --device;", "with Checkpoint.Read, here or with another device;"),
        Case(
            () => throw new Failures("cuda").Compiling("MaxPool", new IOException("lost")),
            "HINT: run `wage selftest --device cuda`, and train with another --device.", "HINT: run BackendCheck, and train with another device."),
        Case(() => throw new WageException($"{"run"}: {Told().Text}"), "run: data: few. HINT: --device cpu.", "run: data: few. HINT: device cpu."),
    ];

    [TestCaseSource(nameof(Refusals))]
    public void ARefusalNamesWhatTheUserOfEachHas(Action refused, string console, string library)
    {
        var refusal = Assert.Throws<WageException>(() => refused())!;
        Assert.That(refusal.InWords(), Does.Contain(console));
        Assert.That(refusal.Message, Does.Contain(library).And.Not.Contain(console));
    }

    [Test]
    public void TheConsoleHasAWordForEveryTerm()
    {
        foreach (var kind in Enum.GetValues<TermKind>())
            Assert.That(ConsoleWords.Of(kind, "x"), Is.Not.Empty.And.Not.EqualTo(Term.Plain(kind, "x")), kind.ToString());
        Assert.That(() => ConsoleWords.Of((TermKind)(-1), null), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void ATextOfManyLinesIsOneInAnyWords()
    {
        var refusal = new WageException($"a\nb {new Term(TermKind.Device, "c\nd")}", new string('x', 2000));
        Assert.That(refusal.InWords(), Does.StartWith("a b --device c d HINT: xxx").And.EndWith("...").And.Length.LessThan(1000));
    }

    private static WageException Told() => new("data: few.", $"{new Term(TermKind.Device, "cpu")}.");

    private static TestCaseData Case(Action refused, string console, string library) =>
        new TestCaseData(refused, console, library).SetArgDisplayNames(console);
}
