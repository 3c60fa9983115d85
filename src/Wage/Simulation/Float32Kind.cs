using Wage.Schemes;
using Wage.Simulation.Compression;

namespace Wage.Simulation;

/// <summary>The scheme "float32" as recipes name it: no quantization, the row to compare with.</summary>
internal static class Float32Kind
{
    /// <summary>The name and its options.</summary>
    public static SchemeKind Kind { get; } = new(
        "float32", "float32: no quantization; the row to compare with",
        FloatOptions.Options,
        (settings, request) => FloatOptions.Build(settings, request, new PlainFloats()))
    {
        OtherForm = path => CompressedWeights.Begins(path) ? CompressedWeights.ReadCheckpoint(path) : null,
    };
}
