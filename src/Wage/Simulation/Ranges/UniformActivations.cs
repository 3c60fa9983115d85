using Wage.Observation;
using Wage.Quantization;
using Wage.Simulation.Layers;
using Wage.Simulation.Products;
using Wage.Simulation.Quantization;
using Wage.Tensors;

namespace Wage.Simulation.Ranges;

/// <summary>
/// Activations by the nearest code. Errors pass straight through where a value has a code within half a step, and are 0 where it saturates.
/// </summary>
internal sealed unsafe class UniformActivations : FloatLayer
{
    private readonly FloatEngine engine;
    private readonly FloatTensor y;
    private FloatTensor? input;

    /// <summary>For a tensor of this shape.</summary>
    public UniformActivations(FloatBuilder build, string name, Shape shape, int bits, IRangeEstimator estimator)
        : base(name)
    {
        (engine, y) = (build.Engine, build.Allocate(MemoryKind.Activations, shape));
        Tensor = new RangedTensor(build, name, $"{name}.range", shape.Length, bits, estimator);
    }

    /// <summary>The quantizer.</summary>
    public RangedTensor Tensor { get; }

    /// <inheritdoc/>
    public override IEnumerable<FloatState> States => [Tensor.State.State];

    /// <inheritdoc/>
    public override FloatTensor Forward(FloatTensor x, in StepContext s)
    {
        input = x;
        var output = Tensor.Run(x, y, s);
        if (s.Phase == Phase.Training) Tensor.Show(Quantity.Activations, x, output);
        return output;
    }

    /// <inheritdoc/>
    public override FloatTensor Backward(FloatTensor e, bool needsError, in StepContext s)
    {
        if (needsError && Tensor.Used is { } grid)
            FakeQuantization.Pass(engine, input!.Pointer, e.Span.Length, FakeQuantization.Ends(grid, 0.5), e.Pointer);
        return e;
    }
}
