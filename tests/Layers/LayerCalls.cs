using Wage.Layers;

namespace Wage.Tests.Layers;

/// <summary>Layers called outside of a step.</summary>
internal static class LayerCalls
{
    public static Signal Forward(this Layer layer, Signal x) => layer.Forward(x, default);

    public static Signal Backward(this Layer layer, Signal e) => layer.Backward(e, default);
}
