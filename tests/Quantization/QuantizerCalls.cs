using Wage.Backends;
using Wage.Layers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;

namespace Wage.Tests.Quantization;

/// <summary>Quantizers of one tensor outside of a network.</summary>
internal static class QuantizerCalls
{
    public static TensorQuantizer On(this IQuantizer quantizer, IBackend backend, Shape shape, int fractionBits = 0)
    {
        var context = new BuildContext(backend, new WageOptions().ToScheme(), AccumulatorWidth.Auto);
        return quantizer.For(new TensorSite(TensorRole.Activations, "layer", 0, shape, fractionBits), context);
    }

    /// <summary>y = Q(x), as a training step does it.</summary>
    public static void Quantize(this IQuantizer quantizer, IBackend backend, Tensor x, int fractionBits, Tensor y, Tensor? exponent = null)
    {
        var (own, step) = (quantizer.On(backend, x.Shape, fractionBits), new StepContext(Phase.Training, 1, 2, default));
        own.Measure(x, null, 0, step);
        own.Apply(x, new StageTensors(y) { Exponent = exponent }, step);
    }
}
