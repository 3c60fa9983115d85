using Wage.Numbers;

namespace Wage.Data;

/// <summary>
/// Random crops and flips of training images. Output pixel (y, x) reads the source at (y + dy, x' + dx), x' = flip ? W - 1 - x : x; outside
/// the image it is the zero of the integer domain (A^0 = 0, a gray between pixels 127 and 128). So (pad, flip) = (4, true) is the usual
/// zero-pad by 4, random crop of the original size and horizontal flip.
/// </summary>
/// <param name="Pad">The greatest shift in pixels each way, 0..64; 0 never shifts.</param>
/// <param name="Flip">Whether half of the images are mirrored left to right.</param>
public readonly record struct Augmentation(int Pad, bool Flip)
{
    /// <summary>Images as they are.</summary>
    public static Augmentation None => default;

    /// <summary>WAGE's CIFAR-10 protocol: zero-pad 4, random 32x32 crop, horizontal flip.</summary>
    public static Augmentation Cifar => new(4, true);

    /// <summary>The greatest shift in pixels each way.</summary>
    /// <exception cref="WageException">It is not from 0 to 64.</exception>
    public int Pad { get; } = Pad is >= 0 and <= 64
        ? Pad
        : throw new WageException($"augmentation.pad: is {Pad}, but must be from 0 to 64 pixels.");

    /// <summary>
    /// The shift and flip of the image at <paramref name="position"/>. With u = UInt64(key, position): dy from bits 0..31, dx from bits
    /// 32..62, each floor(bits * (2 Pad + 1) / 2^n) - Pad, uniform in [-Pad, Pad] to within 2^-31; flip from bit 63.
    /// </summary>
    /// <param name="key">The run's seed, <see cref="RandomStream.Augmentation"/> and the epoch or step.</param>
    /// <param name="position">Which image: its place in the stream of that key.</param>
    public (int Dy, int Dx, bool Flip) Draw(in RandomKey key, ulong position)
    {
        var u = RandomBits.UInt64(key, position);
        return (ShiftDown(u, Pad), ShiftRight(u, Pad), Flip && Flips(u));
    }

    /// <summary>dy of the bits u.</summary>
    internal static int ShiftDown(ulong u, int pad) => checked((int)(((u & 0xFFFFFFFF) * (ulong)((2 * pad) + 1)) >> 32) - pad);

    /// <summary>dx of the bits u.</summary>
    internal static int ShiftRight(ulong u, int pad) => checked((int)((((u >> 32) & 0x7FFFFFFF) * (ulong)((2 * pad) + 1)) >> 31) - pad);

    /// <summary>Whether the bits u mirror an image where images are mirrored.</summary>
    internal static bool Flips(ulong u) => u >> 63 != 0;
}
