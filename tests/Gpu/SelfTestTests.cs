using Wage.Backends;
using Wage.Experiments.Display;
using Wage.SelfTest;
using Wage.Tests.Backends;

namespace Wage.Tests.Gpu;

[Parallelizable]
public sealed class SelfTestTests
{
    private static IReadOnlyList<BackendCase> Few => [.. CaseTable.All.GroupBy(one => one.Operation).Select(cases => cases.Last())];

    [Test]
    public void AnEqualDeviceIsReportedAsSuch()
    {
        using var device = new HostBackend(1);
        var (report, text) = Compare(device, ShortRun.All.Take(1));
        Assert.That((report.Cases, report.Different), Is.EqualTo((Few.Count + 1, 0)), text);
        Assert.That(
            text,
            Does.Contain("vgg7").And.Not.Contain("DIFFERENT")
                .And.EndWith($"{Few.Count + 1} comparisons with the reference, 0 different\n"));
    }

    [Test]
    public void EveryWrongOperationIsNamed()
    {
        using var device = new OffByOneBackend(new HostBackend(1));
        var (report, text) = Compare(device, []);
        Assert.That((report.Cases, report.Different), Is.EqualTo((Few.Count, Few.Count)), text);
        Assert.That(text, Does.Contain("DIFFERENT  ").And.Contain("the reference gives").And.Contain($"and {Few.Count - 10} more"));
    }

    private static (SelfTestReport Report, string Text) Compare(IBackend device, IEnumerable<ShortRun> runs)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var report = SelfTestReport.Run(new ReferenceBackend(), device, Few, runs, TextWriter.Null, default);
        report.Write(output);
        return (report, output.ToString());
    }
}
