using Wage.Experiments.Commands;
using Wage.Experiments.Traces;
using Wage.Tests.Traces;

namespace Wage.Tests.Experiments;

[Parallelizable]
internal sealed class TraceCommandTests
{
    private static readonly string[] Small = ["data.train=40", "data.test=10", "model.kind=mlp", "model.sizes=8,10", "training.batch=10"];

    [Test]
    public void StepsGoOnOverTheEndOfAnEpochAndFromACheckpoint()
    {
        using var scratch = new ScratchFolder();
        var text = Trace(new TraceRequest("digits", 5, scratch.In("a"), Small));
        // The batch's images and labels, and 14 arrays of each of two layers.
        Assert.That(text, Does.Contain("step-000004  30 arrays").And.Contain("after 5 steps"));
        Assert.That(ScalarRecomputation.Differences(scratch.In("a")), Is.Empty);

        using (var run = TinyRun.Prepare(scratch.Run("run")))
            new Wage.Experiments.Runs.RunLoop(run, new StopAfter(5, () => { })).Execute(CancellationToken.None);
        text = Trace(new TraceRequest(scratch.Run("run").LastPath, 1, scratch.In("b"), []));
        Assert.That(text, Does.Contain("step-000040").And.Contain("after 41 steps"));
    }

    [Test]
    public void AnInterruptionEndsAfterTheStepWithAWholeTrace()
    {
        using var scratch = new ScratchFolder();
        using var source = new CancellationTokenSource();
        using var output = new CancellingWriter(source);
        var exit = TraceCommand.Execute(new TraceRequest("digits", 50, scratch.In("a"), Small, "cpu", 1), output, source.Token);
        Assert.That(exit, Is.EqualTo(130));
        Assert.That(output.ToString(), Does.Contain("interrupted after 1 of 50 steps"));
        Assert.That(ScalarRecomputation.Differences(scratch.In("a")), Is.Empty);
    }

    [Test]
    public void MistakesAreRefusedBeforeAnythingIsWritten()
    {
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("file"), "kept");
        foreach (var (request, message) in new[]
        {
            (new TraceRequest("digits", 0, scratch.In("a"), []), "--steps: is 0, but must be from 1 to 1000."),
            (new TraceRequest("digits", 1, scratch.Path, Small), $"{scratch.Path}: is not an empty folder. HINT: choose another with --out."),
            (new TraceRequest("digits", 1, scratch.In("file"), Small), "is not an empty folder"),
            (new TraceRequest("digitss", 1, scratch.In("a"), []), "did you mean digits?"),
            (new TraceRequest("digits", 1, scratch.In("a"), ["training.batches=3"]), "did you mean training.batch?"),
        })
            Assert.That(() => Trace(request), Throws.TypeOf<WageException>().With.Message.Contains(message));
        Assert.That(Directory.Exists(scratch.In("a")), Is.False);
        Assert.That(File.ReadAllText(scratch.In("file")), Is.EqualTo("kept"));
    }

    [Test]
    public void TheCommandLineTakesATrace()
    {
        using var scratch = new ScratchFolder();
        Assert.That(CommandLine.Run(["trace", "digits", "--out", scratch.In("a"), "--threads", "1", "--set", .. Small]).Code, Is.Zero);
        Assert.That(File.Exists(Path.Combine(scratch.In("a"), "manifest.json")));
        Assert.That(CommandLine.Run("trace", "digits").Code, Is.EqualTo(2));
    }

    private static string Trace(TraceRequest request)
    {
        using var output = new StringWriter { NewLine = "\n" };
        Assert.That(TraceCommand.Execute(request with { Device = "cpu", Threads = 1 }, output, CancellationToken.None), Is.Zero);
        return output.ToString();
    }

    /// <summary>Ctrl-C at the first line.</summary>
    private sealed class CancellingWriter(CancellationTokenSource source) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            source.Cancel();
            base.WriteLine(value);
        }
    }
}
