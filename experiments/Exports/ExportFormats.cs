using Wage.Onnx;

namespace Wage.Experiments.Exports;

/// <summary>Every form in which a model leaves, by name.</summary>
internal static class ExportFormats
{
    /// <summary>The first is the default.</summary>
    public static IReadOnlyList<IExportFormat> All { get; } =
    [
        new PlanFormat(), new OnnxFormat(OnnxStyle.Integers), new OnnxFormat(OnnxStyle.Qdq), new OnnxFormat(OnnxStyle.Qonnx), new WebFormat(),
        new CFormat(), new WeightsFormat("npz"), new WeightsFormat("safetensors"),
    ];

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names => [.. All.Select(format => format.Name)];

    /// <summary>Their names with what each writes, for the command's help.</summary>
    public static string Description => string.Join("; ", All.Select(format => $"{format.Name}: {format.Description}"));

    /// <summary>The format of this name.</summary>
    /// <exception cref="WageException">There is none.</exception>
    public static IExportFormat Find(string name) => All.FirstOrDefault(format => format.Name == name) ?? throw new WageException(
        $"--format: is '{OneLine.Quote(name)}', but must be one of {string.Join(", ", Names)}.",
        NearestName.Of(name, Names) is { } near ? $"did you mean {near}?" : null);
}
