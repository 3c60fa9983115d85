using System.Diagnostics;
using Wage.Backends;
using Wage.Data;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Experiments.Traces;
using Wage.Numbers;
using Wage.Tests.Experiments;
using Wage.Training;

namespace Wage.Tests.Traces;

/// <summary>A traced step computed again outside the framework, twice: in numpy and in scalar loops. Every array is equal to the last bit.</summary>
public sealed class TraceTests
{
    private const string LeNet = "model: { kind: lenet5, padding: valid }\ntraining: { batch: 2, eta: 4 }\n";
    private const string Vgg7 = "model: { kind: vgg7, width: 4 }\ntraining: { batch: 2, eta: 8 }\n";
    private static readonly Dataset Digits = SyntheticDigits.Create(1, 20, 5);

    private static IEnumerable<TestCaseData> Networks =>
    [
        new TestCaseData(LeNet, "", 1).SetArgDisplayNames("LeNet"),
        new TestCaseData(Vgg7, "", 2).SetArgDisplayNames("VGG7"),
        new TestCaseData(Vgg7, "scheme: { variant: paper, kW: 3, kA: 7, kG: 12, kE: 12, weightClipMask: true, activationClipMask: exclusive }\n", 2)
            .SetArgDisplayNames("VGG7, the paper's options, 3-7-12-12"),
    ];

    [TestCaseSource(nameof(Networks))]
    public void ScalarLoopsGiveEveryArrayOfAStep(string network, string scheme, int steps)
    {
        using var scratch = new ScratchFolder();
        Trace(network + scheme, scratch.In("trace"), steps);
        Assert.That(ScalarRecomputation.Differences(scratch.In("trace")), Is.Empty);
    }

    [TestCaseSource(nameof(Networks))]
    public void NumpyGivesEveryArrayOfAStep(string network, string scheme, int steps)
    {
        RequireNumpy();
        using var scratch = new ScratchFolder();
        Trace(network + scheme, scratch.In("trace"), steps);
        var (exit, text) = Python(Script, scratch.In("trace"));
        Assert.That((exit, text.Split('\n').Count(line => line.Contains(" 0 arrays differ"))), Is.EqualTo((0, steps)), text);
    }

    [Test]
    public void OneWrongElementIsFound([Values("conv2.errors", "conv1.randomWords", "dense2.updatedWeights", "max1.poolPositions")] string array)
    {
        using var scratch = new ScratchFolder();
        Trace(Vgg7, scratch.In("trace"), steps: 1);
        var path = Path.Combine(scratch.In("trace"), "step-000000", array + ".npy");
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.That(ScalarRecomputation.Differences(scratch.In("trace")), Is.EqualTo(new[] { array }));
        if (!HasNumpy) return;
        var (exit, text) = Python(Script, scratch.In("trace"));
        Assert.That(exit, Is.EqualTo(1));
        Assert.That(text, Does.Contain($"['{array}']"));
    }

    [Test]
    public void ATracedRunEndsWithTheWeightsOfAnUntracedOneAndOnEveryDevice()
    {
        using var scratch = new ScratchFolder();
        using var host = new HostBackend(3);
        var plain = Trainer(Recipe(Vgg7), new ReferenceBackend());
        for (var i = 0; i < 3; i++) plain.Step();
        var traced = Trace(Vgg7, scratch.In("trace"), steps: 3, host);
        Assert.That(traced.Network.WeightsSha256(), Is.EqualTo(plain.Network.WeightsSha256()));
    }

    [Test]
    public void TheManifestNamesEveryFileAndNothingElse()
    {
        using var scratch = new ScratchFolder();
        Trace(LeNet, scratch.In("trace"), steps: 1);
        var manifest = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(Path.Combine(scratch.In("trace"), "manifest.json")))!;
        var tensors = manifest["steps"]![0]!["tensors"]!.AsArray();
        var files = Directory.EnumerateFiles(scratch.In("trace"), "*.npy", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(scratch.In("trace"), path).Replace('\\', '/'));
        Assert.That(tensors.Select(t => (string)t!["file"]!), Is.EquivalentTo(files));
        foreach (var tensor in tensors)
        {
            var array = NpyArray.Read(Path.Combine(scratch.In("trace"), (string)tensor!["file"]!));
            Assert.That((string)tensor["dtype"]!, Is.EqualTo(array.Type));
            Assert.That(tensor["shape"]!.AsArray().Select(extent => (int)extent!), Is.EqualTo(array.Shape));
        }
    }

    private static string Script
    {
        get
        {
            var folder = new DirectoryInfo(TestContext.CurrentContext.TestDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Wage.sln"))) folder = folder.Parent;
            return Path.Combine(folder!.FullName, "experiments", "Traces", "recompute.py");
        }
    }

    /// <summary>The first Python on this machine that has numpy.</summary>
    private static readonly Lazy<string?> Interpreter = new(() => new[] { "python3", "/usr/bin/python3", "python" }.FirstOrDefault(name => Imports(name)));

    private static bool HasNumpy => Interpreter.Value is not null;

    private static void RequireNumpy()
    {
        if (!HasNumpy) Assert.Ignore("there is no Python with numpy here; ScalarLoopsGiveEveryArrayOfAStep checks the same arrays");
    }

    private static bool Imports(string python)
    {
        try
        {
            return Start(python, "-c", "import numpy").Exit == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static (int Exit, string Text) Python(params string[] arguments) => Start(Interpreter.Value!, arguments);

    private static (int Exit, string Text) Start(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, text + errors.Result);
    }

    private static Recipe Recipe(string yaml) => Wage.Experiments.Recipes.Recipe.Resolve(
        RecipeReader.ReadText("trace.yaml", yaml + (yaml.Contains("vgg7", StringComparison.Ordinal) ? "data: { set: cifar10 }\n" : "data: { set: digits }\n")));

    private static Trainer Trainer(Recipe recipe, IBackend backend) =>
        RunBuilder.BuildTrainer(recipe, recipe.DataSet == "digits" ? Digits : Coloured(), backend);

    private static Trainer Trace(string yaml, string folder, int steps, IBackend? backend = null)
    {
        var recipe = Recipe(yaml);
        using var own = new HostBackend(1);
        var trainer = Trainer(recipe, backend ?? own);
        Assert.That(new TraceRun(recipe, trainer, folder).Execute(steps, TextWriter.Null, CancellationToken.None), Is.EqualTo(steps));
        return trainer;
    }

    /// <summary>Drawn images in the size of CIFAR-10, which no test may need.</summary>
    private static Dataset Coloured()
    {
        var pixels = Enumerable.Range(0, 10 * 32 * 32 * 3).Select(i => (byte)RandomBits.UInt32(new RandomKey(5, 0, 0), (ulong)i)).ToArray();
        var set = new ImageSet(pixels, [.. Enumerable.Range(0, 10).Select(i => (byte)i)], 32, 32, 3);
        return new Dataset("cifar10", set, set.Take(2), 10);
    }
}
