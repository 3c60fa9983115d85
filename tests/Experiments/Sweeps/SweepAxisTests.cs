using Wage.Experiments.Sweeps;

namespace Wage.Tests.Experiments.Sweeps;

[Parallelizable]
internal sealed class SweepAxisTests
{
    [TestCase("scheme.kG=3..6", "scheme.kG", "3 4 5 6")]
    [TestCase("scheme.kG=4..12:4", "scheme.kG", "4 8 12")]
    [TestCase("scheme.kG=4..11:4", "scheme.kG", "4 8")]
    [TestCase("scheme.kG=8", "scheme.kG", "8")]
    [TestCase("training.eta=1, 0.5 ,2^-3", "training.eta", "1 1/2 1/8")]
    [TestCase("training.eta=0: 8, 2: 1;4", "training.eta", "0: 8, 2: 1|4")]
    [TestCase("model.sizes=100, 10;50,10", "model.sizes", "100,10|50,10")]
    public void RangesStepsAndListsAreReadInTheKeysSpelling(string text, string key, string values)
    {
        var axis = SweepAxis.Parse(text);
        Assert.That(axis.Key, Is.EqualTo(key));
        Assert.That(axis.Values, Is.EqualTo(values.Split(values.Contains('|', StringComparison.Ordinal) ? '|' : ' ')));
    }

    [TestCase("scheme.kG", "is not key=values")]
    [TestCase("scheme.kg=1..2", "did you mean scheme.kG?")]
    [TestCase("scheme.kG=2..", "is not a range")]
    [TestCase("scheme.kG=5..2", "is not a range")]
    [TestCase("scheme.kG=2..8:0", "is not a range")]
    [TestCase("scheme.kG=2..99", "must be a whole number from 2 to 16")]
    [TestCase("scheme.kG=3,3", "has the value 3 twice")]
    [TestCase("training.seed=0..18446744073709551615", "more than 1000 values")]
    [TestCase("training.eta=1,x", "training.eta is 'x'")]
    public void WhatIsNoneIsRefusedInOneLine(string text, string part) => Assert.That(
        () => SweepAxis.Parse(text), Throws.TypeOf<WageException>().With.Message.Contains(part).And.Message.StartsWith("--sweep: ")
            .And.Message.Not.Contains("\n"));

    [Test]
    public void TheGridVariesTheLastAxisFastestAndSeedsFasterStill()
    {
        var plan = SweepPlan.Create(
            TinyRun.Load, [SweepAxis.Parse("scheme.kG=2,4"), SweepAxis.Parse("training.eta=1,1/2")], SweepAxis.Seeds("7..8"));
        Assert.That(plan.Titles, Is.EqualTo(new[] { "kG", "lr" }));
        Assert.That(plan.Runs.Select(run => run.FolderName), Is.EqualTo(new[]
        {
            "kG=2-lr=1-seed7", "kG=2-lr=1-seed8", "kG=2-lr=1_2-seed7", "kG=2-lr=1_2-seed8",
            "kG=4-lr=1-seed7", "kG=4-lr=1-seed8", "kG=4-lr=1_2-seed7", "kG=4-lr=1_2-seed8",
        }));
        Assert.That(plan.Runs[0].Refusal, Does.Contain("kG must be greater than kW"),
            "a point that cannot be trained is part of the table, not the end of the sweep");
        Assert.That((plan.Runs[7].Recipe!["scheme.kG"], plan.Runs[7].Recipe!["training.eta"], plan.Runs[7].Recipe!.Seed),
            Is.EqualTo(("4", "1/2", 8UL)));
    }

    [Test]
    public void AKeyThatIsThereTwiceIsRefused()
    {
        Assert.That(
            () => SweepPlan.Create(TinyRun.Load, [SweepAxis.Parse("scheme.kG=4"), SweepAxis.Parse("scheme.kG=5")], null),
            Throws.TypeOf<WageException>().With.Message.Contains("scheme.kG is there twice"));
        Assert.That(
            () => SweepPlan.Create(TinyRun.Load, [SweepAxis.Parse("training.seed=1,2")], SweepAxis.Seeds("1..2")),
            Throws.TypeOf<WageException>().With.Message.Contains("training.seed is there twice"));
    }
}
