using System.Text;
using Wage.Experiments.Display;
using Wage.Experiments.Runs;
using Wage.Export.C;
using Wage.Files;
using Wage.Models;

namespace Wage.Experiments.Exports;

/// <summary>A folder of C99: a header, a source and an example that reads images from standard input; with a training as many again.</summary>
/// <param name="training">The training; null: the program predicts.</param>
internal sealed class CFormat(TrainingExport? training = null) : IExportFormat
{
    private static readonly string[] Made = ["model.h", "model.c"], MadeOfTraining = ["training.h", "training.c"];

    /// <inheritdoc/>
    public string Name => "c";

    /// <inheritdoc/>
    public string Description => "C99 without floats, heap or libraries";

    /// <inheritdoc/>
    public string DefaultName => "model-c";

    /// <inheritdoc/>
    public IReadOnlyList<(string Label, string Value)> Write(ModelPlanFile model, string path)
    {
        var program = CProgram.Of(model);
        var trained = training?.Program(program);
        OutputFile.MakeFolder(path);
        Write(path, "model.c", program.Source);
        Write(path, "model.h", program.Header);
        List<string> kept = [.. KeepOrWrite(path, "example.c", program.Example)];
        if (trained is not null)
        {
            Write(path, "training.c", trained.Source);
            Write(path, "training.h", trained.Header);
            kept.AddRange(KeepOrWrite(path, "train.c", trained.Example));
        }

        return
        [
            ("folder", path),
            .. kept.Select(name => (name, "is there and another: it was not written")),
            ("flash", $"{Format.Count(program.FlashBytes)} bytes of weights and tables, and the code"),
            ("RAM", $"{Format.Count(program.RamBytes)} bytes of activations, and the stack"),
            .. trained is null ? [] : training!.Describe(trained),
            .. program.Places.Select(place => (place.Name,
                $"{place.Type,-5} {place.Shape,-16} bytes {Format.Count(place.Offset)} to {Format.Count(place.End)}, " +
                $"nodes {place.First} to {Math.Min(place.Last, model.Plan.Nodes.Length - 1)}")),
        ];
    }

    /// <inheritdoc/>
    public string PlaceOf(SavedModel model, string? asked)
    {
        var folder = asked ?? Path.Combine(model.Folder, DefaultName);
        if (File.Exists(folder)) throw new WageException($"--out: {folder} is a file, but C is a folder of several.", "name another place.");
        foreach (var name in training is null ? Made : [.. Made, .. MadeOfTraining])
        {
            OutputFile.RequireMark("--out", Path.Combine(folder, name), "file of an export", CProgram.Mark);
        }

        return folder;
    }

    private static void Write(string folder, string name, string text) =>
        AtomicFile.Write(Path.Combine(folder, name), Encoding.UTF8.GetBytes(text));

    /// <summary>An example is there to be changed: what is there stands, and the names of such are given.</summary>
    private static IEnumerable<string> KeepOrWrite(string folder, string name, string text)
    {
        var path = Path.Combine(folder, name);
        if (!Path.Exists(path)) Write(folder, name, text);
        else if (!OutputFile.Holds(path, Encoding.UTF8.GetBytes(text))) yield return name;
    }
}
