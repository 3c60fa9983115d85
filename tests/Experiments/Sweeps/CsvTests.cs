using FsCheck.Fluent;
using Wage.Experiments.Sweeps;

namespace Wage.Tests.Experiments.Sweeps;

[Parallelizable]
internal sealed class CsvTests
{
    [Test]
    public void AnyCellsReadBackAsThemselves() => Laws.Hold(
        Gen.Elements("a,\"\n\r;1 é".ToCharArray()).ArrayOf(6).Select(letters => "x" + new string(letters)).ArrayOf(3).ArrayOf(4),
        rows => Assert.That(Csv.Read("x.csv", Csv.Write(rows)), Is.EqualTo(rows)),
        100);

    [Test]
    public void AnOpenQuoteIsRefused() =>
        Assert.That(() => Csv.Read("x.csv", "a,\"b\n"), Throws.TypeOf<WageException>().With.Message.Contains("x.csv"));
}
