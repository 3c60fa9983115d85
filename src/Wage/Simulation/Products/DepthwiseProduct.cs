using Wage.Backends;

namespace Wage.Simulation.Products;

/// <summary>
/// Convolutions of which every filter reads one channel of its own, in a single block of terms: lanes hold channels, weights lie as [KH,KW,C], and a
/// tap outside the image reads zeros.
/// </summary>
internal static unsafe class DepthwiseProduct
{
    /// <summary>Whether a convolution is one.</summary>
    public static bool Is(in ConvGeometry g) => g.Groups > 1 && (g.GroupChannels, g.GroupFilters) == (1, 1) && g.FanIn <= FloatTile.BlockTerms;

    /// <summary>Packs w [C,KH,KW,1], of a phase only its taps.</summary>
    public static void Pack(in ConvGeometry g, float* w, float* to, ErrorPhase? phase)
    {
        var full = phase is { } p ? p.Forward : g;
        for (var tap = 0; tap < g.FanIn; tap++, to += g.Groups)
        {
            var (ky, kx) = Math.DivRem(tap, g.KernelWidth);
            if (phase is { } some) (ky, kx) = (some.KernelRow(ky), some.KernelColumn(kx));
            for (var c = 0; c < g.Groups; c++) to[c] = w[((nint)c * full.FanIn) + (ky * full.KernelWidth) + kx];
        }
    }

    /// <summary>y = start + the taps of x times the packed weights; see <see cref="WindowProduct.Run"/>.</summary>
    public static void Run(FloatEngine engine, in ConvGeometry g, float* x, float* packed, float* start, float* y, ErrorPhase? phase)
    {
        var starts = new Span<float>(engine.Starts(StartLength(g)), 2 * g.Groups);
        starts.Clear();
        if (start is not null) new ReadOnlySpan<float>(start, g.Groups).CopyTo(starts);
        var work = new Work(g, engine.Lanes, (nint)x, (nint)packed, (nint)engine.Starts(0), (nint)y, phase);
        engine.Run(g.Batch * g.OutputHeight, work, static (in w, line, _) => Line(w, line));
    }

    /// <summary>Values of what sums begin with, and of zeros.</summary>
    public static long StartLength(in ConvGeometry g) => 2L * g.Groups;

    private static void Line(in Work w, int line)
    {
        var g = w.Geometry;
        var taps = stackalloc nint[g.FanIn];
        var (n, oy) = Math.DivRem(line, g.OutputHeight);
        float* x = (float*)w.X + ((nint)n * g.Height * g.Width * g.Channels), starts = (float*)w.Starts;
        for (var ox = 0; ox < g.OutputWidth; ox++)
        {
            for (var tap = 0; tap < g.FanIn; tap++)
            {
                var (iy, ix) = ((oy * g.Stride) + (tap / g.KernelWidth) - g.Padding.Top, (ox * g.Stride) + (tap % g.KernelWidth) - g.Padding.Left);
                var isInside = (uint)iy < (uint)g.Height && (uint)ix < (uint)g.Width;
                taps[tap] = (nint)(isInside ? x + ((((nint)iy * g.Width) + ix) * g.Channels) : starts + g.Groups);
            }

            var to = (float*)w.Y + ((((nint)line * g.OutputWidth) + ox) * g.Groups);
            if (w.Phase is { } phase) to = (float*)w.Y + (phase.Pixel(n, oy, ox) * g.Groups);
            var c = 0;
            if (w.Lanes >= 16) c = Channels<SixteenFloats>(taps, g.FanIn, (float*)w.Packed, starts, to, c, g.Groups);
            if (w.Lanes >= 8) c = Channels<EightFloats>(taps, g.FanIn, (float*)w.Packed, starts, to, c, g.Groups);
            if (w.Lanes >= 4) c = Channels<FourFloats>(taps, g.FanIn, (float*)w.Packed, starts, to, c, g.Groups);
            Channels<OneFloat>(taps, g.FanIn, (float*)w.Packed, starts, to, c, g.Groups);
        }
    }

    /// <summary>As many channels as fill whole vectors; the next one.</summary>
    private static int Channels<T>(nint* taps, int count, float* w, float* start, float* y, int c, int channels)
        where T : struct, IFloatLanes<T>
    {
        for (; c + (4 * T.Count) <= channels; c += 4 * T.Count) Four<T>(taps, count, w + c, channels, c, start + c, y + c);
        for (; c + T.Count <= channels; c += T.Count)
        {
            var sum = T.Of(0);
            for (var tap = 0; tap < count; tap++) sum = T.MultiplyAdd(T.Load((float*)taps[tap] + c), T.Load(w + ((nint)tap * channels) + c), sum);
            (T.Load(start + c) + sum).Store(y + c);
        }

        return c;
    }

    private static void Four<T>(nint* taps, int count, float* w, int channels, int c, float* start, float* y)
        where T : struct, IFloatLanes<T>
    {
        T s0 = T.Of(0), s1 = s0, s2 = s0, s3 = s0;
        for (var tap = 0; tap < count; tap++, w += channels)
        {
            var x = (float*)taps[tap] + c;
            s0 = T.MultiplyAdd(T.Load(x), T.Load(w), s0);
            s1 = T.MultiplyAdd(T.Load(x + T.Count), T.Load(w + T.Count), s1);
            s2 = T.MultiplyAdd(T.Load(x + (2 * T.Count)), T.Load(w + (2 * T.Count)), s2);
            s3 = T.MultiplyAdd(T.Load(x + (3 * T.Count)), T.Load(w + (3 * T.Count)), s3);
        }

        (T.Load(start) + s0).Store(y);
        (T.Load(start + T.Count) + s1).Store(y + T.Count);
        (T.Load(start + (2 * T.Count)) + s2).Store(y + (2 * T.Count));
        (T.Load(start + (3 * T.Count)) + s3).Store(y + (3 * T.Count));
    }

    private readonly record struct Work(ConvGeometry Geometry, int Lanes, nint X, nint Packed, nint Starts, nint Y, ErrorPhase? Phase);
}
