using Wage.Backends;
using Wage.Data;
using Wage.Training;

namespace Wage.Tests.Training;

[Parallelizable]
public sealed class ValidationTests
{
    private static readonly Dataset Digits = TinyRun.Digits;
    private static readonly Dataset Validated = Digits with { Train = Digits.Train.Take(200), Validation = Digits.Test.Take(40) };

    [Test]
    public void EpochsAreComparedByTheValidationImagesAndTheTestImagesAreNotRead()
    {
        var (with, other) = (Start(Validated), Start(Validated with { Test = Digits.Train.Take(50) }));
        var without = Start(Validated with { Validation = null, Test = Validated.Validation! });
        foreach (var trainer in new[] { with, other, without }) trainer.Run(3);
        Assert.That(with.Last!.Value.Validation, Is.EqualTo(without.Last!.Value.Test), "the same images, by another name");
        Assert.That((with.Last!.Value.Test.Counted, with.Last!.Value.Chooser.Counted), Is.EqualTo((0L, 40L)));
        Assert.That((with.Best!.Value.Epoch, other.Best!.Value), Is.EqualTo((without.Best!.Value.Epoch, with.Best!.Value)));
        Assert.That(with.Network.WeightsSha256(), Is.EqualTo(without.Network.WeightsSha256()));
    }

    [Test]
    public void ACheckpointKeepsTheValidationResultsAndIsRefusedByARunWithoutThem()
    {
        using var scratch = new Wage.Tests.Data.Scratch();
        var trainer = Start(Validated);
        trainer.Run(1);
        trainer.Write(scratch.Path("a.wage"), "");
        var checkpoint = Checkpoint.Read(scratch.Path("a.wage"));
        Assert.That(checkpoint.Best, Is.EqualTo(trainer.Best));
        var resumed = Start(Validated);
        resumed.Load(checkpoint);
        Assert.That(resumed.Best, Is.EqualTo(trainer.Best));
        Assert.That(
            Assert.Throws<WageException>(() => Start(Validated with { Validation = null }).Load(checkpoint))!.Message,
            Does.Contain("its epochs were scored on validation images, but the run has no validation images"));
    }

    [Test]
    public void ACheckpointSaysHowAFileBecomesAnImageAndWhatTheClassesAre()
    {
        using var scratch = new Wage.Tests.Data.Scratch();
        var named = Digits with
        {
            ClassNames = ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"],
            Preparation = new ImagePreparation(28, 28, 1, ImageFit.Pad),
        };
        Start(named).Write(scratch.Path("a.wage"), "");
        Assert.That(Checkpoint.Read(scratch.Path("a.wage")).Data, Is.EqualTo(named.Description));
    }

    [Test]
    public void TrainingStopsAfterEpochsThatAreNotBetterAlsoWhenItIsResumed()
    {
        var all = Start(Digits);
        List<EpochResult> results = [];
        all.Run(12, results.Add);
        var stop = Enumerable.Range(1, 12).First(epoch => epoch == 12 || epoch - Best(results.Take(epoch)) >= 2);
        Assert.That(stop, Is.LessThan(12), "there are two epochs in a row that are not better");
        var patient = Start(Digits, patience: 2);
        patient.Run(12);
        Assert.That((patient.Epoch, patient.HasStopped), Is.EqualTo((stop, true)));
        for (var epoch = 1; epoch < stop; epoch++)
        {
            var (before, after) = (Start(Digits, patience: 2), Start(Digits, patience: 2));
            before.Run(epoch);
            after.Load(before.Save(""));
            after.Run(12);
            Assert.That((after.Epoch, after.Network.WeightsSha256()), Is.EqualTo((stop, patient.Network.WeightsSha256())));
        }
    }

    private static int Best(IEnumerable<EpochResult> results) => results.MinBy(result => result.Test.Wrong).Epoch;

    private static Trainer Start(Dataset data, int patience = 0)
    {
        var trainer = TinyRun.Start(data: data, backend: new HostBackend(1));
        return new Trainer(trainer.Network, data, trainer.Options with { Patience = patience });
    }
}
