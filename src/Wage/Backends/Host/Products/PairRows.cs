using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Wage.Backends.Host;

/// <summary>
/// The rows of an image, zeros or a value around and perhaps between its pixels, as a depthwise product reads them: column p of a row holds, for
/// every channel, the pixels p * <paramref name="Spread"/> and p * <paramref name="Spread"/> + <paramref name="Step"/> as a pair of int16, so that
/// one instruction multiplies and adds both.
/// </summary>
/// <param name="Height">Rows of the image.</param>
/// <param name="Width">Its columns.</param>
/// <param name="Channels">Its channels, or as many of them as are taken.</param>
/// <param name="Pixel">Elements from one of its pixels to the next.</param>
/// <param name="Multiplier">How many columns of sums read a channel; it stands there as often.</param>
/// <param name="Top">Rows of zeros above; negative: rows left out.</param>
/// <param name="Left">The same to the left.</param>
/// <param name="Dilation">From one pixel to the next: 1, or with zeros between.</param>
/// <param name="Spread">Pixels from one pair to the next.</param>
/// <param name="Step">Pixels between the two of a pair.</param>
/// <param name="Columns">Pairs of a row.</param>
internal readonly unsafe record struct PairRows(
    int Height, int Width, int Channels, int Pixel, int Multiplier, int Top, int Left, int Dilation, int Spread, int Step, int Columns)
{
    /// <summary>What is around the pixels, 16 bits.</summary>
    public int Value { get; init; }

    /// <summary>Elements of a pair of pixels: zeros behind the last channel.</summary>
    public int Pitch => DepthwiseLanes.Pitch(Channels * Multiplier);

    /// <summary>Pairs of all channels of a row.</summary>
    public int Length => checked(Columns * Pitch);

    /// <summary>Elements that <see cref="Fill"/> needs beside: a pixel of the value around, and a row whose channels are repeated.</summary>
    public long SpareLength => (Multiplier == 1 ? 1 : 1 + (long)Width) * Channels * Multiplier;

    /// <summary>Writes a row.</summary>
    /// <param name="image">[Height, Width, Pixel], from the first channel that is taken.</param>
    /// <param name="row">Of the image with its zeros.</param>
    /// <param name="to">[Columns, Pitch].</param>
    /// <param name="spare"><see cref="SpareLength"/> elements.</param>
    public void Fill<T>(T* image, int row, int* to, T* spare)
        where T : unmanaged, IBinaryInteger<T>
    {
        var line = Source(row, Top, Height);
        if (line < 0)
        {
            new Span<int>(to, Length).Fill(DepthwiseLanes.Pair(Value, Value));
            return;
        }

        var (channels, pitch) = (Channels * Multiplier, Pitch);
        var (from, pixel) = ((nint)(image + ((long)line * Width * Pixel)), (nint)Pixel * sizeof(T));
        new Span<T>(spare, channels).Fill(T.CreateTruncating(Value));
        if (Multiplier > 1)
        {
            Repeat((T*)from, spare + channels);
            (from, pixel) = ((nint)(spare + channels), (nint)channels * sizeof(T));
        }

        for (var p = 0; p < Columns; p++, to += pitch)
        {
            var (first, second) = (Source(p * Spread, Left, Width), Source((p * Spread) + Step, Left, Width));
            if (first < 0 && second < 0)
            {
                new Span<int>(to, pitch).Fill(DepthwiseLanes.Pair(Value, Value));
                continue;
            }

            var one = first < 0 ? (nint)spare : from + (first * pixel);
            var other = second < 0 ? (nint)spare : from + (second * pixel);
            Interleave((T*)one, (T*)other, channels, to);
        }
    }

    /// <summary>The pixel that a place with zeros around it shows, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Interleave<T>(T* first, T* second, int channels, int* to)
        where T : unmanaged, IBinaryInteger<T>
    {
        var c = 0;
        if (typeof(T) == typeof(sbyte) && Lanes.CanZip)
        {
            for (; c + Lanes.Count <= channels; c += Lanes.Count)
            {
                var (one, other) = (Vector128.Load((sbyte*)first + c), Vector128.Load((sbyte*)second + c));
                Lanes.Widen(Lanes.ZipLow(one, other)).Store((short*)(to + c));
                Lanes.Widen(Lanes.ZipHigh(one, other)).Store((short*)(to + c + 8));
            }
        }

        var low = Vector256.Create(0xFFFF);
        for (; c + Lanes.Count <= channels; c += Lanes.Count)
        {
            var ((first0, first1), (second0, second1)) = (Lanes.Load(first + c), Lanes.Load(second + c));
            ((first0 & low) | (second0 << 16)).Store(to + c);
            ((first1 & low) | (second1 << 16)).Store(to + c + 8);
        }

        for (; c < channels; c++) to[c] = DepthwiseLanes.Pair(int.CreateTruncating(first[c]), int.CreateTruncating(second[c]));
        for (; c % DepthwiseLanes.Most != 0; c++) to[c] = 0;
    }
}
