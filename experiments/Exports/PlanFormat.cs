using Wage.Experiments.Display;
using Wage.Experiments.Runs;
using Wage.Models;

namespace Wage.Experiments.Exports;

/// <summary>The project's own file, which `wage predict`, `eval`, `show` and <see cref="Predictor"/> take.</summary>
internal sealed class PlanFormat : IExportFormat
{
    private const string DefaultFile = $"model{ModelPlanFile.Extension}";

    /// <inheritdoc/>
    public string Name => "wplan";

    /// <inheritdoc/>
    public string Description => "one file that predict, eval and show take";

    /// <inheritdoc/>
    public string DefaultName => DefaultFile;

    /// <inheritdoc/>
    public IReadOnlyList<(string Label, string Value)> Write(ModelPlanFile model, string path)
    {
        model.Write(path);
        return [("model", path), ("nodes", Format.Count(model.Plan.Nodes.Length)), ("bytes", Format.Count(new FileInfo(path).Length))];
    }

    /// <inheritdoc/>
    public string PlaceOf(SavedModel model, string? asked) => FileOf(model, asked);

    /// <summary>The file that is asked for, or the one beside the model.</summary>
    /// <exception cref="WageException">There is another file in its place.</exception>
    public static string FileOf(SavedModel model, string? asked)
    {
        var file = asked ?? Path.Combine(model.Folder, DefaultFile);
        OutputFile.Require("--out", file, "model's file", ModelPlanFile.Begins);
        return file;
    }
}
