using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>How an update enters a stored weight. WAGE eq. 12 and the authors' program.</summary>
/// <param name="clip">The clip limit in units of sigma(k_G).</param>
/// <param name="clipFirst">The program's order: clip the old weight, then subtract. Otherwise the paper's: subtract, then clip.</param>
/// <param name="storage">2^(k_G-1) - 1: what k_G bits hold; with the program's order the difference saturates here.</param>
public readonly struct WeightClip(int clip, bool clipFirst, int storage) : IPairFunction
{
    private readonly int order = clipFirst ? 1 : 0;                         // kernels take no truth values

    /// <summary>The clip limit.</summary>
    public int Clip { get; } = clip;

    /// <summary>Whether the old weight is clipped.</summary>
    public bool ClipFirst => order != 0;

    /// <summary>What is stored at most.</summary>
    public int Storage { get; } = storage;

    /// <summary>The new stored weight, of x = stored and y = update.</summary>
    public long Of(long x, long y) => order != 0
        ? FixedPoint.Saturate(checked(FixedPoint.Saturate(x, Clip) - y), Storage)
        : FixedPoint.Saturate(checked(x - y), Clip);
}
