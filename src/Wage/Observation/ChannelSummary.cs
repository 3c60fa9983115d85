using Wage.Numbers;

namespace Wage.Observation;

/// <summary>How the channels of a tensor compare in one step: the filters of weights, the last extent of activations.</summary>
public sealed record ChannelSummary
{
    /// <summary>The channels.</summary>
    public required int Count { get; init; }

    /// <summary>The channels of which every value is 0: they tell nothing apart.</summary>
    public required int Dead { get; init; }

    /// <summary>The first of them, from 0; null: there is none.</summary>
    public int? FirstDead { get; init; }

    /// <summary>The channel with the greatest magnitude, before it is quantized; the first of equal ones.</summary>
    public required int Widest { get; init; }

    /// <summary>Its greatest magnitude.</summary>
    public required BinaryNumber Reach { get; init; }

    /// <summary>The median of the greatest magnitudes of the other channels that are not 0, the lower of two; 0 where there is no other.</summary>
    public required BinaryNumber Median { get; init; }

    /// <summary>The bound of the ReLU6 that made the tensor; null: none did.</summary>
    public BinaryNumber? Clip { get; init; }
}
