using Wage.Backends;

namespace Wage.Simulation.Products;

/// <summary>
/// The gradient of a <see cref="DepthwiseProduct"/>'s weights: a thread takes some channels, which lanes hold, through all positions, block by block;
/// in a block tap by tap, so that the block comes from the cache.
/// </summary>
internal static unsafe class DepthwiseGradient
{
    /// <summary>Values that a thread needs: zeros and the sums of its channels.</summary>
    public static long StripLength(in ConvGeometry g, int lanes) => 4L * lanes * (1 + g.FanIn);

    /// <summary>gradient [C,KH,KW,1] of x [N,H,W,C] and e [N,OH,OW,C].</summary>
    public static void Run(FloatEngine engine, in ConvGeometry g, float* x, float* e, float* gradient)
    {
        var most = 4 * engine.Lanes;
        engine.Reserve(StripLength(g, engine.Lanes));
        var part = g.Channels >= engine.Workers * most ? most : engine.Lanes;
        var state = (engine, g, X: (nint)x, E: (nint)e, Gradient: (nint)gradient, part);
        engine.Run((g.Channels + part - 1) / part, state, static (in s, item, worker) =>
        {
            var first = item * s.part;
            var strip = s.engine.Strip(worker);
            var channels = Math.Min(s.part, s.g.Channels - first);
            new Span<float>(strip, channels * (1 + s.g.FanIn)).Clear();
            float* sums = strip + channels, to = (float*)s.Gradient + ((nint)first * s.g.FanIn);
            Sums(s.engine.Lanes, s.g, (float*)s.X + first, (float*)s.E + first, channels, strip, sums);
            for (var c = 0; c < channels; c++)
            {
                for (var tap = 0; tap < s.g.FanIn; tap++) *to++ = sums[(tap * channels) + c];
            }
        });
    }

    /// <summary>sums [KH,KW,channels].</summary>
    private static void Sums(int lanes, in ConvGeometry g, float* x, float* e, int channels, float* zeros, float* sums)
    {
        for (var first = 0; first < g.Positions; first += FloatTile.BlockTerms)
        {
            var count = Math.Min(FloatTile.BlockTerms, g.Positions - first);
            for (var tap = 0; tap < g.FanIn; tap++)
            {
                var (c, to, errors) = (0, (nint)(sums + (tap * channels)), (nint)(e + ((nint)first * g.Channels)));
                if (lanes >= 16) c = Channels<SixteenFloats>(g, x, (float*)errors, zeros, first, count, tap, c, channels, (float*)to);
                if (lanes >= 8) c = Channels<EightFloats>(g, x, (float*)errors, zeros, first, count, tap, c, channels, (float*)to);
                if (lanes >= 4) c = Channels<FourFloats>(g, x, (float*)errors, zeros, first, count, tap, c, channels, (float*)to);
                Channels<OneFloat>(g, x, (float*)errors, zeros, first, count, tap, c, channels, (float*)to);
            }
        }
    }

    /// <summary>As many channels as fill whole vectors; the next one.</summary>
    private static int Channels<T>(
        in ConvGeometry g, float* x, float* e, float* zeros, int first, int count, int tap, int c, int channels, float* sums)
        where T : struct, IFloatLanes<T>
    {
        for (; c + (4 * T.Count) <= channels; c += 4 * T.Count) Add<T>(g, x + c, e + c, zeros, first, count, tap, 4, sums + c);
        for (; c + T.Count <= channels; c += T.Count) Add<T>(g, x + c, e + c, zeros, first, count, tap, 1, sums + c);
        return c;
    }

    /// <summary>Adds a block of a tap, for one vector of channels or for four.</summary>
    private static void Add<T>(in ConvGeometry g, float* x, float* e, float* zeros, int first, int count, int tap, int vectors, float* sums)
        where T : struct, IFloatLanes<T>
    {
        T s0 = T.Of(0), s1 = s0, s2 = s0, s3 = s0;
        var (line, ox) = Math.DivRem(first, g.OutputWidth);
        var (n, oy) = Math.DivRem(line, g.OutputHeight);
        var (ky, kx) = Math.DivRem(tap, g.KernelWidth);
        while (count > 0)
        {
            var run = Math.Min(g.OutputWidth - ox, count);
            var iy = (oy * g.Stride) + ky - g.Padding.Top;
            var row = x + ((((nint)n * g.Height) + iy) * g.Width * g.Channels);
            var isRow = (uint)iy < (uint)g.Height;
            for (var i = 0; i < run; i++, e += g.Channels)
            {
                var ix = ((ox + i) * g.Stride) + kx - g.Padding.Left;
                var from = isRow && (uint)ix < (uint)g.Width ? row + ((nint)ix * g.Channels) : zeros;
                s0 = T.MultiplyAdd(T.Load(from), T.Load(e), s0);
                if (vectors == 1) continue;
                s1 = T.MultiplyAdd(T.Load(from + T.Count), T.Load(e + T.Count), s1);
                s2 = T.MultiplyAdd(T.Load(from + (2 * T.Count)), T.Load(e + (2 * T.Count)), s2);
                s3 = T.MultiplyAdd(T.Load(from + (3 * T.Count)), T.Load(e + (3 * T.Count)), s3);
            }

            (count, ox) = (count - run, 0);
            if (++oy == g.OutputHeight) (n, oy) = (n + 1, 0);
        }

        (T.Load(sums) + s0).Store(sums);
        if (vectors == 1) return;
        (T.Load(sums + T.Count) + s1).Store(sums + T.Count);
        (T.Load(sums + (2 * T.Count)) + s2).Store(sums + (2 * T.Count));
        (T.Load(sums + (3 * T.Count)) + s3).Store(sums + (3 * T.Count));
    }
}
