using System.Runtime.Intrinsics;

namespace Wage.Backends.Host;

/// <summary>
/// The sums of a depthwise product: sums[x, f] = sum over the taps of pixel (x Step + kx) of line ky times w[f, ky, kx], channel by channel.
/// Two neighbouring taps are a pair; where the kernel's width is odd, the last pair's second tap is 0.
/// </summary>
/// <param name="Filters">Columns of sums that are made, and channels of the lines.</param>
/// <param name="AllFilters">Columns of sums that there are.</param>
/// <param name="KernelHeight">Lines that a sum reads.</param>
/// <param name="KernelWidth">Pixels of a line that it reads.</param>
/// <param name="Columns">Pixels of sums in a row.</param>
/// <param name="Step">Pixels of a line from one sum to the next.</param>
/// <param name="Wide">Whether vectors have 512 bits.</param>
internal readonly unsafe record struct DepthwiseTaps(
    int Filters, int AllFilters, int KernelHeight, int KernelWidth, int Columns, int Step, bool Wide)
{
    /// <summary>The most taps: beyond, products of 16 and 8 bits could leave the 32 bits in which they are added.</summary>
    public const int Most = 511;

    /// <summary>Pairs of taps in a line.</summary>
    public int Pairs => (KernelWidth + 1) / 2;

    private int WeightPitch => DepthwiseLanes.Whole(AllFilters);

    /// <summary>Columns of pairs that the lines must have.</summary>
    public int LineColumns => ((Columns - 1) * Step) + (2 * Pairs) - 1;

    /// <summary>Elements of the packed weights.</summary>
    public long PackedLength => (long)KernelHeight * Pairs * WeightPitch;

    /// <summary>
    /// Whether sums of this many bytes at this address may and should go past the caches: whole vectors, and more than a cache would keep.
    /// A line that is written whole is then not read first.
    /// </summary>
    public bool Streams(int* sums, long bytes) =>
        bytes >= 1 << 23 && AllFilters % DepthwiseLanes.Most == 0 && (nint)sums % (DepthwiseLanes.Most * sizeof(int)) == 0;

    /// <summary>w [F,KH,KW] as [KH, pairs, F], whole vectors; mirrored for errors.</summary>
    public void Pack(sbyte* w, bool mirrored, int* to)
    {
        var (taps, pitch) = (KernelHeight * KernelWidth, WeightPitch);
        for (var ky = 0; ky < KernelHeight; ky++)
        {
            for (var kx = 0; kx < KernelWidth; kx += 2, to += pitch)
            {
                var (first, second) = ((ky * KernelWidth) + kx, (ky * KernelWidth) + kx + 1);
                if (mirrored) (first, second) = (taps - 1 - first, taps - 1 - second);
                for (var f = 0; f < AllFilters; f++)
                {
                    var filter = w + ((long)f * taps);
                    to[f] = DepthwiseLanes.Pair(filter[first], kx + 1 < KernelWidth ? filter[second] : 0);
                }

                new Span<int>(to + AllFilters, pitch - AllFilters).Clear();
            }
        }
    }

    /// <summary>One row of sums.</summary>
    /// <param name="lines">KernelHeight lines of pairs, as <see cref="PairRows"/> fills them.</param>
    /// <param name="w">The packed weights, from the first filter on.</param>
    /// <param name="sums">[Columns, AllFilters], from the first filter on.</param>
    /// <param name="stream">Whether to write past the caches, which <see cref="Streams"/> allows.</param>
    public void Row(int** lines, int* w, int* sums, bool stream)
    {
        if (Wide) Row<DepthwiseLanes512, Vector512<int>>(lines, w, sums, stream);
        else Row<DepthwiseLanes256, Vector256<int>>(lines, w, sums, stream);
    }

    private void Row<TLanes, TVector>(int** lines, int* w, int* sums, bool stream)
        where TLanes : struct, IDepthwiseLanes<TVector>
        where TVector : struct
    {
        var f = 0;
        if (KernelHeight == 3 && Pairs == 2)
            for (; f + TLanes.Count <= Filters; f += TLanes.Count) ThreeByThree<TLanes, TVector>(lines, f, w + f, sums + f, stream);
        if (f == Filters) return;
        var (first, pitch) = (f, DepthwiseLanes.Pitch(Filters));
        var last = stackalloc int[DepthwiseLanes.Most];
        for (nint x = 0, at = 0; x < Columns; x++, at += (nint)Step * pitch, sums += AllFilters)
        {
            for (f = first; f + TLanes.Count <= Filters; f += TLanes.Count) One<TLanes, TVector>(lines, at + f, w + f, pitch, sums + f);
            if (f == Filters) continue;
            One<TLanes, TVector>(lines, at + f, w + f, pitch, last);
            new Span<int>(last, Filters - f).CopyTo(new Span<int>(sums + f, Filters - f));
        }
    }

    /// <summary>A vector of channels along the row, the weights of kernels of 3x3 and 3x4 in registers.</summary>
    private void ThreeByThree<TLanes, TVector>(int** lines, int f, int* w, int* to, bool stream)
        where TLanes : struct, IDepthwiseLanes<TVector>
        where TVector : struct
    {
        nint pitch = DepthwiseLanes.Pitch(Filters), next = WeightPitch, second = 2 * pitch, step = Step * pitch, all = AllFilters;
        int* line0 = lines[0] + f, line1 = lines[1] + f, line2 = lines[2] + f;
        TVector w00 = TLanes.Load(w), w01 = TLanes.Load(w + next), w10 = TLanes.Load(w + (2 * next)), w11 = TLanes.Load(w + (3 * next));
        TVector w20 = TLanes.Load(w + (4 * next)), w21 = TLanes.Load(w + (5 * next));
        for (var x = Columns; x > 0; x--, line0 += step, line1 += step, line2 += step, to += all)
        {
            TVector sum = default;
            sum = TLanes.Add(sum, line0, w00);
            sum = TLanes.Add(sum, line0 + second, w01);
            sum = TLanes.Add(sum, line1, w10);
            sum = TLanes.Add(sum, line1 + second, w11);
            sum = TLanes.Add(sum, line2, w20);
            sum = TLanes.Add(sum, line2 + second, w21);
            if (stream) TLanes.Stream(sum, to);
            else TLanes.Store(sum, to);
        }
    }

    /// <summary>A vector of sums of a kernel of any size.</summary>
    private void One<TLanes, TVector>(int** lines, nint at, int* w, nint pitch, int* to)
        where TLanes : struct, IDepthwiseLanes<TVector>
        where TVector : struct
    {
        TVector sum = default;
        nint height = KernelHeight, pairs = Pairs, next = WeightPitch;
        for (var ky = 0; ky < height; ky++)
        {
            var line = lines[ky] + at;
            for (var pair = pairs; pair > 0; pair--, line += 2 * pitch, w += next) sum = TLanes.Add(sum, line, TLanes.Load(w));
        }

        TLanes.Store(sum, to);
    }
}
