using System.Globalization;
using Wage.Experiments.Display;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;

namespace Wage.Experiments.Commands;

/// <summary>Whether a folder's run is the one that --resume asks for.</summary>
internal static class Resumption
{
    private const int MostNamed = 6;

    /// <summary>The folder's own configuration, with the few changes that leave the run the same run.</summary>
    /// <param name="folder">A folder that holds a run.</param>
    /// <param name="request">What the user asked for.</param>
    /// <param name="given">The recipe as it is now; null where none was named.</param>
    /// <param name="output">For what changes nothing.</param>
    /// <exception cref="WageException">The recipe has another name or other values now, or the command line sets others; they are named.</exception>
    public static Recipe Continue(RunFolder folder, TrainRequest request, Recipe? given, TextWriter output)
    {
        var config = folder.ReadConfig();
        if (request.Recipe is not null && given!.Name != config.Name)
            throw new WageException(
                $"{folder.Path}: holds a run of {config.Name}, not of {given.Name}.",
                "leave RECIPE away, or choose another folder with --out.");
        var asked = config.With([.. request.Over, EpochsOfRates(config)]);
        foreach (var key in config.Differences(asked).Where(key => !Run.ChangeableOnResume.Contains(key)))
        {
            throw new WageException(
                $"{folder.Path}: holds a run with {key} {config[key]}, which --resume cannot change to {asked[key]}.",
                "start another run with another --out.");
        }

        var changed = config.With(request.Over.Where(one => Run.ChangeableOnResume.Contains(one.Key)));
        if (given is null) return changed;
        RequireUnchanged(folder, config, AsBegun(request, config));
        if (given.Epochs != config.Epochs && !config.CommandLineKeys.Contains("training.epochs") && changed.Epochs == config.Epochs)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"note     the run ends after {Format.Counted(config.Epochs, "epoch")} as it began; " +
                $"the recipe has {given.Epochs} now (--epochs {given.Epochs})"));
        }

        return changed;
    }

    /// <summary>The recipe as it is now, with what the command line set when the run began: that need not be said again.</summary>
    private static Recipe AsBegun(TrainRequest request, Recipe config)
    {
        var then = config.CommandLineKeys.Select(key => new GivenValue(key, config[key], "the run's command line"));
        return RecipeCatalog.Load(request.Recipe ?? RecipeCatalog.Default, [.. then, .. request.Over, EpochsOfRates(config)]);
    }

    /// <summary>By which the run's rates are resolved: a decay keeps the end that it began with, whatever epochs the run has now.</summary>
    private static GivenValue EpochsOfRates(Recipe config)
    {
        var epochs = RateSchedule.Parse(config["training.eta"])?.Epochs ?? config.StageEpochs;
        return new GivenValue("training.epochs", epochs.ToString(CultureInfo.InvariantCulture), "the run's configuration");
    }

    private static void RequireUnchanged(RunFolder folder, Recipe config, Recipe given)
    {
        var differing = config.Differences(given).Where(key => !Run.ChangeableOnResume.Contains(key)).ToList();
        if (differing.Count == 0) return;
        var keys = differing.Take(MostNamed).Select(key => $"{key} {Shown(given[key])}, in the run {Shown(config[key])}");
        var more = differing.Count > MostNamed ? "; ..." : string.Empty;
        throw new WageException(
            $"{folder.Path}: holds a run of another {given.Name}: this one has {string.Join("; ", keys)}{more}.",
            $"`wage train --out {TrainRequest.Argument(folder.Path)} --resume` goes on with the run as it began; another --out starts this one.");
    }

    private static string Shown(string value) => value.Length == 0 ? "none" : OneLine.Quote(value);
}
