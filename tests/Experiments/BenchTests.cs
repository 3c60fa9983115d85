using System.Globalization;
using System.Text.Json;
using Wage.Backends;
using Wage.Experiments.Benchmarks;
using Wage.Experiments.Commands;
using Wage.Models;
using Wage.Quantization;

namespace Wage.Tests.Experiments;

[Parallelizable]
internal sealed class BenchTests
{
    private static readonly string[] Tiny = ["product-square-forward"];

    [Test]
    public void TheJsonFileHasTheMachineAndEveryRunOfEveryRow()
    {
        using var scratch = new ScratchFolder();
        var (code, output, _) = Bench(new BenchRequest(Tiny, Threads: 1, Json: scratch.In("bench.json"), Runs: 2, Seconds: 0));
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Match(@"product-square-forward +[0-9.,]+ +[0-9.,]+ +[0-9.,]+  GMAC/s +[0-9]+ % +2 +1\n").And.Contain("peak memory"));
        using var json = JsonDocument.Parse(File.ReadAllText(scratch.In("bench.json")));
        var root = json.RootElement;
        Assert.That(root.GetProperty("date").GetString(), Does.Match(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"));
        var machine = root.GetProperty("machine");
        foreach (var name in new[] { "processor", "os", "dotnet", "isa" })
            Assert.That(machine.GetProperty(name).GetString(), Is.Not.Empty, name);
        using var host = new HostBackend(1);
        Assert.That(machine.GetProperty("isa").GetString(), Is.EqualTo(host.Description));
        Assert.That(machine.GetProperty("cores").GetInt32(), Is.EqualTo(Environment.ProcessorCount));
        Assert.That((root.GetProperty("threads").GetInt32(), root.GetProperty("complete").GetBoolean()), Is.EqualTo((1, true)));
        Assert.That(root.GetProperty("peakMemoryBytes").GetInt64(), Is.GreaterThan(1 << 20));
        var row = root.GetProperty("rows").EnumerateArray().Single();
        Assert.That((row.GetProperty("name").GetString(), row.GetProperty("unit").GetString()), Is.EqualTo((Tiny[0], "GMAC/s")));
        var runs = row.GetProperty("runs").EnumerateArray().Select(run => run.GetDouble()).ToList();
        Assert.That(runs, Has.Count.EqualTo(2).And.All.GreaterThan(0));
        Assert.That(row.GetProperty("min").GetDouble(), Is.EqualTo(runs.Min()));
        Assert.That(row.GetProperty("max").GetDouble(), Is.EqualTo(runs.Max()));
        Assert.That(row.GetProperty("median").GetDouble(), Is.InRange(runs.Min(), runs.Max()));
        var (median, peak) = (row.GetProperty("median").GetDouble(), row.GetProperty("peak").GetDouble());
        Assert.That(row.GetProperty("percentOfPeak").GetDouble(), Is.EqualTo(100 * median / peak).Within(0.1));
        Assert.That(row.GetProperty("stepsPerRun").GetInt32(), Is.EqualTo(1));
    }

    [TestCase("lenet-valid-train")]
    [TestCase("lenet-valid-infer")]
    public void ANetworkRowIsMeasuredInImagesPerSecond(string name)
    {
        var (code, output, progress) = Bench(new BenchRequest([name], Runs: 1, Seconds: 0));
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Match($@"{name} .*images/s +- +1 +1\n"));
        Assert.That(progress, Does.Match($@"^ 1/1  {name} +\. [0-9,.]+ images/s\n$"));
    }

    [Test]
    public void TrainingGoesOnPastTheEndOfTheData()
    {
        using var one = new HostBackend(1);
        var workload = BenchCatalog.Select(["lenet-valid-train"]).Single().Prepare(one);
        for (var step = 0; step < 10; step++)
        {
            workload.Rest!();
            workload.Step();
        }

        Assert.That(workload.Work, Is.EqualTo(128));
    }

    [TestCase("channel")]
    [TestCase("tensor")]
    public void AffineInferenceIsOfAConvertedNetwork(string granularity)
    {
        using var one = new HostBackend(1);
        using var workload = BenchCatalog.Select([$"affine-lenet-same-infer-{granularity}"]).Single().Prepare(one);
        workload.Step();
        var stages = ((IntegerModel)workload.Owned.Single()).Plan.Nodes.Select(node => (node.Operation as ProductOperation)?.Stage?.Value);
        Assert.That(stages.OfType<AffineStage>().Count(), Is.EqualTo(granularity == "channel" ? 4 : 3));
    }

    [Test]
    public void InterruptedItPrintsAndWritesTheRowsSoFar()
    {
        using var scratch = new ScratchFolder();
        using var stop = new CancellationTokenSource();
        using var progress = new Stopper(stop, afterRuns: 3);
        using var output = new StringWriter { NewLine = "\n" };
        var request = new BenchRequest([.. Tiny, "lenet-valid-infer"], Json: scratch.In("bench.json"), Runs: 2, Seconds: 0);
        Assert.That(BenchCommand.Execute(request, output, progress, stop.Token), Is.EqualTo(130));
        Assert.That(output.ToString(), Does.Match("lenet-valid-infer .*images/s").And.Contain("interrupted after 1 of 2 rows"));
        Assert.That(output.ToString(), Does.Not.Contain(Tiny[0]));
        using var json = JsonDocument.Parse(File.ReadAllText(scratch.In("bench.json")));
        Assert.That(json.RootElement.GetProperty("complete").GetBoolean(), Is.False);
        Assert.That(json.RootElement.GetProperty("rows").GetArrayLength(), Is.EqualTo(1));
    }

    [Test]
    public void ARowOfTheProcessorIsRefusedOnAnotherDeviceBeforeAnythingIsMeasured()
    {
        using StringWriter output = new(), progress = new();
        var request = new BenchRequest(["product-square-forward", "float32-product-conv2-error"], Device: "ilgpu-cpu");
        Assert.That(() => BenchCommand.Execute(request, output, progress, CancellationToken.None), Throws.TypeOf<WageException>()
            .With.Message.StartsWith("bench float32-product-conv2-error: measures the processor's own engine, but --device is ilgpu-cpu."));
        Assert.That(progress.ToString(), Is.Empty);
    }

    [Test]
    public void RowsHaveNamesOfTheirOwnAndNoErrorProductReachesTheImages()
    {
        var names = BenchCatalog.All.Select(row => row.Name).ToList();
        Assert.That(names, Is.Unique);
        Assert.That(names, Has.Count.EqualTo(10 + 2 + 1 + (7 * 3) - 1 + 4 + 3 + 6 + 4 + 1 + (7 * 3) - 1 + 6).And.No.Member("product-conv1-error"));
        Assert.That(BenchCatalog.Select([]), Is.EqualTo(BenchCatalog.All));
        var two = BenchCatalog.Select(["vgg7-infer", "lenet-same-train"]).Select(row => row.Name);
        Assert.That(two, Is.EqualTo(new[] { "lenet-same-train", "vgg7-infer" }));
    }

    [TestCase("vgg-train", "did you mean vgg7-train?")]
    [TestCase("zzzzzzzzzz", "--list")]
    public void AnUnknownRowIsRefusedWithTheNearest(string name, string hint) => Refused(new BenchRequest([name]), $"'{name}'", hint);

    [Test]
    public void OptionsOutOfRangeAreRefusedBeforeAnythingRuns()
    {
        Refused(new BenchRequest(Tiny, Runs: 0), "--runs: is 0");
        Refused(new BenchRequest(Tiny, Seconds: -1), "--seconds: is -1");
        Refused(new BenchRequest(Tiny, Seconds: double.NaN), "--seconds");
        Refused(new BenchRequest(Tiny, Threads: 5000), "--threads: is 5000");
        using var scratch = new ScratchFolder();
        Refused(new BenchRequest(Tiny, Json: scratch.In("absent/bench.json")), "--json", scratch.In("absent"));
        Refused(new BenchRequest(Tiny, Json: Path.GetTempPath()), "--json", "not the name of a file");
    }

    [Test]
    public void TheMedianIsTheMiddleRateOrTheMeanOfTheMiddleTwo()
    {
        Assert.That(new BenchResult("a", "images/s", [5, 1, 3], 1, 0).Median, Is.EqualTo(3));
        Assert.That(new BenchResult("a", "images/s", [4, 1, 2, 9], 1, 0).Median, Is.EqualTo(3));
    }

    private static void Refused(BenchRequest request, params string[] parts)
    {
        var error = Assert.Throws<WageException>(() => Bench(request))!;
        foreach (var part in parts) Assert.That(error.Message, Does.Contain(part));
    }

    private static (int Code, string Output, string Progress) Bench(BenchRequest request)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var progress = new StringWriter { NewLine = "\n" };
        return (BenchCommand.Execute(request, output, progress, CancellationToken.None), output.ToString(), progress.ToString());
    }

    /// <summary>Cancels once so many runs are done.</summary>
    private sealed class Stopper(CancellationTokenSource stop, int afterRuns) : StringWriter(CultureInfo.InvariantCulture)
    {
        private int left = afterRuns;

        public override void Write(string? value)
        {
            if (value == "." && --left == 0) stop.Cancel();
        }
    }
}
