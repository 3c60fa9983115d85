using System.Xml.Linq;
using Wage.Backends;
using Wage.Experiments.Commands;
using Wage.Experiments.Traffic;

namespace Wage.Tests.Experiments;

[Parallelizable]
internal sealed class TrafficCommandTests
{
    [Test]
    public void ThePublishedRowsAreThoseOfThePaperAsPrinted()
    {
        foreach (var layer in TrafficLayer.Paper)
        {
            var (known, found, ratio) = layer.Published!.Value;
            Assert.That(Printed(layer.Bytes.Static, known), Is.EqualTo(known), layer.Name);
            Assert.That(Printed(layer.Bytes.Dynamic, found), Is.EqualTo(found), layer.Name);
            Assert.That(TrafficTable.Ratio(layer.Bytes.Dynamic, layer.Bytes.Static), Is.EqualTo(ratio), layer.Name);
        }

        static string Printed(long bytes, string like)
        {
            var text = TrafficTable.Kilobytes(bytes).Replace(",", string.Empty, StringComparison.Ordinal);
            return like.Contains('.', StringComparison.Ordinal) ? text : text.Replace(".0", string.Empty, StringComparison.Ordinal);
        }
    }

    [Test]
    public void WithoutAModelTheTableIsThePapers()
    {
        var (code, output) = Run(new TrafficRequest(null, []));
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Match(@"wise, 112x112 +1 x 112x112x96 -> 96, 3x3, 96 groups +2,352.8 +11,760.8 +5.00 +2352.8 +11760.8 +5.00\n"));
    }

    [Test]
    public void TheTotalIsTheSumOfTheLayers()
    {
        var (code, output) = Run(new TrafficRequest("wage-vgg7-cifar10", [], Batch: 32));
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Match(@"\nconv2 +32 x 32x32x128 -> 128, 3x3 +8,336.0 +41,104.0 +4.93\n"));
        Assert.That(output, Does.Match(@"\nall +36,125.7 +151,072.2 +4.18\n"));
    }

    [Test]
    public void TheEngineCountsTheFormulasStaticBytesAndReadsItsSumsOnceMore()
    {
        using var backend = new HostBackend(1);
        var g = new ConvGeometry(2, 6, 5, 3, 4, 3, 3, 1, Padding.Same(6, 5, 3, 3, 1));
        var (bytes, formula) = (TrafficMeasurement.Of(backend, g, 0, default).Bytes, new TrafficLayer("conv1", g).Bytes);
        const int Scalar = sizeof(long);
        Assert.That(bytes.Static, Is.EqualTo(formula.Static));
        Assert.That(bytes.Dynamic, Is.EqualTo(formula.Dynamic + (sizeof(int) * g.OutputShape.Length) + (2 * Scalar)));
    }

    [Test]
    public void ACountedAndTimedLayerStandsBesideTheFormula()
    {
        var (code, output) = Run(new TrafficRequest("digits", [], Seconds: 1e-6, Threads: 1));
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Contain("batch 1; measured on cpu").And.Match(@"\nall( +[0-9.,]+){8}\n"));
    }

    [Test]
    public void CtrlCKeepsTheRowsSoFar()
    {
        var output = new StringWriter { NewLine = "\n" };
        var code = TrafficCommand.Execute(new TrafficRequest("digits", [], Seconds: 1), output, new CancellationToken(canceled: true));
        Assert.That(code, Is.EqualTo(130));
        Assert.That(output.ToString(), Does.Contain("\nconv1 ").And.EndWith("interrupted after 0 of 4 products\n"));
    }

    [Test]
    public void ThePictureHasTwoBarsForEachLayer()
    {
        using var scratch = new ScratchFolder();
        var (code, output) = Run(new TrafficRequest("digits", [], Picture: scratch.In("bytes.svg")));
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.EndWith("bytes.svg\n"));
        var groups = XDocument.Load(scratch.In("bytes.svg")).Descendants().Where(element => element.Name.LocalName == "g").ToList();
        Assert.That(groups.Select(group => group.Elements().Count(element => element.Name.LocalName == "rect")), Has.Exactly(4).EqualTo(2));
    }

    [Test]
    public void ABatchOfTooManyPositionsIsRefused() => Assert.That(
        () => Run(new TrafficRequest(null, [], Batch: 200_000)),
        Throws.TypeOf<WageException>().With.Message.Contains(
            "--batch: is 200000, which makes more than 2^31 positions in the output of 1x1 16 to 96, 112x112."));

    [Test]
    public void AMeasurementThatTheMemoryCannotHoldIsRefused() => Assert.That(
        () => Run(new TrafficRequest("wage-vgg7-cifar10", [], Batch: 65536, Seconds: 1)),
        Throws.TypeOf<WageException>().With.Message.Contains("--batch: is 65536, for which conv1 needs 75,694,083.4 KB"));

    [TestCase("--batch: is 0, but must be from 1 to 262144.", 0, 0)]
    [TestCase("--seconds: is -1, but must be from 0 to 60.", 1, -1)]
    [TestCase("--seconds: is NaN, but must be from 0 to 60.", 1, double.NaN)]
    public void ANumberOutOfRangeIsRefused(string message, int batch, double seconds) =>
        Assert.That(() => Run(new TrafficRequest("digits", [], batch, seconds)), Throws.TypeOf<WageException>().With.Message.Contains(message));

    private static (int Code, string Output) Run(TrafficRequest request)
    {
        var output = new StringWriter { NewLine = "\n" };
        return (TrafficCommand.Execute(request, output, default), output.ToString());
    }
}
