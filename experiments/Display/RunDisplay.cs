using Spectre.Console;
using Wage.Experiments.Runs;

namespace Wage.Experiments.Display;

/// <summary>Chooses how a run is shown.</summary>
internal static class RunDisplay
{
    /// <summary>Runs with a live display on a terminal, else with plain lines.</summary>
    public static RunSummary Watch(TextWriter output, Func<IRunObserver, RunSummary> execute) =>
        IsLive(output) ? LiveDisplay.Watch(AnsiConsole.Console, execute) : execute(new PlainDisplay(output));

    /// <summary>A terminal that can move its cursor, and a user who did not set NO_COLOR.</summary>
    public static bool IsLive(TextWriter output) =>
        ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or null);
}
