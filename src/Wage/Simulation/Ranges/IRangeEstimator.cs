using Wage.Simulation.Conversion;

namespace Wage.Simulation.Ranges;

/// <summary>Where the range comes from by which a tensor is quantized. Fournarakis and Nagel 2021, section 4, name the rules.</summary>
internal interface IRangeEstimator
{
    /// <summary>As the report says it: "in hindsight, eta 9/10".</summary>
    string Words { get; }

    /// <summary>True where a step reads its range before it has the tensor, from the second step on: no second pass over accumulators.</summary>
    bool IsStatic { get; }

    /// <summary>True where a step's range depends on the tensors of steps before it.</summary>
    bool IsState { get; }

    /// <summary>The range of a training step's tensor; the state moves.</summary>
    /// <param name="state">What the steps before left.</param>
    /// <param name="found">The ends of this step's tensor, all of whose values are finite.</param>
    /// <param name="x">The tensor.</param>
    /// <param name="step">The step's number in the run, from 0.</param>
    TensorRange Next(RangeState state, TensorRange found, FloatTensor x, uint step);

    /// <summary>The codes of a range.</summary>
    AffineGrid Grid(string tensor, TensorRange range, int bits) => range.Grid(tensor, bits);

    /// <summary>What the learning rate of the layer is multiplied by, whose errors it quantizes.</summary>
    float Rate(RangeState state) => 1;
}
