using Wage.Numbers;

namespace Wage.Observation;

/// <summary>
/// What a quantizer with a scale of its own, r = S (q - Z), made of a tensor in one step: counts, and its grid; the ends of all grids where each
/// channel has its own.
/// </summary>
public sealed record CodeSummary
{
    /// <summary>k: of a code.</summary>
    public required int Bits { get; init; }

    /// <summary>The codes that a value can get, at most 2^k.</summary>
    public required int Codes { get; init; }

    /// <summary>Those of them that occur, in whichever channel.</summary>
    public required int Used { get; init; }

    /// <summary>Values more than half a step beyond the first and the last code, which get these.</summary>
    public required long Saturated { get; init; }

    /// <summary>Values that are not 0 and get the code of 0.</summary>
    public required long Underflowed { get; init; }

    /// <summary>The least value that a code has.</summary>
    public required BinaryNumber Least { get; init; }

    /// <summary>The greatest.</summary>
    public required BinaryNumber Greatest { get; init; }

    /// <summary>S; of several the least and the greatest.</summary>
    public required (BinaryNumber Least, BinaryNumber Greatest) Scale { get; init; }

    /// <summary>Z; of several the least and the greatest.</summary>
    public required (int Least, int Greatest) ZeroPoint { get; init; }

    /// <summary>The grids: 1, or one for each channel.</summary>
    public required int Grids { get; init; }

    /// <summary>True where the range is a state, which steps move; false where it is that of this tensor alone, or fixed.</summary>
    public bool IsState { get; init; }

    /// <summary>Of weights with a batch norm folded in: the least and the greatest factor of a channel, |gamma| / sigma; else null.</summary>
    public (BinaryNumber Least, BinaryNumber Greatest)? Folded { get; init; }
}
