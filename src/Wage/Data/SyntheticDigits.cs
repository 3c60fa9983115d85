using Wage.Numbers;

namespace Wage.Data;

/// <summary>
/// The procedural data set "digits": ten classes of 28x28 gray stroke digits, white on black, synthetic, made by integer code. Image i of a split is
/// a function of (seed, split, i) alone, so a smaller set is the beginning of a larger one.
/// </summary>
public static class SyntheticDigits
{
    private const int Side = 28;
    private const int Pixels = Side * Side;
    private const int Classes = 10;

    /// <summary>32-bit draws set aside per image; those from NoiseStart on are the noise of its pixels, a byte each.</summary>
    private const ulong DrawsPerImage = 512;
    private const ulong NoiseStart = 256;

    /// <summary>The step of <see cref="RandomKey"/> of the images, and that of the order of labels.</summary>
    private const uint ImageStep = 0;
    private const uint LabelStep = 1;

    /// <summary>Makes the data set. Every ten images in a row hold each class once, in random order.</summary>
    /// <param name="seed">Any number; another seed, other digits.</param>
    /// <param name="train">The number of training images, 1..1,000,000.</param>
    /// <param name="test">The number of test images, 1..1,000,000; they have a random stream of their own.</param>
    /// <exception cref="WageException">A number of images is out of range.</exception>
    public static Dataset Create(ulong seed, int train, int test) => new("digits", Split(seed, 0, train), Split(seed, 1, test), Classes);

    private static ImageSet Split(ulong seed, int split, int count)
    {
        if (count is < 1 or > 1_000_000)
        {
            var kind = split == 0 ? "training" : "test";
            throw new WageException($"digits: {count} {kind} images asked for, but the number must be from 1 to 1000000.");
        }

        var pixels = new byte[count * Pixels];
        var labels = new byte[count];
        var labelKey = new RandomKey(seed, RandomStream.Synthetic(split), LabelStep);
        for (var i = 0; i < count; i++) labels[i] = Label(labelKey, i);
        var imageKey = new RandomKey(seed, RandomStream.Synthetic(split), ImageStep);
        Parallel.For(0, count, i => Draw(imageKey, i, labels[i], pixels.AsSpan(i * Pixels, Pixels)));
        return new ImageSet(pixels, labels, Side, Side, 1);
    }

    /// <summary>The place of image i in a shuffle (Fisher and Yates) of the ten classes, a random one for every ten images.</summary>
    private static byte Label(in RandomKey key, int image)
    {
        Span<byte> classes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        var ten = (ulong)(image / Classes) * Classes;
        for (var i = Classes - 1; i > 0; i--)
        {
            var j = RandomBits.Below(key, ten + (ulong)i, i + 1);
            (classes[i], classes[j]) = (classes[j], classes[i]);
        }

        return classes[image % Classes];
    }

    private static void Draw(RandomKey key, int image, int digit, Span<byte> pixels)
    {
        var first = (ulong)image * DrawsPerImage;
        var hand = new Handwriting(key, first);
        Span<int> squares = stackalloc int[Pixels];
        var canvas = new StrokeCanvas(squares, Side, hand.Radius);
        var variants = DigitGlyphs.Variants[digit];
        foreach (var stroke in variants[hand.Uniform(0, variants.Length - 1)]) hand.Write(stroke, canvas);

        Span<uint> noise = stackalloc uint[Pixels / sizeof(uint)];
        Noise(key, first + NoiseStart, noise);
        for (var p = 0; p < Pixels; p++)
        {
            var ink = canvas.Coverage(p) * hand.Brightness >> 8;
            pixels[p] = (byte)Noisy(ink, (int)(noise[p >> 2] >> (8 * (p & 3))) & 255);
        }
    }

    /// <summary>Draws <see cref="RandomBits.UInt32"/> of the elements from <paramref name="first"/> on, a multiple of 4, by whole blocks.</summary>
    private static void Noise(in RandomKey key, ulong first, Span<uint> noise)
    {
        for (var i = 0; i < noise.Length; i += 4)
        {
            (noise[i], noise[i + 1], noise[i + 2], noise[i + 3]) = RandomBits.Block(key, (first + (ulong)i) >> 2);
        }
    }

    /// <summary>A byte of noise: one pixel in eight becomes lighter by up to 124, and ink is worn by up to a quarter.</summary>
    private static int Noisy(int ink, int noise)
    {
        var worn = ink - (ink * (noise >> 3) >> 7);
        return (noise & 7) == 0 ? Math.Min(255, worn + (noise >> 3 << 2)) : worn;
    }
}
