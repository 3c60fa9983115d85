using Wage.Backends;
using Wage.Models;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>A fully connected layer: input [N,n] (or images, read as they lie), weights [outputs,n], output [N,outputs].</summary>
/// <param name="outputs">Output features.</param>
public sealed class Dense(int outputs) : ProductLayer
{
    /// <summary>Output features.</summary>
    public int Outputs => outputs;

    /// <inheritdoc/>
    public override LayerSpec Spec => new DenseSpec(outputs, Bias);

    private protected override string Prefix => "dense";

    private protected override string Kind => "dense";

    private protected override ConvGeometry Geometry(Shape input)
    {
        if (outputs < 1) throw new WageException($"{Name}: outputs is {outputs}, but must be at least 1.");
        return ConvGeometry.Dense(input[0], input.Stride, outputs);
    }

    private protected override Shape WeightShape(ConvGeometry geometry) => new(geometry.Filters, geometry.Channels);

    private protected override Shape OutputShape(ConvGeometry geometry) => new(geometry.Batch, geometry.Filters);
}
