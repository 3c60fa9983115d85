using System.CommandLine;
using Wage.Experiments.Display;
using Wage.Experiments.Runs;
using Wage.Models;

namespace Wage.Experiments.Commands;

/// <summary>wage export: a trained model alone, as one file.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("RUN|CHECKPOINT") { Description = "A run folder (its best checkpoint), or a checkpoint." };
        var to = new Option<string?>("--out")
        {
            Description = $"The file. Default: model{ModelPlanFile.Extension} beside the checkpoint.",
            HelpName = "FILE",
        };
        const string about = "Write the model of a run as one file that `wage predict`, `eval` and `show` take by itself.";
        var command = new Command("export", about) { run, to };
        command.SetAction(parsed => Execute(parsed.GetValue(run)!, parsed.GetValue(to), Console.Out));
        return command;
    }

    /// <summary>Writes; the exit code.</summary>
    /// <exception cref="WageException">The run cannot be read, is of floating point or has pieces of somebody's own, or the file exists.</exception>
    private static int Execute(string path, string? to, TextWriter output)
    {
        var run = SavedModel.Open(path);
        var file = FileOf(run, to);
        var plan = run.ToPlan();
        new ModelPlanFile(plan, run.Shape.Description) { Config = run.Recipe.ToYaml() }.Write(file);
        output.WriteLine($"model          {file}");
        output.WriteLine($"nodes          {Format.Count(plan.Nodes.Length)}");
        output.WriteLine($"bytes          {Format.Count(new FileInfo(file).Length)}");
        return 0;
    }

    /// <summary>The file that is asked for, or the one beside the checkpoint.</summary>
    /// <exception cref="WageException">There is another file in its place.</exception>
    public static string FileOf(SavedModel run, string? to)
    {
        var file = to ?? Path.Combine(run.Folder, $"model{ModelPlanFile.Extension}");
        return File.Exists(file) && !ModelPlanFile.Begins(file)
            ? throw new WageException($"--out: {file} is there, and no model's file.", "name another file, or remove it.") : file;
    }
}
