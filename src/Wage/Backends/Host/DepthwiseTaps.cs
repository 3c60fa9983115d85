using System.Runtime.Intrinsics;

namespace Wage.Backends.Host;

/// <summary>
/// The sums of a depthwise product: sums[x, f] = sum over the taps of pixel (x Step + kx) of line ky times w[f, ky, kx], channel by channel.
/// Two neighbouring taps are a pair; where the kernel's width is odd, the last pair's second tap is 0.
/// </summary>
/// <param name="Filters">Columns of sums, and channels of the lines.</param>
/// <param name="KernelHeight">Lines that a sum reads.</param>
/// <param name="KernelWidth">Pixels of a line that it reads.</param>
/// <param name="Columns">Pixels of sums in a row.</param>
/// <param name="Step">Pixels of a line from one sum to the next.</param>
internal readonly unsafe record struct DepthwiseTaps(int Filters, int KernelHeight, int KernelWidth, int Columns, int Step)
{
    /// <summary>The most taps: beyond, products of 16 and 8 bits could leave the 32 bits in which they are added.</summary>
    public const int Most = 511;

    /// <summary>Pairs of taps in a line.</summary>
    public int Pairs => (KernelWidth + 1) / 2;

    /// <summary>Columns of pairs that the lines must have.</summary>
    public int LineColumns => ((Columns - 1) * Step) + (2 * Pairs) - 1;

    /// <summary>Elements of the packed weights.</summary>
    public long PackedLength => (long)KernelHeight * Pairs * DepthwiseLanes.Whole(Filters);

    /// <summary>w [F,KH,KW] as [KH, pairs, F], whole vectors; mirrored for errors.</summary>
    public void Pack(sbyte* w, bool mirrored, int* to)
    {
        var (taps, pitch) = (KernelHeight * KernelWidth, DepthwiseLanes.Whole(Filters));
        for (var ky = 0; ky < KernelHeight; ky++)
        {
            for (var kx = 0; kx < KernelWidth; kx += 2, to += pitch)
            {
                var (first, second) = ((ky * KernelWidth) + kx, (ky * KernelWidth) + kx + 1);
                if (mirrored) (first, second) = (taps - 1 - first, taps - 1 - second);
                for (var f = 0; f < Filters; f++)
                {
                    var filter = w + ((long)f * taps);
                    to[f] = DepthwiseLanes.Pair(filter[first], kx + 1 < KernelWidth ? filter[second] : 0);
                }

                new Span<int>(to + Filters, pitch - Filters).Clear();
            }
        }
    }

    /// <summary>One row of sums.</summary>
    /// <param name="lines">KernelHeight lines of pairs, as <see cref="PairRows"/> fills them.</param>
    /// <param name="w">The packed weights.</param>
    /// <param name="sums">[Columns, Filters].</param>
    public void Row(int** lines, int* w, int* sums)
    {
        var pitch = DepthwiseLanes.Whole(Filters);
        var last = stackalloc int[DepthwiseLanes.Least];
        for (var x = 0; x < Columns; x++, sums += Filters)
        {
            var at = x * Step * pitch;
            var f = 0;
            for (; f + (2 * DepthwiseLanes.Least) <= Filters; f += 2 * DepthwiseLanes.Least) Four(lines, at + f, w + f, pitch, sums + f);
            for (; f < Filters; f += DepthwiseLanes.Least)
            {
                if (f + DepthwiseLanes.Least <= Filters)
                {
                    Two(lines, at + f, w + f, pitch, sums + f);
                    continue;
                }

                Two(lines, at + f, w + f, pitch, last);
                new Span<int>(last, Filters - f).CopyTo(new Span<int>(sums + f, Filters - f));
            }
        }
    }

    /// <summary>Four vectors of sums.</summary>
    private void Four(int** lines, int at, int* w, int pitch, int* to)
    {
        Vector256<int> s0 = default, s1 = default, s2 = default, s3 = default;
        for (var ky = 0; ky < KernelHeight; ky++)
        {
            var line = lines[ky] + at;
            for (var pair = Pairs; pair > 0; pair--, line += 2 * pitch, w += pitch)
            {
                s0 += DepthwiseLanes.Products(Vector256.Load(line), Vector256.Load(w));
                s1 += DepthwiseLanes.Products(Vector256.Load(line + 8), Vector256.Load(w + 8));
                s2 += DepthwiseLanes.Products(Vector256.Load(line + 16), Vector256.Load(w + 16));
                s3 += DepthwiseLanes.Products(Vector256.Load(line + 24), Vector256.Load(w + 24));
            }
        }

        s0.Store(to);
        s1.Store(to + 8);
        s2.Store(to + 16);
        s3.Store(to + 24);
    }

    private void Two(int** lines, int at, int* w, int pitch, int* to)
    {
        Vector256<int> s0 = default, s1 = default;
        for (var ky = 0; ky < KernelHeight; ky++)
        {
            var line = lines[ky] + at;
            for (var pair = Pairs; pair > 0; pair--, line += 2 * pitch, w += pitch)
            {
                s0 += DepthwiseLanes.Products(Vector256.Load(line), Vector256.Load(w));
                s1 += DepthwiseLanes.Products(Vector256.Load(line + 8), Vector256.Load(w + 8));
            }
        }

        s0.Store(to);
        s1.Store(to + 8);
    }
}
