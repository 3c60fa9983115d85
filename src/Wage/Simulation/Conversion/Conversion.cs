using Wage.Backends;
using Wage.Models;
using Wage.Numbers;

namespace Wage.Simulation.Conversion;

/// <summary>A converted network: the plan, and what became of each tensor.</summary>
/// <param name="Plan">The integers.</param>
/// <param name="Tensors">The tensors of codes, in the plan's order.</param>
/// <param name="Weights">The products' weights, in the plan's order.</param>
/// <param name="Rounding">How multipliers drop bits.</param>
internal sealed record Conversion(
    ModelPlan Plan, IReadOnlyList<ConvertedTensor> Tensors, IReadOnlyList<ConvertedWeights> Weights, MultiplierRounding Rounding);

/// <summary>A tensor of codes.</summary>
/// <param name="Node">The plan's node that gives it.</param>
/// <param name="Name">"conv1", "residual1", "input".</param>
/// <param name="Grid">What the codes stand for.</param>
/// <param name="Simulated">The same tensor of the network with fake quantization, after a forward pass.</param>
internal sealed record ConvertedTensor(int Node, string Name, AffineGrid Grid, Func<FloatTensor> Simulated);

/// <summary>The weights of a product.</summary>
/// <param name="Name">"conv1".</param>
/// <param name="Grids">One, or one a filter.</param>
/// <param name="Geometry">The extents.</param>
/// <param name="ClampedBiases">Biases that int32 could not hold beside the sums.</param>
internal sealed record ConvertedWeights(string Name, AffineGrid[] Grids, ConvGeometry Geometry, int ClampedBiases);
