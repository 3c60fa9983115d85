using System.CommandLine;
using Wage.Experiments.Exports;
using Wage.Experiments.Runs;

namespace Wage.Experiments.Commands;

/// <summary>wage export: a trained model in a form that others take.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "A run folder (its best checkpoint), a checkpoint, or a model's file." };
        var format = CommonOptions.Complete(
            new Option<string?>("--format")
            {
                Description = $"{ExportFormats.Description}. Default: {ExportFormats.All[0].Name}.",
                HelpName = "NAME",
            },
            [.. ExportFormats.Names]);
        var to = new Option<string?>("--out")
        {
            Description = $"The file or folder. Default: {ExportFormats.All[0].DefaultName}, or what the format calls it, beside the model.",
            HelpName = Program.Either,
        };
        var training = new Option<bool>("--training")
        {
            Description = "With --format c: WAGE's training step, too, which goes on where the run stands.",
        };
        var batch = new Option<int?>("--batch")
        {
            Description = "With --training: the most images of a step. Default: the run's batch.",
            HelpName = "N",
        };
        const string about = "Write a trained model in a form that leaves: the integers, bit for bit.";
        var command = new Command("export", about) { model, format, to, training, batch };
        command.SetAction(parsed => Execute(
            parsed.GetValue(model)!, ExportFormats.Find(parsed.GetValue(format) ?? ExportFormats.All[0].Name),
            parsed.GetValue(to), parsed.GetValue(training), parsed.GetValue(batch), Console.Out));
        return command;
    }

    /// <summary>Writes; the exit code.</summary>
    /// <exception cref="WageException">
    /// The model cannot be read, is of floating point or has pieces of somebody's own, the format cannot say it, or the file exists.
    /// </exception>
    private static int Execute(string path, IExportFormat format, string? to, bool isTraining, int? batch, TextWriter output)
    {
        if (!isTraining && batch is not null) throw new WageException($"--batch: is {batch}, but only a training has a batch.", "add --training.");
        if (isTraining && format is not CFormat) throw new WageException($"--training: {format.Name} has none.", "take --format c.");
        var model = SavedModel.Open(path);
        if (isTraining) format = new CFormat(TrainingExport.Of(model, batch));
        var place = format.PlaceOf(model, to);
        var written = format.Write(model.ToFile(), place);
        foreach (var (label, value) in written) output.WriteLine($"{label,-14} {value}");
        return 0;
    }
}
