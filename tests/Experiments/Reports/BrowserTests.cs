namespace Wage.Tests.Experiments.Reports;

/// <summary>wage report's page in a real browser.</summary>
[Parallelizable]
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

    /// <summary>Says of each table whether it is wider than its box and whether the hint above it is shown.</summary>
    private const string Hints =
        "document.querySelectorAll('details').forEach(d=>d.open=true);dispatchEvent(new Event('resize'));document.body.dataset.hints=Array.from(" +
        "document.querySelectorAll('.wide')).map(b=>(b.scrollWidth>b.clientWidth+1)+'/'+!b.previousElementSibling.hidden).join(' ');";

    /// <summary>Reads the first epoch with the keyboard and the last with the pointer.</summary>
    private const string Read =
        "var q=document.querySelector('.picture'),o=q.previousElementSibling,k=n=>q.dispatchEvent(new KeyboardEvent('keydown',{key:n}));" +
        "k('ArrowRight');document.body.dataset.first=o.textContent;k('ArrowDown');document.body.dataset.down=o.textContent;" +
        "var v=Array.from(q.querySelectorAll('svg')).find(s=>s.getBoundingClientRect().width>0),b=v.getBoundingClientRect();" +
        "v.dispatchEvent(new PointerEvent('pointermove',{clientX:b.right,clientY:b.top+b.height/2}));document.body.dataset.last=o.textContent;" +
        "document.body.dataset.marked=v.querySelector('.reading').getAttribute('visibility');v.dispatchEvent(new PointerEvent('pointerleave'));" +
        "document.body.dataset.left=o.textContent;";

    private readonly Dictionary<int, (string Document, IReadOnlyList<string> Complaints)> opened = [];
    private ShownRuns runs = null!;

    [OneTimeSetUp]
    public void Train() => runs = new ShownRuns();

    [OneTimeTearDown]
    public void Clean() => runs.Dispose();

    [TestCase(1280)]
    [TestCase(500)]
    public void ThePageRunsItsScriptAndNeverScrollsSideways(int width)
    {
        var (document, complaints) = Open(width);
        Assert.Multiple(() =>
        {
            Assert.That(complaints, Is.Empty);
            Assert.That(document, Does.Contain("data-sideways=\"false\"").And.Contain("data-shown=\"true\""));
            Assert.That(document, Does.Contain("data-slid=\"step 0, moved\""), "the slider's first step shows another distribution than its last");
        });
    }

    [TestCase(1280)]
    [TestCase(500)]
    public void ATableThatScrollsSaysSoAndNoOther(int width)
    {
        var boxes = Data(Open(width).Document, "hints").Split(' ');
        Assert.That(boxes.Distinct(), Is.SubsetOf(new[] { "true/true", "false/false" }));
        Assert.That(boxes, width == 500 ? Does.Contain("true/true") : Does.Contain("false/false"));
    }

    [TestCase(1280)]
    [TestCase(500)]
    public void CurvesAreReadWithThePointerAndWithTheKeyboard(int width)
    {
        var document = Open(width).Document;
        var rows = Wage.Experiments.Runs.RunRecord.Open(runs.Lenet).Rows;
        string Of(double error) => Wage.Experiments.Display.Format.Percent(error);
        var (test, train) = (Of(rows[0].ChooserError), Of(rows[0].TrainError));
        var (first, down, last, left) = (Data(document, "first"), Data(document, "down"), Data(document, "last"), Data(document, "left"));
        Assert.Multiple(() =>
        {
            Assert.That(new[] { first, down }, Is.EquivalentTo(new[]
            {
                $"epoch 1, error: train {train}; test {test}", $"epoch 1, error: test {test}; train {train}",
            }));
            Assert.That(last, Does.StartWith("epoch 2, error: ").And.Contain(Of(rows[^1].ChooserError)).And.Contain(Of(rows[^1].TrainError)));
            Assert.That((Data(document, "marked"), left[..5]), Is.EqualTo(("visible", "Point")), "nothing is read when nothing is pointed at");
        });
    }

    /// <summary>The page of a run at this width, opened once: a browser takes longer to start than all of this.</summary>
    private (string Document, IReadOnlyList<string> Complaints) Open(int width)
    {
        if (opened.TryGetValue(width, out var known)) return known;
        var page = CommandLine.Do("report", runs.Lenet, "--out", runs.In("browser.html")).Trim();
        return opened[width] = Chromium.Open(page, width, Measure + Slide + Read + Hints, runs.In(string.Empty));
    }

    private static string Data(string document, string name) =>
        System.Net.WebUtility.HtmlDecode(System.Text.RegularExpressions.Regex.Match(document, $"data-{name}=\"([^\"]*)\"").Groups[1].Value);

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
