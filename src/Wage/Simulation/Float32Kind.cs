using Wage.Schemes;

namespace Wage.Simulation;

/// <summary>The scheme "float32" as recipes name it: no quantization, the row to compare with.</summary>
internal static class Float32Kind
{
    /// <summary>The name and its options.</summary>
    public static SchemeKind Kind { get; } = new(
        "float32", "float32: no quantization; dense layers with bias, stochastic gradient descent",
        [new("momentum", OptionValues.Fraction, "0", "v = momentum v + g, w = w - eta v")],
        (settings, request) => new FloatNetwork(
            request.Layers, request.Loss, request.Images, request.Backend, request.Input,
            settings["momentum"] == "0" ? null : settings.Ratio("momentum"), request.Frozen));
}
