using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>
/// The weights' gradients of 3 x 3 taps and stride 1 by 16 products for a tile of 2 x 2 errors instead of 36: <see cref="WinogradProduct"/>'s
/// bilinear form, solved for its weights. Of a tile d of 4 x 4 inputs and e of 2 x 2 errors: V = B' d B, T = A e A', M = the sums of V T over the
/// tiles, and dW = (2 G)' M (2 G) / 4, exact in integers. V and T are at most 2^9, which int16 holds, so that a tile adds at most 2^18 to a sum of M:
/// <see cref="MostTiles"/> of them fit int32, and each time before they are passed dW is made of M, in 64 bits, and M begins anew.
/// </summary>
internal sealed unsafe class WinogradGradient(HostEngine engine, TileDriver tiles)
{
    /// <summary>Sums of one place: the greatest layer whose sums of all places are in a second-level cache, about.</summary>
    public const int MostWeights = 1 << 14;

    private const int Points = WinogradProduct.Points;

    /// <summary>Tiles whose sums in M fit int32, whatever the inputs and errors are.</summary>
    private const int MostTiles = int.MaxValue >> 18;

    /// <summary>Tiles that are multiplied at a time, at most; an even number.</summary>
    private const int BlockTiles = 128;

    /// <summary>Columns and rows of such a block times its tiles: their places are half of a second-level cache.</summary>
    private const int BlockTerms = 1 << 13;

    /// <summary>Tiles of a thread that repay what its sums take.</summary>
    private const int LeastTiles = 128;

    private readonly Scratch scratch = engine.Scratch;

    /// <summary>
    /// Whether a gradient is one that gains: products of int16 by the instructions of 256 bits, and tiles that cover the outputs, two by two.
    /// </summary>
    public bool Takes(TileKernel kernel, in ConvGeometry g)
    {
        if (!Avx2.IsSupported || kernel.Terms != 2 || kernel.Panels != 1 || g is not { KernelHeight: 3, KernelWidth: 3, Stride: 1 }) return false;
        if (g.OutputHeight % 2 != 0 || g.OutputWidth % 4 != 0 || g.Channels % Lanes.Count != 0 || g.Filters % TileLoop.Columns != 0) return false;
        var count = Tiles(g);
        return count <= MostTiles && (long)g.Channels * g.Filters <= MostWeights && g.Batch * count >= (long)LeastTiles * engine.Pool.Workers;
    }

    /// <summary>A thread's bytes: the places of a block of tiles, padded images as int16, and sums.</summary>
    public static long Bytes(in ConvGeometry g)
    {
        var images = Math.Max(1, BlockTiles / Math.Max(1, Tiles(g)));
        var planes = images * (g.Height + 4L) * (g.Width + 4L) * g.Channels * sizeof(short);
        var places = Points * (BlockTiles * sizeof(short) * ((long)g.Channels + g.Filters));
        return places + (Points * (g.Channels + 8L) * g.Filters * sizeof(int)) + planes;
    }

    /// <summary>Adds dW, [ky][kx][channel][filter], into each part's sums, which begin as 0: the images are taken by whoever is free.</summary>
    public void Run<TSum>(HostTensor<sbyte> x, HostTensor<sbyte> e, in ConvGeometry geometry, TileKernel kernel, TSum* sums, long size, int parts)
        where TSum : unmanaged
    {
        var (g, p, taken) = (geometry, PlaneGeometry.OfInputs(geometry) with { Value = geometry.Padding.Value }, 0);
        var block = Math.Clamp(BlockTerms / (g.Channels + g.Filters) & ~1, 32, BlockTiles);
        var group = Math.Clamp(block / Tiles(g), 1, Math.Max(1, g.Batch / (4 * engine.Pool.Workers)));
        var rows = (nint)Rows(kernel, g.Channels);
        var work = (self: this, x, e, g, p, kernel, rows, sums: (nint)sums, size, block, group, taken: (nint)(&taken));
        engine.Pool.Run(parts, work, static (in s, part, worker) =>
        {
            var (g, group, perImage, scratch) = (s.g, s.group, Tiles(s.g), s.self.scratch);
            var sum = (TSum*)s.sums + (part * s.size);
            NativeMemory.Clear(sum, (nuint)(s.size * sizeof(TSum)));
            var point = (nint)s.kernel.RoundRows(g.Channels) * g.Filters;
            var m = scratch.Accumulators[worker].Ensure<int>(Points * point);
            var plane = scratch.Planes[worker].Ensure<short>((long)group * s.p.PlaneLength);
            var (end, held) = (0, 0);
            while ((end = Interlocked.Add(ref *(int*)s.taken, group)) < g.Batch + group)
            {
                var (first, count) = (end - group, Math.Min(end, g.Batch) - (end - group));
                if (held + (count * perImage) > MostTiles)
                {
                    WinogradSums.Add(m, point, g, sum);
                    held = 0;
                }

                for (var i = 0; i < count; i++)
                    s.p.Fill(s.x.Pointer + ((long)(first + i) * s.p.ImageLength), plane + ((long)i * s.p.PlaneLength), default(short));
                var errors = s.e.Pointer + ((long)first * s.p.Windows * g.Filters);
                for (var tile = 0; tile < count * perImage; tile += s.block)
                {
                    var some = Math.Min(s.block, (count * perImage) - tile);
                    s.self.Block(plane, errors, s.p, g, s.kernel, (int*)s.rows, tile, some, worker, m, held > 0);
                    held += some;
                }
            }

            if (held > 0) WinogradSums.Add(m, point, g, sum);
        });
    }

    private static int Tiles(in ConvGeometry g) => g.OutputHeight / 2 * (g.OutputWidth / 2);

    /// <summary>Where each channel's pairs start: <see cref="WinogradSpread"/> leaves the second and the third four of 16 exchanged.</summary>
    private int* Rows(TileKernel kernel, int channels)
    {
        var all = tiles.RowOffsets(kernel.RoundRows(channels), 2);
        for (var c = 0; c < channels; c++) all[c] = 2 * WinogradSpread.Place(c);
        return TileDriver.RepeatLast(all, channels);
    }

    /// <summary>M += V T of some tiles.</summary>
    private void Block(
        short* plane, sbyte* errors, in PlaneGeometry p, in ConvGeometry g, TileKernel kernel, int* rows, int first, int count, int worker, int* m,
        bool accumulate)
    {
        var (pairs, channels, filters) = (count / 2, g.Channels, g.Filters);
        var v = scratch.PairedPlanes[worker].Ensure<short>((long)Points * count * channels);
        var t = scratch.Pairs[worker].Ensure<short>((long)Points * count * filters);
        WinogradSpread.Inputs(plane, p, first / 2, pairs, v);
        WinogradSpread.Errors(errors, p, filters, first / 2, pairs, t);
        var loop = new TileLoop(1, 1, pairs, 0, 0, 2 * channels);
        var multiply = kernel.Of(1);
        for (var point = 0; point < Points; point++)
        {
            var from = v + ((nint)point * count * channels);
            for (var filter = 0; filter < filters; filter += TileLoop.Columns)
            {
                var panel = t + ((((nint)point * filters) + filter) * count);
                for (var c = 0; c < channels; c += kernel.Rows)
                    multiply(from, rows + c, panel, &loop, null, m + ((nint)c * filters) + filter, filters, accumulate);
            }

            m += (nint)kernel.RoundRows(channels) * filters;
        }
    }
}
