using System.CommandLine;
using Wage.Experiments.Recipes;

namespace Wage.Experiments.Commands;

/// <summary>wage list: the recipes.</summary>
internal static class ListCommand
{
    public static Command Create()
    {
        var command = new Command("list", "Recipes with paper, published figure and expected time.");
        command.SetAction(_ => Execute(Console.Out));
        return command;
    }

    public static int Execute(TextWriter output)
    {
        var recipes = RecipeCatalog.Names.Select(name => RecipeCatalog.Load(name, [])).ToList();
        var indent = recipes.Max(recipe => recipe.Name.Length) + 2;
        foreach (var recipe in recipes)
        {
            output.WriteLine($"{recipe.Name.PadRight(indent)}{recipe["paper"]}");
            (string, string)[] details =
                [("published", recipe["published"]), ("expected", recipe["expected"]), ("time", recipe["duration"])];
            foreach (var (title, text) in details)
                output.WriteLine($"{new string(' ', indent)}{title,-11}{text}");
        }

        return 0;
    }
}
