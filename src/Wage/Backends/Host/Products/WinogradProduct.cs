using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>
/// Convolutions of 3 x 3 taps and stride 1 by 16 products for 4 outputs instead of 36: F(2x2, 3x3) of Winograd's minimal filtering (Lavin and Gray
/// 2016), exact in integers. Of a tile d of 4 x 4 inputs and taps g: V = B' d B, U = 4 G g G', M = the sums of U V over the channels, one product of
/// matrices for each of the 16 places, and y = A' M A / 4. V is at most 2^9, U at most 9 * 2^7: int16 holds both. Nothing wraps: of the places of a
/// line U's factors are 2, 3, 3 and 2, V's is 2 each way, so that a partial sum of y is at most (2 + 3 + 3)^2 * 4 * 2^7 |g| for each channel: 2^22,
/// or 2^22 - 2^15 where no weight is -128.
/// </summary>
internal sealed unsafe class WinogradProduct(HostEngine engine, TileDriver tiles)
{
    /// <summary>Places of a tile.</summary>
    public const int Points = 16;

    /// <summary>Bytes of a thread for each term: the places of a block of tiles and, before, of a panel of weights.</summary>
    public const long BytesOfTerm = sizeof(short) * Points * ((RowTiles * TileKernel.WholeRows) + TileLoop.Columns);

    /// <summary>Tiles that are multiplied at a time: the rows of so many kernels.</summary>
    private const int RowTiles = 2;

    /// <summary>Tiles of a batch that repay what the weights take.</summary>
    private const int LeastTiles = 32;

    /// <summary>Terms for which every partial sum fits int32: 511, and 516 where no weight is -128.</summary>
    private const int MostChannels = int.MaxValue >> 22, MostOfSymmetric = int.MaxValue / ((1 << 22) - (1 << 15));

    private readonly Scratch scratch = engine.Scratch;

    /// <summary>Whether so many channels have sums that int32 holds with these weights.</summary>
    public static bool Fits(int channels, ReadOnlySpan<sbyte> weights) =>
        channels <= MostChannels || (channels <= MostOfSymmetric && !weights.Contains(sbyte.MinValue));

    /// <summary>Whether a product of this kernel, columns and sums is one that gains, and its tiles cover the outputs.</summary>
    public bool Takes(Tensor data, HostTensor<sbyte> weights, in TileProduct product, in PlaneGeometry p, Tensor? sums)
    {
        if (product.Kernel.Terms != 2 || data is not HostTensor<sbyte> || sums is not (null or HostTensor<int>)) return false;
        if (p is not { KernelHeight: 3, KernelWidth: 3, Step: 1, Dilation: 1 } || p.OutputHeight % 2 != 0 || p.OutputWidth % 2 != 0) return false;
        if (p.Channels % Lanes.Count != 0 || product.Columns % TileLoop.Columns != 0) return false;
        var images = data.Length / p.ImageLength;
        return images >= engine.Pool.Workers && (long)images * p.Windows >= 4 * LeastTiles && Fits(p.Channels, weights.Span);
    }

    /// <summary>The product into sums, or, without sums, rows of an image after the other into a stage.</summary>
    public void Run(
        HostTensor<sbyte> data, HostTensor<sbyte> weights, bool isMirrored, in PlaneGeometry geometry, int columns, Tensor? sums, ImageStage? stage)
    {
        var (p, panels) = (geometry, columns / TileLoop.Columns);
        var product = new TileProduct
        {
            Kernel = engine.Kernels.Words,
            Panels = scratch.Panels.Ensure<short>((long)Points * columns * p.Channels),
            Offsets = tiles.RowOffsets(RowTiles * engine.Kernels.Words.Rows, p.Channels),
            Columns = columns,
            Loop = new TileLoop(1, 1, p.Channels / 2, 0, 0, 2),
        };
        engine.Pool.Run(panels, (weights, product, p.Channels, isMirrored, scratch), static (in s, panel, worker) =>
        {
            var kept = s.scratch.Pairs[worker].Ensure<short>((long)Points * TileLoop.Columns * s.Channels);
            if (s.isMirrored) WinogradWeights.PackMirrored(s.weights.Pointer, s.Channels, s.product, panel, kept);
            else WinogradWeights.Pack(s.weights.Pointer, s.Channels, s.product, panel, kept);
        });
        var work = (self: this, data, p, product, sums: sums as HostTensor<int>, stage);
        engine.Pool.Run(data.Length / p.ImageLength, work, static (in s, image, worker) =>
            s.self.Image(s.data.Pointer + ((long)image * s.p.ImageLength), s.p, s.product, image, worker, s.sums, s.stage));
    }

    /// <summary>Rows of tiles whose outputs the stage reads while they are in a first-level cache.</summary>
    private static int TileRows(in PlaneGeometry p) => Math.Min(p.OutputHeight / 2, Math.Max(3, 16 / (p.OutputWidth / 2)));

    private void Image(sbyte* image, in PlaneGeometry p, in TileProduct product, int index, int worker, HostTensor<int>? sums, ImageStage? stage)
    {
        var plane = scratch.Planes[worker].Ensure<short>(p.PlaneLength);
        p.Fill(image, plane, default(short));
        var (columns, length, whole) = (product.Columns, p.Windows * product.Columns, stage is { RowLength: > 0 });
        var tileRows = whole || stage is null ? p.OutputHeight / 2 : TileRows(p);
        var line = p.OutputWidth * columns;
        var y = sums is null ? scratch.Accumulators[worker].Ensure<int>(2 * tileRows * line) : sums.Pointer + ((long)index * length);
        for (var row = 0; row < p.OutputHeight / 2; row += tileRows)
        {
            var rows = Math.Min(tileRows, (p.OutputHeight / 2) - row);
            Rows(plane + (2L * row * p.PlaneWidth * p.Channels), p, rows, product, worker, y);
            if (whole) stage!.Run(index, y, scratch.Windows[worker].Ensure<int>(stage.RowLength));
            else stage?.Run(y, ((long)index * length) + (2L * row * line), 1, 2 * rows * line, 0);
        }

        stage?.End(index, worker);
    }

    /// <summary>Rows of tiles: as many tiles at a time, and as many columns, as have all their places in a first-level cache.</summary>
    private void Rows(short* plane, in PlaneGeometry p, int rows, in TileProduct product, int worker, int* y)
    {
        var (kernel, columns, width) = (product.Kernel, product.Columns, p.OutputWidth / 2);
        var (block, group) = (RowTiles * kernel.Rows, Math.Min(kernel.Panels * TileLoop.Columns, columns));
        var v = scratch.PairedPlanes[worker].Ensure<short>((long)Points * block * p.Channels);
        var m = scratch.Pairs[worker].Ensure<int>((long)Points * block * group);
        var loop = product.Loop with { PanelStep = (nint)product.Loop.Steps * TileLoop.StepBytes };
        for (var first = 0; first < rows * width; first += block)
        {
            var count = Math.Min(block, (rows * width) - first);
            Spread(plane, p, first, count, v, (nint)block * p.Channels);
            for (var column = 0; column < columns; column += group)
            {
                var some = Math.Min(group, columns - column);
                var multiply = kernel.Of(some / TileLoop.Columns);
                for (var point = 0; point < Points; point++)
                {
                    var panel = (short*)product.Panels + ((((nint)point * columns) + column) * p.Channels);
                    var from = v + ((nint)point * block * p.Channels);
                    var to = m + ((nint)point * block * some);
                    for (var tile = 0; tile < count; tile += kernel.Rows)
                        multiply(from, product.Offsets + tile, panel, &loop, null, to + (tile * some), some, false);
                }

                Gather(m, (nint)block * some, first, count, width, some, y + column, columns);
            }
        }
    }

    /// <summary>v[point][tile][channel] = B' d B of some tiles, which overlap by two pixels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Spread(short* plane, in PlaneGeometry p, int first, int count, short* v, nint point)
    {
        var (channels, pitch, width) = ((nint)p.Channels, (nint)p.PlaneWidth * p.Channels, p.OutputWidth / 2);
        for (var tile = first; tile < first + count; tile++)
        {
            var from = plane + (2 * ((tile / width * pitch) + (tile % width * channels)));
            for (var end = from + channels; from < end; from += Lanes.Count, v += Lanes.Count)
            {
                Line(from, from + (2 * pitch), channels, false, v, point);
                Line(from + pitch, from + (2 * pitch), channels, true, v + (4 * point), point);
                Line(from + (2 * pitch), from + pitch, channels, false, v + (8 * point), point);
                Line(from + pitch, from + (3 * pitch), channels, false, v + (12 * point), point);
            }
        }
    }

    /// <summary>A line of B' d, the sum or the difference of two lines of d, times B.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Line(short* a, short* b, nint pixel, bool isSum, short* to, nint point)
    {
        var (d0, d1) = (Of(a, b, isSum), Of(a + pixel, b + pixel, isSum));
        var (d2, d3) = (Of(a + (2 * pixel), b + (2 * pixel), isSum), Of(a + (3 * pixel), b + (3 * pixel), isSum));
        (d0 - d2).Store(to);
        (d1 + d2).Store(to + point);
        (d2 - d1).Store(to + (2 * point));
        (d1 - d3).Store(to + (3 * point));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Of(short* a, short* b, bool isSum) =>
        isSum ? Vector256.Load(a) + Vector256.Load(b) : Vector256.Load(a) - Vector256.Load(b);

    /// <summary>y = A' M A / 4 of some tiles and <paramref name="some"/> of the columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather(int* m, nint point, int first, int count, int width, int some, int* y, int columns)
    {
        var line = 2 * (nint)width * columns;
        for (var tile = first; tile < first + count; tile++)
        {
            var to = y + (2 * ((tile / width * line) + (tile % width * columns)));
            for (var end = to + some; to < end; to += Vector256<int>.Count, m += Vector256<int>.Count)
            {
                var (upper0, lower0) = Columns(m, 4 * point);
                var (upper1, lower1) = Columns(m + point, 4 * point);
                var (upper2, lower2) = Columns(m + (2 * point), 4 * point);
                var (upper3, lower3) = Columns(m + (3 * point), 4 * point);
                ((upper0 + upper1 + upper2) >> 2).Store(to);
                ((upper1 - upper2 - upper3) >> 2).Store(to + columns);
                ((lower0 + lower1 + lower2) >> 2).Store(to + line);
                ((lower1 - lower2 - lower3) >> 2).Store(to + line + columns);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<int> Upper, Vector256<int> Lower) Columns(int* m, nint step)
    {
        var (m0, m1, m2, m3) = (Vector256.Load(m), Vector256.Load(m + step), Vector256.Load(m + (2 * step)), Vector256.Load(m + (3 * step)));
        return (m0 + m1 + m2, m1 - m2 - m3);
    }
}
