namespace Wage.Tests.Experiments.Reports;

/// <summary>wage report's page in a real browser.</summary>
[NonParallelizable]
internal sealed class BrowserTests
{
    private const string Measure =
        "document.body.dataset.sideways=document.documentElement.scrollWidth>document.documentElement.clientWidth;" +
        "document.body.dataset.shown=Array.from(document.querySelectorAll('.picture svg')).filter(svg=>svg.getBoundingClientRect().width>0)" +
        ".every(svg=>svg.matches('.'+(innerWidth>900?'wide':'narrow')+'-screen'));";

    private const string Slide =
        "var s=document.querySelector(\"input[type='range']\"),p=document.querySelector('path[data-key]'),last=p.getAttribute('d');" +
        "s.value=0;s.dispatchEvent(new Event('input'));" +
        "document.body.dataset.slid=document.querySelector('output').textContent+(p.getAttribute('d')===last?', still':', moved');";

    private ShownRuns runs = null!;

    [OneTimeSetUp]
    public void Train() => runs = new ShownRuns();

    [OneTimeTearDown]
    public void Clean() => runs.Dispose();

    [TestCase(1280)]
    [TestCase(500)]
    public void ThePageRunsItsScriptAndNeverScrollsSideways(int width)
    {
        var page = CommandLine.Do("report", runs.Lenet, "--out", runs.In("browser.html")).Trim();
        var (document, complaints) = Chromium.Open(page, width, Measure + Slide, runs.In(string.Empty));
        Assert.Multiple(() =>
        {
            Assert.That(complaints, Is.Empty);
            Assert.That(document, Does.Contain("data-sideways=\"false\"").And.Contain("data-shown=\"true\""));
            Assert.That(document, Does.Contain("data-slid=\"step 0, moved\""), "the slider's first step shows another distribution than its last");
        });
    }

    [Test]
    public void AWidePageAndAScriptThatFailsAreFound()
    {
        var page = runs.In("planted.html");
        File.WriteAllText(page, "<!DOCTYPE html><html><body><div style='width:3000px'>wide</div></body></html>");
        var (document, complaints) = Chromium.Open(page, 500, Measure + "undefinedFunction();", runs.In(string.Empty));
        Assert.That(document, Does.Contain("data-sideways=\"true\""));
        Assert.That(complaints, Has.Some.Contain("undefinedFunction"));
    }
}
