namespace Wage.Observation;

/// <summary>How a tensor is quantized, in words, or why it is not: a line of the report that `ITrainable.Quantizers` gives.</summary>
/// <param name="Tensor">"conv1".</param>
/// <param name="Part">"weights", "activations", "bias", "images", "scores".</param>
/// <param name="Bits">Of a code.</param>
/// <param name="Range">"[-0.31, 2.9]"; empty where there is none.</param>
/// <param name="Scale">What a step of the codes stands for; several where each channel has its own: "0.0012..0.034".</param>
/// <param name="ZeroPoint">The code of 0.</param>
/// <param name="Note">What else there is to say: "each channel by its own", "no range yet", "int32, in the unit of the sums".</param>
public sealed record QuantizerRow(string Tensor, string Part, int Bits, string Range, string Scale, string ZeroPoint, string Note);
