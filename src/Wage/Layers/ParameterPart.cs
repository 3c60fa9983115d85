namespace Wage.Layers;

/// <summary>The elements of a parameter that this worker learns: all of them where nobody shares the batch.</summary>
/// <param name="First">The first one, a multiple of 8: its random bits are those of this index.</param>
/// <param name="Count">How many they are.</param>
public readonly record struct ParameterPart(int First, int Count);
