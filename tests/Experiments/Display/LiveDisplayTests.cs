using Spectre.Console;
using Wage.Experiments.Runs;

namespace Wage.Tests.Experiments.Display;

/// <summary>What is left on a terminal when a run has ended.</summary>
[Parallelizable]
internal sealed class LiveDisplayTests
{
    [TestCase(100, @"^ +1 +4 +[0-9.]+ +[0-9.]+ % +[0-9.]+ % +[0-9,-]+ +\d\d:\d\d$")]
    [TestCase(60, @"^ +1 +4 +[0-9.]+ % +\d\d:\d\d$")]
    public void ARowIsAlone(int width, string row)
    {
        var lines = Show(width);
        Assert.That(lines, Has.Some.Match(row), string.Join('\n', lines));
        Assert.That(lines, Has.None.Match("eta"));
        Assert.That(lines.Where(line => line.Contains(" %", StringComparison.Ordinal)), Has.All.Property("Length").LessThan(width));
    }

    private static IReadOnlyList<string> Show(int width)
    {
        using var scratch = new ScratchFolder();
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = width;
        using var run = TinyRun.Prepare(scratch.Run("live"), 1, "training.epochs=2");
        Wage.Experiments.Display.LiveDisplay.Watch(console, observer => new RunLoop(run, observer).Execute(CancellationToken.None));
        var terminal = new Terminal(width);
        terminal.Write(writer.ToString());
        return terminal.Lines;
    }
}
