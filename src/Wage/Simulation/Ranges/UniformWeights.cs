using Wage.Observation;
using Wage.Quantization;
using Wage.Simulation.Conversion;
using Wage.Simulation.Products;
using Wage.Simulation.Quantization;
using Wage.Tensors;

namespace Wage.Simulation.Ranges;

/// <summary>
/// Weights by the nearest of the 2^k codes between their least and their greatest value, of the tensor as it is in this step. The range encloses all
/// of them, so that every gradient passes straight through.
/// </summary>
/// <param name="build">Memory.</param>
/// <param name="parameter">The stored weights.</param>
/// <param name="bits">k.</param>
internal sealed unsafe class UniformWeights(FloatBuilder build, FloatParameter parameter, int bits) : FloatProductWeights(parameter)
{
    private readonly FloatEngine engine = build.Engine;
    private readonly FloatView view = build.View;
    private readonly FloatRange measure = new(build, parameter.Value.Shape.Length);
    private readonly FloatTensor values = build.Allocate(MemoryKind.Scratch, parameter.Value.Shape);

    /// <summary>k.</summary>
    public int Bits => bits;

    /// <summary>The codes of the last <see cref="Use"/>; null: there was none.</summary>
    public AffineGrid? Used { get; private set; }

    /// <inheritdoc/>
    public override FloatTensor Value => values;

    /// <inheritdoc/>
    public override void Use(in StepContext s)
    {
        var (least, greatest) = measure.Of(Parameter.Value);
        var grid = TensorRange.Of(least, greatest).Grid(Parameter.Name, bits);
        FakeQuantization.Run(engine, Parameter.Value.Pointer, Parameter.Value.Span.Length, grid, values.Pointer);
        Used = grid;
        if (s.Phase == Phase.Training) view.ShowCodes(Parameter.Name, Quantity.Weights, Parameter.Value, values, bits, [grid]);
    }
}
