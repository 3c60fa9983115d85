using System.Text.Json.Nodes;
using Wage.Experiments.Display;
using Wage.Experiments.Runs;
using Wage.Gpu;
using Wage.Tests.Data;
using Wage.Tests.Experiments;

namespace Wage.Tests.Mpi;

/// <summary>
/// What the console writes by several ranks and by one process, file by file and byte by byte. WAGE_RANK_EQUALITY=all compares every recipe with both
/// losses, both kinds of ranges, 1 to 4 ranks, and ranks of other instruction sets, threads and devices; =vgg7, or other parts of a case's words
/// with ; between them, those that have one. Without it there is one case. The recipes have their full width and few images: noise, or the first of
/// WAGE_DATA.
/// </summary>
[Parallelizable]
public sealed class MpiEqualityTests
{
    private const string Mixed = "avx2, scalar, reference, ilgpu-cpu", OpenCl = "opencl, avx2, scalar";
    private static readonly (string Name, int Batch)[] Recipes =
        [("wage-lenet5-mnist", 20), ("wage-vgg7-cifar10", 6), ("wage-resnet20-cifar10", 6), ("integer-resnet20-cifar10", 6)];

    private static readonly string[] Stochastic = ["scheme.rounding.W=stochastic", "scheme.rounding.A=stochastic", "scheme.rounding.E=stochastic"];

    /// <summary>Recipe, loss, ranges and ranks; what is asked for in the environment.</summary>
    public static IEnumerable<string[]> Cases()
    {
        if (Environment.GetEnvironmentVariable("WAGE_RANK_EQUALITY") is not { Length: > 0 } asked)
            return [["wage-lenet5-mnist", "sse", "in-hindsight", "scalar, avx2"]];
        return All().Where(words => asked == "all"
            || asked.Split(';').Any(part => string.Join(' ', words).Contains(part, StringComparison.OrdinalIgnoreCase)));
    }

    [TestCaseSource(nameof(Cases))]
    public void RanksWriteTheBytesOfOneProcess(string recipe, string loss, string ranges, string ranks)
    {
        MpiRun.Require();
        if (ranks == OpenCl && !GpuDevices.All().Any(device => device.Name.StartsWith("opencl", StringComparison.Ordinal)))
            Assert.Ignore("there is no OpenCL device");
        using var scratch = new ScratchFolder();
        string[] train = ["train", .. Settings(recipe, loss, ranges, !char.IsDigit(ranks[0])), "--data", Data(scratch), "--out"];
        CommandLine.Do([.. train, scratch.In("one"), "--threads", "2"]);
        using var run = new MpiRun(scratch.Path, Programs(ranks, [.. train, "many"])) { Seconds = 1200 };
        var (code, output, error) = run.End();
        Assert.That(code, Is.Zero, output + error);
        TestContext.Progress.WriteLine($"{recipe}, {loss}, {ranges}, ranks: {ranks}: equal {Compare(scratch.Run("one"), scratch.Run("many"))}");
    }

    [Test]
    public void AByteThatDiffersIsSeen()
    {
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("tiny.yaml"), TinyRun.Yaml);
        CommandLine.Do("train", scratch.In("tiny.yaml"), "--epochs", "1", "--stats", "every=9", "--threads", "1", "--out", scratch.In("one"));
        var (one, many) = (scratch.Run("one"), scratch.Run("many"));
        Directory.CreateDirectory(many.Path);
        foreach (var path in Directory.GetFiles(one.Path)) File.Copy(path, many.Path + path[one.Path.Length..]);
        Assert.That(Compare(one, many), Does.Match(
            @"^last\.wage [\d,]+ bytes, best\.wage .*, config\.yaml .*, stats\.jsonl .*, metrics of 1 epoch, weights [0-9a-f]{12}$"));
        foreach (var file in (string[])["last.wage", "best.wage", "config.yaml", "stats.jsonl", "metrics.jsonl", "summary.json"])
        {
            var bytes = File.ReadAllBytes(scratch.In($"many/{file}"));
            var begin = file == "summary.json" ? bytes.AsSpan().IndexOf("weightsSha256"u8) + 13 : file.EndsWith("wage", StringComparison.Ordinal)
                ? bytes.Length / 2 : 0;
            var place = begin + bytes.AsSpan(begin).IndexOfAnyInRange((byte)'2', (byte)'9');
            bytes[place] ^= 1;
            File.WriteAllBytes(scratch.In($"many/{file}"), bytes);
            using (new NUnit.Framework.Internal.TestExecutionContext.IsolatedContext())
                Assert.That(() => Compare(one, many), Throws.TypeOf<AssertionException>().Or.TypeOf<WageException>(), file);
            bytes[place] ^= 1;
            File.WriteAllBytes(scratch.In($"many/{file}"), bytes);
        }
    }

    /// <summary>What is equal; the test fails where something is not.</summary>
    private static string Compare(RunFolder one, RunFolder many)
    {
        List<string> compared = [];
        foreach (var path in (Func<RunFolder, string>[])[f => f.LastPath, f => f.BestPath, f => f.ConfigPath, f => f.StatsPath])
        {
            var (expected, written) = (File.ReadAllBytes(path(one)), File.ReadAllBytes(path(many)));
            Assert.That(written.AsSpan().SequenceEqual(expected), path(many));
            compared.Add($"{Path.GetFileName(path(one))} {expected.Length:#,0} bytes");
        }

        var (metrics, hash) = (TinyRun.Results(one), Sha256(one));
        Assert.That(TinyRun.Results(many), Is.EqualTo(metrics));
        Assert.That(Sha256(many), Is.EqualTo(hash));
        return $"{string.Join(", ", compared)}, metrics of {Format.Counted(metrics.Length - 2, "epoch")}, weights {hash[..12]}";
    }

    /// <summary>Of integer-sgd, which has one loss, half as many.</summary>
    [Test]
    public void TheCasesAreThoseOfTheDocumentation()
    {
        var all = All().ToArray();
        Assert.That(all.Select(words => string.Join(' ', words)), Is.Unique);
        Assert.That(all, Has.Length.EqualTo((Recipes.Length * 4 * 4) - 8 + (2 * Recipes.Length)));
    }

    private static IEnumerable<string[]> All()
    {
        foreach (var (recipe, _) in Recipes)
        {
            foreach (var ranks in (string[])["1", "2", "3", "4"])
                foreach (var loss in Losses(recipe))
                    foreach (var ranges in (string[])["current", "in-hindsight"]) yield return [recipe, loss, ranges, ranks];
            foreach (var ranks in (string[])[Mixed, OpenCl]) yield return [recipe, Losses(recipe)[^1], "in-hindsight", ranks];
        }
    }

    private static string[] Losses(string recipe) => IsOfBatchNorm(recipe) ? ["crossEntropy"] : ["crossEntropy", "sse"];

    private static bool IsOfBatchNorm(string recipe) => recipe.StartsWith("integer", StringComparison.Ordinal);

    /// <summary>Two steps an epoch, of which one is looked into; where ranks differ, random bits in weights, activations and errors too.</summary>
    private static string[] Settings(string recipe, string loss, string ranges, bool isMixed)
    {
        var batch = Recipes.First(one => one.Name == recipe).Batch;
        var (inputs, isWage) = (IsOfBatchNorm(recipe) ? "A" : "G", !IsOfBatchNorm(recipe));
        return
        [
            recipe, "--set", $"loss={loss}", $"scheme.ranges.E={ranges}", $"scheme.ranges.{inputs}={ranges}", $"data.train={2 * batch}",
            $"data.test={batch - 1}", $"training.batch={batch}", .. isMixed && isWage ? Stochastic : [], "--epochs", "2", "--stats", "every=2",
        ];
    }

    /// <summary>
    /// Of a number so many ranks of one thread; else one of each kind, by a program that looks which rank it is: of several programs, with : between
    /// them, the mpirun of Open MPI 5.0.7 dies.
    /// </summary>
    private static string[] Programs(string ranks, string[] train)
    {
        string[] wage = ["dotnet", MpiRun.Library, .. train, "--threads"];
        if (char.IsDigit(ranks[0])) return ["-n", ranks, .. wage, "1"];
        var kinds = ranks.Split(", ");
        var program = string.Concat(kinds.Select((kind, rank) =>
        {
            var isSet = kind is "avx2" or "scalar";
            string[] words = [.. wage, $"{1 + (rank % 2)}", "--device", isSet ? "cpu" : kind];
            if (isSet) words = ["env", $"WAGE_CPU_ISA={kind}", .. words];
            return $"{rank}) exec {string.Join(' ', words.Select(word => $"'{word}'"))};;\n";
        }));
        return ["-n", $"{kinds.Length}", "sh", "-c", $"case $OMPI_COMM_WORLD_RANK in\n{program}esac"];
    }

    private static string Data(ScratchFolder scratch)
    {
        if (Environment.GetEnvironmentVariable("WAGE_DATA") is { Length: > 0 } given) return given;
        var random = new Random(1);
        Directory.CreateDirectory(scratch.In("data/mnist"));
        Directory.CreateDirectory(scratch.In("data/cifar10"));
        foreach (var split in (string[])["train", "t10k"])
        {
            File.WriteAllBytes(scratch.In($"data/mnist/{split}-images-idx3-ubyte"), Scratch.Idx(0x803, [40, 28, 28], Bytes(40 * 784)));
            File.WriteAllBytes(scratch.In($"data/mnist/{split}-labels-idx1-ubyte"), Scratch.Idx(0x801, [40], Labels(40)));
        }

        foreach (var file in (string[])["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"])
            File.WriteAllBytes(scratch.In($"data/cifar10/{file}.bin"), [.. Labels(8).SelectMany(label => (byte[])[label, .. Bytes(3072)])]);
        return scratch.In("data");

        byte[] Bytes(int count)
        {
            var bytes = new byte[count];
            random.NextBytes(bytes);
            return bytes;
        }

        byte[] Labels(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(i % 10))];
    }

    private static string Sha256(RunFolder folder) => JsonNode.Parse(File.ReadAllText(folder.SummaryPath))!["weightsSha256"]!.GetValue<string>();
}
