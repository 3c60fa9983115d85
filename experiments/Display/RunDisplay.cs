using Wage.Experiments.Runs;

namespace Wage.Experiments.Display;

/// <summary>Chooses how a run is shown.</summary>
internal static class RunDisplay
{
    /// <summary>Runs with a live display on a terminal, else with plain lines.</summary>
    public static RunSummary Watch(TextWriter output, Func<IRunObserver, RunSummary> execute) => execute(new PlainDisplay(output));
}
