namespace Wage.Tests;

[Parallelizable]
internal sealed class OneLineTests
{
    [TestCase("a\nb\r\n\tc", "a b c")]
    [TestCase("  a   b ", "a b")]
    [TestCase("a\u2028b\u2029c\u0085d\u001b[2J", "a b c d [2J")]
    [TestCase("\U0001F600", "\U0001F600")]
    public void TheTextIsOneLineThatAnyFileCanHold(string text, string line) => Assert.That(OneLine.Of(text), Is.EqualTo(line));

    /// <summary>Not as a test case: an attribute's text is stored in UTF-8, which has no half pairs.</summary>
    [Test]
    public void HalfAPairOfSurrogatesIsReplaced() =>
        Assert.That(OneLine.Of("half \uD800 a pair, \uDC00 and \uFFFF"), Is.EqualTo("half \uFFFD a pair, \uFFFD and \uFFFD"));

    [Test]
    public void AQuoteHasAtMostEightyCharactersAndEndsWithDotsWhereItIsCut()
    {
        Assert.That(OneLine.Quote(new string('x', 80)), Is.EqualTo(new string('x', 80)));
        Assert.That(OneLine.Quote(new string('x', 81)), Is.EqualTo(new string('x', 77) + "..."));
        Assert.That(OneLine.Quote(new string(' ', 100_000) + "x"), Is.EqualTo("..."));
        Assert.That(OneLine.Quote(new string('\n', 100) + "x"), Is.EqualTo("x"));
    }

    [Test]
    public void NoCutGoesThroughAPairOfSurrogates()
    {
        for (var lead = 0; lead < 4; lead++)
        {
            var quote = OneLine.Quote(new string('x', lead) + string.Concat(Enumerable.Repeat("\U0001F600", 200)));
            Assert.That(quote, Does.Not.Contain('\uFFFD').And.EndWith("\U0001F600..."));
            Assert.That(quote.Length, Is.InRange(79, 80));
        }
    }

    [Test]
    public void AMessageIsOneLineAndEndsHoweverLongWhatItNames()
    {
        var refusal = new WageException($"{new string('p', 100_000)}:\nis no file.", "choose\nanother.");
        Assert.That(refusal.Message, Does.Not.Contain("\n").And.EndWith("... HINT: choose another."));
        Assert.That(refusal.Message.Length, Is.LessThan(1000));
    }
}
