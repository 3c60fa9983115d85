using Wage.Numbers;

namespace Wage.Data;

/// <summary>Placeholder.</summary>
public readonly record struct Augmentation(int Pad, bool Flip)
{
    /// <summary>None.</summary>
    public static Augmentation None => default;

    /// <summary>Draw.</summary>
    public (int Dy, int Dx, bool Flip) Draw(in RandomKey key, ulong position)
    {
        var u = RandomBits.UInt64(key, position);
        var span = (ulong)((2 * Pad) + 1);
        return ((int)(((u & 0xFFFFFFFF) * span) >> 32) - Pad, (int)((((u >> 32) & 0x7FFFFFFF) * span) >> 31) - Pad, Flip && u >> 63 != 0);
    }
}
