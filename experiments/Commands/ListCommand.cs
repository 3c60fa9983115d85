using System.CommandLine;
using Wage.Experiments.Display;
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
        var table = new TextTable("recipe", "published", "expected here", "time", "paper");
        foreach (var recipe in RecipeCatalog.Names.Select(name => RecipeCatalog.Load(name, [])))
            table.Add(recipe.Name, recipe["published"], recipe["expected"], recipe["duration"], recipe["paper"]);
        table.Write(output);
        return 0;
    }
}
