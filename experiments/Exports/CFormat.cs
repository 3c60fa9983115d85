using System.Text;
using Wage.Experiments.Display;
using Wage.Experiments.Runs;
using Wage.Export.C;
using Wage.Files;
using Wage.Models;

namespace Wage.Experiments.Exports;

/// <summary>A folder of C99: a header, a source and an example that reads images from standard input.</summary>
internal sealed class CFormat : IExportFormat
{
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
        (string Name, string Text)[] files = [("model.c", program.Source), ("example.c", program.Example), ("model.h", program.Header)];
        OutputFile.MakeFolder(path);
        foreach (var (name, text) in files) AtomicFile.Write(Path.Combine(path, name), Encoding.UTF8.GetBytes(text));
        return
        [
            ("folder", path),
            ("flash", $"{Format.Count(program.FlashBytes)} bytes of weights and tables, and the code"),
            ("RAM", $"{Format.Count(program.RamBytes)} bytes of activations, and the stack"),
            .. program.Places.Select(place => (place.Name,
                $"{place.Type,-5} {place.Shape,-16} bytes {Format.Count(place.Offset)} to {Format.Count(place.End)}, " +
                $"nodes {place.First} to {Math.Min(place.Last, model.Plan.Nodes.Length - 1)}")),
        ];
    }

    /// <inheritdoc/>
    public string PlaceOf(SavedModel model, string? asked)
    {
        var folder = asked ?? Path.Combine(model.Folder, DefaultName);
        if (File.Exists(folder)) throw new WageException($"--out: {folder} is a file, but C is a folder of three.", "name another place.");
        foreach (var name in (string[])["model.h", "model.c", "example.c"])
        {
            OutputFile.RequireMark("--out", Path.Combine(folder, name), "file of an export", CProgram.Mark);
        }

        return folder;
    }
}
