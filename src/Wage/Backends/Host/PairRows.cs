using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Wage.Backends.Host;

/// <summary>
/// The rows of an image, zeros around and perhaps between its pixels, as a depthwise product reads them: column p of a row holds, for every channel,
/// the pixels p * <paramref name="Spread"/> and p * <paramref name="Spread"/> + <paramref name="Step"/> as a pair of int16, so that one
/// instruction multiplies and adds both.
/// </summary>
/// <param name="Height">Rows of the image.</param>
/// <param name="Width">Its columns.</param>
/// <param name="Channels">Its channels.</param>
/// <param name="Multiplier">How many columns of sums read a channel; it stands there as often.</param>
/// <param name="Top">Rows of zeros above; negative: rows left out.</param>
/// <param name="Left">The same to the left.</param>
/// <param name="Dilation">From one pixel to the next: 1, or with zeros between.</param>
/// <param name="Spread">Pixels from one pair to the next.</param>
/// <param name="Step">Pixels between the two of a pair.</param>
/// <param name="Columns">Pairs of a row.</param>
internal readonly unsafe record struct PairRows(
    int Height, int Width, int Channels, int Multiplier, int Top, int Left, int Dilation, int Spread, int Step, int Columns)
{
    /// <summary>Channels of a pair of pixels, whole vectors: zeros behind the last.</summary>
    public int Pitch => DepthwiseLanes.Whole(Channels * Multiplier);

    /// <summary>Pairs of all channels of a row.</summary>
    public int Length => checked(Columns * Pitch);

    /// <summary>Elements that <see cref="Fill"/> needs beside: a pixel of zeros, and a row whose channels are repeated.</summary>
    public long SpareLength => (Multiplier == 1 ? 1 : 1 + (long)Width) * Channels * Multiplier;

    /// <summary>Whether the row has no pixel, so that all its pairs are 0.</summary>
    public bool IsEmpty(int row) => Source(row, Top, Height) < 0;

    /// <summary>Writes a row.</summary>
    /// <param name="image">[Height, Width, Channels].</param>
    /// <param name="row">Of the image with its zeros.</param>
    /// <param name="to">[Columns, Pitch].</param>
    /// <param name="spare"><see cref="SpareLength"/> elements.</param>
    public void Fill<T>(T* image, int row, int* to, T* spare)
        where T : unmanaged, IBinaryInteger<T>
    {
        var line = Source(row, Top, Height);
        if (line < 0)
        {
            new Span<int>(to, Length).Clear();
            return;
        }

        var (channels, pitch) = (Channels * Multiplier, Pitch);
        var from = image + ((long)line * Width * Channels);
        new Span<T>(spare, channels).Clear();
        if (Multiplier > 1) Repeat(from, from = spare + channels);
        for (var p = 0; p < Columns; p++, to += pitch)
        {
            var (first, second) = (Source(p * Spread, Left, Width), Source((p * Spread) + Step, Left, Width));
            if (first < 0 && second < 0)
            {
                new Span<int>(to, pitch).Clear();
                continue;
            }

            var one = first < 0 ? spare : from + ((long)first * channels);
            var other = second < 0 ? spare : from + ((long)second * channels);
            Interleave(one, other, channels, pitch, to);
        }
    }

    /// <summary>The pixel that a place with zeros around it shows, or -1.</summary>
    private int Source(int place, int before, int count)
    {
        var (pixel, rest) = Dilation == 1 ? (place - before, 0) : Math.DivRem(place - before, Dilation);
        return place < before || rest != 0 || pixel >= count ? -1 : pixel;
    }

    private void Repeat<T>(T* from, T* to)
        where T : unmanaged
    {
        for (var i = 0; i < Width * Channels; i++, to += Multiplier) new Span<T>(to, Multiplier).Fill(from[i]);
    }

    private static void Interleave<T>(T* first, T* second, int channels, int pitch, int* to)
        where T : unmanaged, IBinaryInteger<T>
    {
        var low = Vector256.Create(0xFFFF);
        var c = 0;
        for (; c + Lanes.Count <= channels; c += Lanes.Count)
        {
            var ((first0, first1), (second0, second1)) = (Lanes.Load(first + c), Lanes.Load(second + c));
            ((first0 & low) | (second0 << 16)).Store(to + c);
            ((first1 & low) | (second1 << 16)).Store(to + c + 8);
        }

        for (; c < channels; c++) to[c] = DepthwiseLanes.Pair(int.CreateTruncating(first[c]), int.CreateTruncating(second[c]));
        new Span<int>(to + c, pitch - c).Clear();
    }
}

/// <summary>The vectors of depthwise products: eight channels, a pair of int16 each.</summary>
internal static class DepthwiseLanes
{
    /// <summary>Channels that a step takes at least.</summary>
    public const int Least = 2 * Count;

    /// <summary>Channels of a vector.</summary>
    public const int Count = 8;

    /// <summary>Channels filled up to whole steps.</summary>
    public static int Whole(int channels) => checked(channels + Least - 1) / Least * Least;

    /// <summary>Two int16 as one element.</summary>
    public static int Pair(int first, int second) => (first & 0xFFFF) | (second << 16);

    /// <summary>a0 b0 + a1 b1 of every pair. No sum leaves 32 bits: of the products of -32768 by itself there is at most one.</summary>
    public static Vector256<int> Products(Vector256<int> a, Vector256<int> b) =>
        Avx2.IsSupported ? Avx2.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16()) : PortableProducts(a, b);

    /// <summary>The same in portable code.</summary>
    internal static Vector256<int> PortableProducts(Vector256<int> a, Vector256<int> b) =>
        (((a << 16) >> 16) * ((b << 16) >> 16)) + ((a >> 16) * (b >> 16));
}
