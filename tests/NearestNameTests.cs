namespace Wage.Tests;

[Parallelizable]
public sealed class NearestNameTests
{
    private static readonly string[] Known = ["epochs", "eta", "batch", "seed", "scheme.kG", "scheme.kW"];

    [TestCase("epoch", "epochs")]
    [TestCase("ehpocs", "epochs")]
    [TestCase("see", "seed")]
    [TestCase("scheme.kE", "scheme.kG")]
    [TestCase("ETA", "eta")]
    public void AMisspeltNameFindsWhatWasMeant(string given, string meant) => Assert.That(NearestName.Of(given, Known), Is.EqualTo(meant));

    [TestCase(""), TestCase("learning-rate"), TestCase("xyz"), TestCase("q")]
    public void AFarNameFindsNothing(string given) => Assert.That(NearestName.Of(given, Known), Is.Null);

    [Test]
    public void TheOrderOfTheKnownNamesDoesNotMatter() =>
        Assert.That(NearestName.Of("scheme.kX", Known.Reverse()), Is.EqualTo(NearestName.Of("scheme.kX", Known)));

    [Test]
    public void AVeryLongNameIsNotMeasured() => Assert.That(NearestName.Of(new string('e', 1_000_000), Known), Is.Null);
}
