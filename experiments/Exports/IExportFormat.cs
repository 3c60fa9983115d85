using Wage.Experiments.Runs;
using Wage.Models;

namespace Wage.Experiments.Exports;

/// <summary>A form in which a trained model leaves.</summary>
internal interface IExportFormat
{
    /// <summary>How `--format` says it: "onnx".</summary>
    string Name { get; }

    /// <summary>What is written, in a few words, for the command's help.</summary>
    string Description { get; }

    /// <summary>The file or folder beside the model where nobody names another: "model.onnx".</summary>
    string DefaultName { get; }

    /// <summary>Writes the model, whole or not at all.</summary>
    /// <param name="model">The model with its data.</param>
    /// <param name="path">The file or folder.</param>
    /// <returns>What the command prints: labels and values, a line each.</returns>
    /// <exception cref="WageException">The format cannot say the model, or the path holds something else, which stands.</exception>
    IReadOnlyList<(string Label, string Value)> Write(ModelPlanFile model, string path);

    /// <summary>The place that is asked for, or the one beside the model; checked before the model is made.</summary>
    /// <exception cref="WageException">Something else is there.</exception>
    string PlaceOf(SavedModel model, string? asked);
}
