using System.Runtime.CompilerServices;
using Wage.Quantization;
using Wage.Simulation.Products;
using Wage.Tensors;
using Wage.Workers;

namespace Wage.Simulation.Layers;

/// <summary>
/// Two sums for each channel, the last extent of a tensor, over all its rows, in one pass over memory and in one order: float32 sums over blocks of
/// 256 rows, then their sums in double. Neither the threads nor the lanes occur in it.
/// </summary>
internal sealed unsafe class FloatMoments
{
    /// <summary>Rows of a block.</summary>
    public const int BlockRows = 256;

    private readonly FloatEngine engine;
    private readonly FloatTensor first;
    private readonly FloatTensor second;
    private readonly BatchSlice slice;
    private readonly int rows;
    private readonly int channels;
    private readonly double[] totals;

    /// <summary>For tensors of this shape.</summary>
    public FloatMoments(FloatBuilder build, Shape shape)
    {
        (engine, slice) = (build.Engine, build.Slice);
        channels = shape[shape.Rank - 1];
        rows = shape.Length / channels;
        totals = build.Doubles(new Shape(2 * channels));
        var blocks = new Shape((rows + BlockRows - 1) / BlockRows, channels);
        (first, second) = (build.Allocate(MemoryKind.Scratch, blocks), build.Allocate(MemoryKind.Scratch, blocks));
    }

    /// <summary>The elements of a channel, of this worker's images.</summary>
    public int Rows => rows;

    /// <summary>The elements of a channel, of the whole batch: N.</summary>
    public int Count => (int)slice.OfBatch(rows);

    /// <summary>
    /// The mean and the biased variance of each channel: of each block the sum S and M = sum (x - S/n)^2, together mean = sum S / N and variance =
    /// sum (M + n (S/n - mean)^2) / N (Chan, Golub and LeVeque 1979). Of several workers, each one's images are such a block of blocks.
    /// </summary>
    public void Variances(FloatTensor x, Span<double> means, Span<double> variances, ICollective? workers)
    {
        Blocks(new Deviations(x.Pointer, first.Pointer, second.Pointer, channels, rows));
        Span<float> sums = first.Span, squares = second.Span;
        for (var c = 0; c < channels; c++)
        {
            var (sum, square) = (0.0, 0.0);
            for (var at = c; at < sums.Length; at += channels) sum += sums[at];
            var mean = sum / rows;
            for (var (at, left) = (c, rows); at < sums.Length; (at, left) = (at + channels, left - BlockRows))
            {
                var n = Math.Min(left, BlockRows);
                var apart = (sums[at] / (double)n) - mean;
                square += squares[at] + (n * apart * apart);
            }

            (totals[c], totals[channels + c]) = (sum, square);
            (means[c], variances[c]) = (mean, square / rows);
        }

        if (workers is not null) Join(FloatMeeting.Gather<double>(workers, totals), means, variances);
    }

    private void Join(ReadOnlySpan<double> all, Span<double> means, Span<double> variances)
    {
        for (var c = 0; c < channels; c++)
        {
            var (sum, square) = (0.0, 0.0);
            for (var rank = 0; rank < slice.Ranks; rank++) sum += all[(2 * channels * rank) + c];
            var mean = sum / Count;
            for (var rank = 0; rank < slice.Ranks; rank++)
            {
                var n = (double)(rows / slice.Count * new BatchSlice(slice.Batch, rank, slice.Ranks).Count);
                var apart = (all[(2 * channels * rank) + c] / n) - mean;
                square += all[(2 * channels * rank) + channels + c] + (n * apart * apart);
            }

            (means[c], variances[c]) = (mean, square / Count);
        }
    }

    /// <summary>sum e and sum e (x - mean) of each channel.</summary>
    public void Products(FloatTensor e, FloatTensor x, FloatTensor mean, Span<double> sums, Span<double> products)
    {
        Blocks(new Covariances(e.Pointer, x.Pointer, mean.Pointer, first.Pointer, second.Pointer, channels, rows));
        for (var c = 0; c < channels; c++)
        {
            var (sum, product) = (0.0, 0.0);
            for (var at = c; at < first.Span.Length; at += channels)
            {
                sum += first.Span[at];
                product += second.Span[at];
            }

            (sums[c], products[c]) = (sum, product);
        }
    }

    private void Blocks<TLoop>(in TLoop loop)
        where TLoop : struct, IFloatChannelLoop => engine.Run(
            first.Shape[0], (engine.Lanes, channels, loop),
            static (in w, block, _) => FloatElements.Row(w.Lanes, (nint)block * w.channels, w.channels, w.loop));

    /// <summary>The rows of the block whose sums lie from element i on.</summary>
    private static (nint First, int Count) RowsOf(nint i, int c, int channels, int rows)
    {
        var row = (i - c) / channels * BlockRows;
        return ((row * channels) + c, (int)Math.Min(BlockRows, rows - row));
    }

    private readonly struct Deviations(float* x, float* sums, float* squares, int channels, int rows) : IFloatChannelLoop
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<T>(nint i, int c)
            where T : struct, IFloatLanes<T>
        {
            var (from, count) = RowsOf(i, c, channels, rows);
            var (sum, square) = (T.Of(0), T.Of(0));
            var value = x + from;
            for (var row = 0; row < count; row++, value += channels) sum += T.Load(value);
            sum.Store(sums + i);
            var mean = sum / T.Of(count);
            value = x + from;
            for (var row = 0; row < count; row++, value += channels)
            {
                var apart = T.Load(value) - mean;
                square = T.MultiplyAdd(apart, apart, square);
            }

            square.Store(squares + i);
        }
    }

    private readonly struct Covariances(float* e, float* x, float* mean, float* sums, float* products, int channels, int rows) : IFloatChannelLoop
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<T>(nint i, int c)
            where T : struct, IFloatLanes<T>
        {
            var (from, count) = RowsOf(i, c, channels, rows);
            var (sum, product, m) = (T.Of(0), T.Of(0), T.Load(mean + c));
            float* error = e + from, value = x + from;
            for (var row = 0; row < count; row++, error += channels, value += channels)
            {
                var one = T.Load(error);
                sum += one;
                product = T.MultiplyAdd(one, T.Load(value) - m, product);
            }

            sum.Store(sums + i);
            product.Store(products + i);
        }
    }
}
