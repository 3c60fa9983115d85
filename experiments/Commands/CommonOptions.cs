using System.CommandLine;
using System.CommandLine.Completions;
using Wage.Experiments.Pictures;
using Wage.Experiments.Ranks;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;

namespace Wage.Experiments.Commands;

/// <summary>Options that several commands take.</summary>
internal static class CommonOptions
{
    private const string FolderVariable = "WAGE_DATA";

    public static Option<string?> Data() =>
        new("--data")
        {
            Description = $"The folder that holds a folder per data set. Default: ${FolderVariable}, else ./data.",
            HelpName = "DIR"
        };

    public static Option<int> Threads() =>
        new("--threads") { Description = "Threads of the cpu; 0: one per core. The result does not depend on it.", HelpName = "N" };

    public static Option<string?> Device() => Complete(
        new Option<string?>("--device")
        {
            Description = "auto, cpu, reference, cuda[:N], opencl[:N] or ilgpu-cpu (`wage devices`). The result does not depend on it.",
            HelpName = "NAME",
        },
        Devices.Names);

    public static Option<string?> Workers() => Complete(
        new Option<string?>("--workers")
        {
            Description = "auto, mpi or none: whether this process is one of those that mpirun started. The result does not depend on it.",
            HelpName = "NAME",
        },
        RankGroup.Names);

    /// <summary>Keys and, behind a '=', the words of a key complete what is typed.</summary>
    public static Option<string[]> Set(string description)
    {
        var set = new Option<string[]>("--set")
        {
            Description = description,
            HelpName = "key=value",
            AllowMultipleArgumentsPerToken = true,
            Arity = ArgumentArity.OneOrMore,
        };
        set.CompletionSources.Add(context => RecipeKeys.Complete(context.WordToComplete));
        return set;
    }

    /// <summary>The built-in recipes complete what is typed, where no file is meant.</summary>
    public static Argument<string?> Recipe(string name, string description)
    {
        var recipe = new Argument<string?>(name) { Description = description, Arity = ArgumentArity.ZeroOrOne };
        Complete(recipe, () => RecipeCatalog.Names);
        return recipe;
    }

    /// <summary>Names complete what is typed for an argument. The help shows the argument's own name in their place.</summary>
    public static void Complete(Argument argument, Func<IEnumerable<string>> names)
    {
        argument.HelpName = argument.Name;
        argument.CompletionSources.Add(_ => names().Select(name => new CompletionItem(name)));
    }

    /// <summary>Words complete what is typed behind an option.</summary>
    public static T Complete<T>(T option, IReadOnlyList<string> words)
        where T : Option
    {
        option.CompletionSources.Add(_ => words.Select(word => new CompletionItem(word)));
        return option;
    }

    public static Option<string[]> Tags() =>
        new("--tag") { Description = "Words to find the run by (`wage runs --tag`).", HelpName = "TAG", AllowMultipleArgumentsPerToken = true };

    public static Option<string?> Note() => new("--note") { Description = "A line about the run.", HelpName = "TEXT" };

    public static Option<string?> Theme() => Complete(
        new Option<string?>("--theme") { Description = "auto (light, or dark where the viewer asks for it), light or dark.", HelpName = "NAME" },
        ["auto", "light", "dark"]);

    /// <summary>The theme of this name; auto when none is given.</summary>
    /// <exception cref="WageException">There is no such theme.</exception>
    public static Theme ThemeOf(string? option) => option switch
    {
        null or "auto" => Pictures.Theme.Auto,
        "light" => Pictures.Theme.Light,
        "dark" => Pictures.Theme.Dark,
        _ => throw new WageException($"--theme: is '{OneLine.Quote(option)}', but must be auto, light or dark."),
    };

    /// <summary>The data folder: the option, or WAGE_DATA, or the fallback.</summary>
    public static string DataFolder(string? option, string? fallback = null)
    {
        if (!string.IsNullOrWhiteSpace(option)) return option;
        var variable = Environment.GetEnvironmentVariable(FolderVariable);
        return string.IsNullOrWhiteSpace(variable) ? fallback ?? "data" : variable;
    }
}
