using Wage.Numbers;
using Wage.Training;

namespace Wage.Tests.Training;

public sealed class LearningRateTests
{
    [Test]
    public void EachEntryHoldsFromItsEpochOn()
    {
        var rate = new LearningRate((0, new Ratio(8, 1)), (200, new Ratio(1, 1)), (250, new Ratio(1, 8)));
        Assert.That(
            new[] { 0, 199, 200, 249, 250, 10_000 }.Select(rate.At),
            Is.EqualTo(new Ratio[] { new(8, 1), new(8, 1), new(1, 1), new(1, 1), new(1, 8), new(1, 8) }));
    }

    [Test]
    public void AScheduleMustStartAtTheFirstEpochAndRise()
    {
        Assert.That(() => new LearningRate(), Throws.TypeOf<WageException>().With.Message.Contains("epoch 0"));
        Assert.That(() => new LearningRate((1, new Ratio(1, 1))), Throws.TypeOf<WageException>().With.Message.Contains("epoch 0"));
        Assert.That(
            () => new LearningRate((0, new Ratio(1, 1)), (5, new Ratio(1, 1)), (5, new Ratio(1, 2))),
            Throws.TypeOf<WageException>().With.Message.Contains("epoch 5 follows epoch 5"));
    }

    [TestCase(16385, 1)]
    [TestCase(1, 1048577)]
    public void ARateBeyondItsRangeIsRefused(long p, long q) => Assert.That(
        () => new LearningRate((0, new Ratio(p, q))),
        Throws.TypeOf<WageException>().With.Message.Contains($"is {new Ratio(p, q)} from epoch 0"));

    [Test]
    public void ARatioThatWasNeverSetIsRefused() => Assert.That(() => new LearningRate((0, default)), Throws.TypeOf<WageException>());
}
