using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>How an update enters a stored weight. WAGE eq. 12 and the authors' program.</summary>
/// <param name="Clip">The clip limit in units of sigma(k_G).</param>
/// <param name="ClipFirst">The program's order: clip the old weight, then subtract. Otherwise the paper's: subtract, then clip.</param>
/// <param name="Storage">2^(k_G-1) - 1: what k_G bits hold; with the program's order the difference saturates here.</param>
public readonly record struct WeightClip(int Clip, bool ClipFirst, int Storage)
{
    /// <summary>The new stored weight.</summary>
    public long Apply(long stored, long update) => ClipFirst
        ? FixedPoint.Saturate(checked(FixedPoint.Saturate(stored, Clip) - update), Storage)
        : FixedPoint.Saturate(checked(stored - update), Clip);
}
