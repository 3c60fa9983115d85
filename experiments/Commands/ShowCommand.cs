using System.CommandLine;
using Wage.Experiments.Display;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Models;
using Wage.Schemes;
using Wage.Training;

namespace Wage.Experiments.Commands;

/// <summary>wage show: the layer table of a recipe or a checkpoint, or the table of keys.</summary>
internal static class ShowCommand
{
    private const int MostClassText = 120;

    public static Command Create()
    {
        var target = CommonOptions.Recipe("RECIPE|CHECKPOINT", "A recipe, a YAML file, a checkpoint, a run folder or a model's file.");
        var set = CommonOptions.Set("Override keys of a recipe.");
        var keys = new Option<bool>("--keys") { Description = "List the keys of recipes with their defaults." };
        var config = new Option<bool>("--resolved", "--config")
        {
            Description = "Print the whole recipe, every key, as YAML that runs, instead of the layers.",
        };
        var command = new Command(
            "show", "Layers of a recipe or checkpoint: shapes, bit widths, alpha, parameters, MACs, bounds; memory.") { target, set, keys, config };
        command.SetAction(parsed => parsed.GetValue(keys)
            ? Keys(Console.Out)
            : Execute(parsed.GetValue(target) ?? RecipeCatalog.Default, parsed.GetValue(set) ?? [], parsed.GetValue(config), Console.Out));
        return command;
    }

    /// <summary>Shows; the exit code.</summary>
    /// <exception cref="WageException">There is no such recipe or checkpoint, or a bound cannot be proved.</exception>
    public static int Execute(string target, string[] settings, bool config, TextWriter output)
    {
        if (ModelPlanFile.Begins(target)) return ShowPlan(SavedPlan.Open(target), settings, config, output);
        var given = GivenNetwork.Open(target, settings);
        var (recipe, saved) = given;
        if (config)
        {
            output.Write(recipe.ToYaml());
            return 0;
        }

        using var backend = saved is null ? null : Devices.Create("cpu", 1);
        var shape = given.ShapeOfData();
        using var network = backend is null ? RunBuilder.PlanNetwork(recipe, shape) : RunBuilder.BuildNetwork(recipe, backend, shape);
        output.WriteLine(
            $"recipe      {recipe.Name}: {recipe.ModelKind} on {recipe.DataSet}, {network.SchemeName}, {recipe.LossName}, " +
            $"batch {recipe["training.batch"]}");
        foreach (var key in new[] { "paper", "published", "expected", "duration" })
        {
            if (recipe[key].Length > 0) output.WriteLine($"{key,-10}  {recipe[key]}");
        }

        output.WriteLine($"lr          {RateSchedule.Shown(recipe.Rate, recipe.Epochs)}");
        if (saved is not null) Position(saved, network, output);
        foreach (var notice in saved is null ? recipe.Notices : []) output.WriteLine($"note        {notice}");
        output.WriteLine();
        var table = new TextTable([.. LayerTable.Titles]).RightAlign([.. LayerTable.Numbers]);
        foreach (var row in LayerTable.Rows(network)) table.Add(row);
        table.Write(output);
        output.WriteLine();
        var (weights, macs) = (network.Table.Sum(row => row.Parameters), network.Table.Sum(row => row.Macs));
        output.WriteLine($"{Format.Count(weights)} weights, {Format.Count(macs)} MACs per image.");
        foreach (var layer in recipe.Layers.Keys.GroupBy(own => LayerOptions.SectionOf(own.Key.Name)!.TrimEnd('.')))
            output.WriteLine(
                $"{layer.Key} differs: {string.Join(", ", layer.Select(own => $"{LayerOptions.OptionOf(own.Key.Name)} {own.Value}"))}.");
        if (network.Quantizers.Count > 0)
        {
            if (saved is not null) network.Prepare();
            output.WriteLine();
            QuantizerTable.Write(network.Quantizers, output);
            output.WriteLine();
        }

        output.WriteLine("Bounds are the greatest sums of products that can occur with this batch; the type beside each holds it.");
        output.WriteLine();
        MemoryTable.Write(RunMemory.Plan(recipe, Environment.ProcessorCount, shape), output);
        return 0;
    }

    /// <summary>A model alone: its nodes.</summary>
    private static int ShowPlan(SavedPlan saved, string[] settings, bool config, TextWriter output)
    {
        if (settings.Length > 0) throw new WageException("--set: is for recipes; a model is what it is.");
        if (config)
        {
            output.Write(saved.Recipe.ToYaml());
            return 0;
        }

        var (plan, data) = (saved.File.Plan, saved.File.Data);
        output.WriteLine($"model       {saved.Path}{(saved.File.Config.Length > 0 ? $", of a run of {saved.Recipe.Name}" : "")}");
        if (saved.File.Origin is { } origin)
        {
            var at = origin.Commit.Length > 0 ? $", at {origin.Commit}" : string.Empty;
            output.WriteLine($"trained     to epoch {Format.Count(origin.Epoch)}, seed {saved.Recipe.Seed}{at}");
            output.WriteLine($"weights     {origin.WeightsSha256}");
        }

        output.WriteLine($"images      {data.Preparation.Height}x{data.Preparation.Width}x{data.Preparation.Channels}");
        output.WriteLine($"classes     {OneLine.Cut(string.Join(", ", data.ClassNames), MostClassText)}");
        output.WriteLine();
        PlanTable.Write(plan, output);
        output.WriteLine();
        output.WriteLine($"{Format.Count(plan.Constants.Sum(constant => (long)constant.Stored.Length))} bytes of constants, packed.");
        return 0;
    }

    private static void Position(SavedRun saved, ITrainable network, TextWriter output)
    {
        saved.Checkpoint.LoadWeights(network);
        output.WriteLine($"checkpoint  {saved.Path}: after {Format.Position(saved.Checkpoint.Epoch, saved.Checkpoint.StepInEpoch)}");
        output.WriteLine($"weights     {network.WeightsSha256()}");
    }

    private static int Keys(TextWriter output)
    {
        var table = new TextTable("key", "default", "meaning", "values");
        table.Add(RecipeCatalog.Extends, "", "the recipe from which a file differs", "a built-in recipe, or a file beside this one");
        foreach (var (key, kind) in SchemeRegistry.Kinds.SelectMany(kind => RecipeKeys.Of(kind).Select(key => (key, kind))).DistinctBy(Row))
        {
            var of = kind == SchemeRegistry.Default || !IsOption(key, kind) ? string.Empty : $" (scheme {kind.Name})";
            var other = key.Otherwise is { } otherwise ? $" ({otherwise.Default} with {otherwise.Key} {otherwise.Value})" : string.Empty;
            table.Add(key.Name, key.Kind.ToYaml(key.Default) + other, key.Description + of, key.Kind.Rule);
        }

        table.Add(
            $"{LayerOptions.Prefix}LAYER.OPTION", "scheme.OPTION", "an option that a layer has for itself, by its name in `wage show RECIPE`",
            "as scheme.OPTION");
        table.Add($"{LayerOptions.Prefix}LAYER.train", "true", "the layer's weights learn, or stay as they start", "true or false");
        table.Write(output);
        output.WriteLine();
        var layers = new TextTable("layer of model.layers", "takes");
        foreach (var (layer, takes) in ModelLayers.Words) layers.Add(layer, takes);
        layers.Write(output);
        return 0;

        static bool IsOption(RecipeKey key, SchemeKind kind) => kind.Options.Any(option => key.Name == RecipeKeys.SchemePrefix + option.Name);
        static string Row((RecipeKey Key, SchemeKind Kind) row) => IsOption(row.Key, row.Kind) ? $"{row.Kind.Name} {row.Key.Name}" : row.Key.Name;
    }
}
