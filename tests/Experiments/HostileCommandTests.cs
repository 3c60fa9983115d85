using System.CommandLine;
using Wage.Experiments;
using Wage.Simulation.Compression;
using Wage.Tensors;
using Wage.Tests.Simulation.Compression;

namespace Wage.Tests.Experiments;

/// <summary>
/// Every option and argument of every command with every hostile value: done, or refused in one line with code 2, never "unexpected".
/// </summary>
[NonParallelizable]
internal sealed class HostileCommandTests
{
    private const string Nowhere = "http://127.0.0.1:1/";

    private static readonly string[] Values =
    [
        "", " ", "-1", "0", "NaN", "1e999", "99999999999999999999", "2^-60", "-", "a=b",
        "=", "..", "{", "*", "(((", "é\u202e", "\ud800", "a\nb\0\u001b",
        "/dev/null/x", new string('A', 5000), new string('(', 3000), "cuda:", "opencl:99999999999", "every=", "every=99999999999", "1..", "..1:0",
        "name=a,a", "training.eta=2^-60", "training.eta=1..3", "training.seed=0..18446744073709551615", "model.sizes=;;",
    ];

    private ScratchFolder scratch = null!;
    private string data = string.Empty;

    private static IEnumerable<TestCaseData> Options =>
        from command in Below(Program.Root(), [])
        from option in command.Command.Options.Where(option => option.ValueType != typeof(bool))
        select new TestCaseData(command.Path, option.Name).SetArgDisplayNames($"{string.Join(' ', command.Path)} {option.Name}");

    private static IEnumerable<TestCaseData> Arguments =>
        from command in Below(Program.Root(), [])
        where command.Command.Arguments.Count > 0
        select new TestCaseData((object)command.Path).SetArgDisplayNames(string.Join(' ', command.Path));

    [OneTimeSetUp]
    public void Train()
    {
        scratch = new ScratchFolder();
        data = TinyData.Write(scratch);
        File.WriteAllText(scratch.In("tiny.yaml"), TinyData.Yaml);
        CommandLine.Do("train", scratch.In("tiny.yaml"), "--stats", "every=1", "--data", data, "--out", scratch.In("runs/a"));
        Directory.CreateDirectory(scratch.In("here"));
        new WeightSet([CompressedWeightsTests.Floats("w", new Shape(4, 4), new float[16])]).Write(scratch.In("w.npz"));
    }

    [OneTimeTearDown]
    public void Clean() => scratch.Dispose();

    [TestCaseSource(nameof(Options))]
    public void NoValueOfAnOptionIsUnexpected(string[] command, string option)
    {
        foreach (var value in Values) Require([.. command, .. Basis(command, option), option, value]);
    }

    [TestCaseSource(nameof(Arguments))]
    public void NoValueOfAnArgumentIsUnexpected(string[] command)
    {
        foreach (var value in Values)
        {
            Require([.. command, value, .. Harmless(command)]);
            if (command.Length > 1 || command is ["plot" or "report" or "tensorboard" or "predict"])
                Require([.. command, value, value, .. Harmless(command)]);
        }
    }

    [TestCase("train --resume --out"), TestCase("train --seeds 1,2 --profile"), TestCase("train --seeds 1 --sweep training.seed=1,2")]
    [TestCase("train --set"), TestCase("train --set name"), TestCase("show --config --set a=b")]
    [TestCase("reproduce --add x"), TestCase("reproduce --commit x")]
    [TestCase("reproduce wage-lenet5-mnist --add x --points 1"), TestCase("reproduce wage-lenet5-mnist --file x")]
    [TestCase("runs --sort name --sort best")]
    [TestCase("plot"), TestCase("runs diff x"), TestCase("eval a b"), TestCase("trace digits")]
    [TestCase("train @x"), TestCase("--debug x"), TestCase("--")]
    public void NoContradictionIsUnexpected(string line) => Require(line.Split(' '));

    private static IEnumerable<(string[] Path, Command Command)> Below(Command command, string[] path) =>
        command.Subcommands.SelectMany(sub => Below(sub, [.. path, sub.Name])).Prepend((path, command)).Where(found => found.Item1.Length > 0);

    /// <summary>What makes a command end within a moment whatever the option's value.</summary>
    private string[] Basis(string[] command, string option)
    {
        string[] arguments = command switch
        {
            ["train"] => [scratch.In("tiny.yaml")],
            ["predict"] => [scratch.In("runs/a"), "0"],
            ["eval"] or ["export"] or ["plot"] or ["report"] or ["tensorboard"] => [scratch.In("runs/a")],
            ["trace"] => [scratch.In("tiny.yaml")],
            ["compress"] => [scratch.In("w.npz")],
            ["show"] => [scratch.In("tiny.yaml")],
            ["runs", "diff"] => ["a", "a"],
            ["runs", "tag"] => ["a", "x"],
            ["runs", "note"] => ["a", "x"],
            ["reproduce"] => ["wage-lenet5-mnist", "--add", "nothing"],
            ["bench"] => ["nothing"],
            ["traffic"] => option == "--link" ? ["--workers", "2"] : [],
            ["data", "get"] => ["mnist"],
            ["data", "show"] => ["mnist"],
            _ => [],
        };
        return [.. arguments, .. Harmless(command, option)];
    }

    private string[] Harmless(string[] command, string option = "")
    {
        string[] more = command switch
        {
            ["train"] => option == "--data" ? ["--out", Fresh()] : option == "--out" ? ["--data", data] : ["--out", Fresh(), "--data", data],
            ["trace"] => option == "--data" ? ["--out", Fresh()] : option == "--out" ? ["--data", data] : ["--out", Fresh(), "--data", data],
            ["eval"] or ["predict"] => ["--data", data],
            ["runs", ..] => ["--root", scratch.In("runs")],
            ["report"] or ["plot"] => ["--out", scratch.In("picture")],
            ["compress"] => ["--out", scratch.In("w.wagez")],
            ["tensorboard"] => ["--out", scratch.In("board")],
            ["data", "get"] => option == "--mirror" ? ["--data", Fresh()] : ["--mirror", Nowhere],
            ["data", "show"] => ["--data", scratch.In("runs")],
            ["selftest"] => ["--device", "nothing"],
            _ => [],
        };
        return more.Length > 0 && more[0] == option ? [] : more;
    }

    private string Fresh() => scratch.In($"out/{Guid.NewGuid():N}");

    private void Require(string[] arguments)
    {
        var old = Environment.CurrentDirectory;
        try
        {
            Environment.CurrentDirectory = scratch.In("here");
            var (code, output, error) = CommandLine.Run(arguments);
            var shown = OneLine.Cut(string.Join(' ', arguments), 300);
            Assert.That(code, Is.EqualTo(0).Or.EqualTo(2), $"{shown}: {error}{output}");
            if (code != 2) return;
            Assert.That(error.TrimEnd('\n').Split('\n')[^1], Does.StartWith("wage: "), shown);
            Assert.That(error.TrimEnd('\n').Split('\n')[^1].Length, Is.LessThan(1500), shown);
        }
        finally
        {
            Environment.CurrentDirectory = old;
        }
    }
}
