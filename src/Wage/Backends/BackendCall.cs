using Wage.Tensors;

namespace Wage.Backends;

/// <summary>A call of an operation.</summary>
/// <param name="Operation">The method of <see cref="IBackend"/>, or of a stage <see cref="StageName{S}"/>, of a
/// function, statistic or loss <see cref="FunctionName{F}"/>.</param>
/// <param name="Product">The extents of a product; null for every other operation.</param>
/// <param name="Result">A tensor that it writes.</param>
/// <param name="Bytes">
/// The least traffic: every element of an operand that is read or written counts once, twice where it is changed in place; so do
/// <see cref="IBackend.StoredSums"/>.
/// </param>
public readonly record struct BackendCall(string Operation, ConvGeometry? Product, Tensor Result, long Bytes);
