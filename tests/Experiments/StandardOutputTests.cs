using System.Text;
using Wage.Experiments;

namespace Wage.Tests.Experiments;

/// <summary>Standard streams that cannot be written.</summary>
[NonParallelizable]
internal sealed class StandardOutputTests
{
    private ScratchFolder scratch = null!;

    [SetUp]
    public void MakeFolder()
    {
        scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("tiny.yaml"), TinyRun.Yaml);
    }

    [TearDown]
    public void RemoveFolder() => scratch.Dispose();

    [TestCase("train $/tiny.yaml --epochs 2 --out $/a")]
    [TestCase("train $/tiny.yaml --epochs 2 --out $/a --profile")]
    [TestCase("train $/tiny.yaml --epochs 2 --seeds 1 --out $")]
    public void ARunGoesOnWithoutItAndEndsWell(string line)
    {
        Assert.That(Run(line, new Full(), new Full()), Is.Zero);
        var summary = Directory.GetFiles(scratch.Path, "summary.json", SearchOption.AllDirectories).Single();
        Assert.That(File.ReadAllText(summary), Does.Contain("\"epochsDone\": 2").And.Contain("\"state\": \"finished\""));
    }

    [TestCase("list")]
    [TestCase("show digits")]
    [TestCase("show --keys")]
    [TestCase("devices")]
    [TestCase("reproduce")]
    [TestCase("data list")]
    [TestCase("--help")]
    public void AnyOtherCommandFailsInOneLineThatNamesIt(string line)
    {
        using var error = new StringWriter { NewLine = "\n" };
        Assert.That(Run(line, new Full(), error), Is.EqualTo(2));
        Assert.That(error.ToString(), Is.EqualTo("wage: standard output: cannot be written (No space left on device).\n"));
    }

    [Test]
    public void AMistakeHasItsExitCodeWhereNeitherStreamCanBeWritten() => Assert.That(Run("show nosuch", new Full(), new Full()), Is.EqualTo(2));

    [TestCase("train tiny.yaml --epochs 2 --out a", "> /dev/full", 0, "")]
    [TestCase("train tiny.yaml --epochs 2 --out a", ">&-", 0, "")]
    [TestCase("list", "> /dev/full", 2, "wage: standard output: cannot be written (No space left on device")]
    public void SoItIsForARealProcess(string line, string redirection, int code, string error)
    {
        if (!File.Exists("/dev/full")) Assert.Ignore("there is no /dev/full");
        var result = WageProcess.RunInShell(scratch.Path, line, redirection);
        Assert.That(result.Code, Is.EqualTo(code), result.Error);
        Assert.That(result.Error, error.Length == 0 ? Is.Empty : Does.StartWith(error));
        if (code == 0) Assert.That(File.ReadAllText(scratch.In("a/summary.json")), Does.Contain("finished"));
    }

    private int Run(string line, TextWriter output, TextWriter error)
    {
        var (oldOutput, oldError) = (Console.Out, Console.Error);
        try
        {
            Console.SetOut(output);
            Console.SetError(error);
            string[] words = [.. line.Split(' ').Select(word => word.Replace("$", scratch.Path, StringComparison.Ordinal))];
            return StandardOutput.Guard(() => Program.Run(words));
        }
        finally
        {
            Console.SetOut(oldOutput);
            Console.SetError(oldError);
        }
    }

    private sealed class Full : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => throw new IOException("No space left on device");

        public override void Flush() => throw new IOException("No space left on device");
    }
}
