using Wage.Experiments.Pictures;
using Wage.Experiments.Runs;

namespace Wage.Tests.Experiments.Pictures;

[Parallelizable]
internal sealed class ConfusionTests
{
    [Test]
    public void PairsAreCountedByTrueAndGivenClass()
    {
        var confusion = Confusion.Count(["a", "b", "c"], [0, 0, 0, 1, 2], [0, 0, 2, 1, 1], 3);
        Assert.That(confusion.Counts, Is.EqualTo(new[,] { { 2, 0, 1 }, { 0, 1, 0 }, { 0, 1, 0 } }));
        Assert.That((confusion.Images(0), confusion.Correct(0), confusion.Correct(1), confusion.Correct(2)), Is.EqualTo((3, 2, 1, 0)));
        Assert.That(() => Confusion.Count(["a", "b"], [0], [2], 1), Throws.TypeOf<WageException>().With.Message.Contains("class 2"));
    }

    [Test]
    public void ThePictureHasTheTrueClassesInRowsAndTheCountsInItsCells()
    {
        var picture = Svg.Read(ConfusionPicture.Draw("run", Confusion.Count(["zero", "one"], [0, 0, 0, 1], [0, 0, 1, 1], 5), new Frame()));
        var cells = picture.All("rect").Where(rect => rect.Text("data-count").Length > 0).ToDictionary(rect => rect.Text("data-count")
            + rect.Text("class"));
        Assert.That(cells.Keys, Is.EquivalentTo(new[] { "2f1", "1f2", "1f1" }), "correct blue, wrong orange, nothing for zero");
        Assert.That(cells["1f2"].Number("x"), Is.GreaterThan(cells["2f1"].Number("x")));
        Assert.That(cells["1f2"].Number("y"), Is.EqualTo(cells["2f1"].Number("y")));
        Assert.That(cells["1f1"].Number("y"), Is.GreaterThan(cells["2f1"].Number("y")));
        Assert.That(picture.All("text").Select(text => text.Value),
            Is.SupersetOf(new[] { "accuracy 75.00 % after 5 epochs", "3 of 4 test images correct, 1 wrong", "recall", "66.67 %", "100.00 %" }));
        Assert.That(picture.All("title").Select(title => title.Value), Does.Contain("zero taken for one: 1 of 3"));
    }

    [TestCase("zero", "one")]
    [TestCase("automobile", "ship")]
    [TestCase("1", "2")]
    public void TheWordsOfTheAxesCoverNoNamesOfClasses(params string[] names)
    {
        foreach (var frame in new[] { new Frame(), new Frame(IsNarrow: true), new Frame(IsNarrow: true, IsTitled: false) })
        {
            var texts = Svg.Read(ConfusionPicture.Draw("run", Confusion.Count(names, [0, 1], [0, 1], 5), frame)).All("text").ToList();
            var rows = texts.Where(text => names.Contains(text.Value) && text.Text("text-anchor") == "end").ToList();
            Assert.That(rows, Has.Count.EqualTo(2));
            var start = rows.Min(row => row.Number("x") - Markup.DigitsWidth(row.Value, 13));
            Assert.That(start, Is.GreaterThanOrEqualTo(0));
            foreach (var upright in texts.Where(text => text.Value == "true class"))
                Assert.That(upright.Number("x") + 4, Is.LessThan(start), "a line reaches 4 below its baseline, here to the right");
            Assert.That(texts.Select(text => text.Value), Has.Some.Contain("true class"), "the rows are named on every page");
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public void NumbersOnCellsHaveContrastWithThem(bool isCorrect)
    {
        foreach (var theme in new[] { Theme.Light, Theme.Dark })
        {
            var colours = Contrast.Colours(theme);
            for (var strength = 0.12; strength <= 0.9; strength += 0.01)
            {
                var cell = Contrast.Mix(colours["panel"], colours[isCorrect ? "f1" : "f2"], strength);
                Assert.That(Contrast.Of(colours[ConfusionPicture.Ink(isCorrect, strength)], cell), Is.GreaterThan(3), $"{theme}, {strength:0.00}");
            }
        }
    }

    [Test]
    public void LongNamesOfClassesStandUprightAboveNarrowColumns()
    {
        var confusion = Confusion.Count(["automobile", "bird"], [0, 1], [0, 1], 5);
        foreach (var (frame, angle) in new[] { (new Frame(), "rotate(-90 "), (new Frame(IsNarrow: true), string.Empty) })
        {
            var names = Svg.Read(ConfusionPicture.Draw("run", confusion, frame)).All("text").Where(text => text.Value == "automobile").ToList();
            Assert.That(names.Select(name => name.Text("transform")), Has.Some.StartWith(angle), "52 units are too few, half a phone is not");
        }
    }

    [Test]
    public void AHundredClassesFitThePageWithoutNumbers()
    {
        var names = Enumerable.Range(0, 100).Select(i => $"{i}").ToList();
        var picture = Svg.Read(ConfusionPicture.Draw("run", Confusion.Count(names, [7, 99], [7, 1], 5), new Frame()));
        Assert.That(picture.All("rect").Count(rect => rect.Text("data-count") == "1"), Is.EqualTo(2));
        Assert.That(picture.All("text").Select(text => text.Value), Does.Contain("90").And.Not.Contain("91"));
        Assert.That(picture.Number("width"), Is.LessThan(900));
    }
}
