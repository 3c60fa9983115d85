using System.Numerics;
using System.Runtime.Intrinsics;

namespace Wage.Backends.Host;

/// <summary>
/// The gradients of depthwise weights: sums[ky, kx, f] += sum over a row's pixels of e[x, f] * line[x Step + kx, f]. Two neighbouring errors are
/// a pair, and so are the two pixels that they meet.
/// </summary>
/// <param name="Filters">Columns of errors, and channels of the lines.</param>
/// <param name="KernelHeight">Lines that meet a row of errors.</param>
/// <param name="KernelWidth">Pixels of a line that meet an error.</param>
/// <param name="Columns">Errors of a row.</param>
/// <param name="Step">Pixels of a line from one error to the next.</param>
internal readonly unsafe record struct DepthwiseGradient(int Filters, int KernelHeight, int KernelWidth, int Columns, int Step)
{
    /// <summary>Pairs of products of 16 and 8 bits that can be added in 32 bits.</summary>
    private const int SafePairs = 255;

    /// <summary>Pairs of errors in a row.</summary>
    public int Pairs => (Columns + 1) / 2;

    /// <summary>Columns of pairs that the lines must have.</summary>
    public int LineColumns => ((Pairs - 1) * 2 * Step) + KernelWidth;

    /// <summary>Elements of the sums.</summary>
    public long SumLength => (long)KernelHeight * KernelWidth * DepthwiseLanes.Whole(Filters);

    /// <summary>Adds one row of errors and one line.</summary>
    /// <param name="line">Pairs of pixels that are <see cref="Step"/> apart.</param>
    /// <param name="e">Pairs of neighbouring errors.</param>
    /// <param name="sums">[KernelWidth, filters, whole vectors]: the sums of this line's taps.</param>
    public void Add<T>(int* line, int* e, T* sums)
        where T : unmanaged, IBinaryInteger<T>
    {
        var pitch = DepthwiseLanes.Whole(Filters);
        for (var first = 0; first < Pairs; first += SafePairs)
        {
            var (count, f) = (Math.Min(SafePairs, Pairs - first), 0);
            int* errors = e + ((long)first * pitch), pixels = line + (2L * first * Step * pitch);
            for (; f + (2 * DepthwiseLanes.Least) <= pitch; f += 2 * DepthwiseLanes.Least)
                for (nint at = f, kx = 0; kx < KernelWidth; kx++, at += pitch) Four(pixels + at, errors + f, count, pitch, sums + at);
            for (; f < pitch; f += DepthwiseLanes.Least)
                for (nint at = f, kx = 0; kx < KernelWidth; kx++, at += pitch) Two(pixels + at, errors + f, count, pitch, sums + at);
        }
    }

    private void Four<T>(int* line, int* e, int count, int pitch, T* to)
        where T : unmanaged, IBinaryInteger<T>
    {
        Vector256<int> s0 = default, s1 = default, s2 = default, s3 = default;
        for (nint step = 2 * (nint)Step * pitch; count > 0; count--, line += step, e += pitch)
        {
            s0 += DepthwiseLanes.Products(Vector256.Load(line), Vector256.Load(e));
            s1 += DepthwiseLanes.Products(Vector256.Load(line + 8), Vector256.Load(e + 8));
            s2 += DepthwiseLanes.Products(Vector256.Load(line + 16), Vector256.Load(e + 16));
            s3 += DepthwiseLanes.Products(Vector256.Load(line + 24), Vector256.Load(e + 24));
        }

        Add(s0, to);
        Add(s1, to + 8);
        Add(s2, to + 16);
        Add(s3, to + 24);
    }

    private void Two<T>(int* line, int* e, int count, int pitch, T* to)
        where T : unmanaged, IBinaryInteger<T>
    {
        Vector256<int> s0 = default, s1 = default;
        for (nint step = 2 * (nint)Step * pitch; count > 0; count--, line += step, e += pitch)
        {
            s0 += DepthwiseLanes.Products(Vector256.Load(line), Vector256.Load(e));
            s1 += DepthwiseLanes.Products(Vector256.Load(line + 8), Vector256.Load(e + 8));
        }

        Add(s0, to);
        Add(s1, to + 8);
    }

    private static void Add<T>(Vector256<int> sum, T* to)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (typeof(T) == typeof(int))
        {
            (Vector256.Load((int*)to) + sum).Store((int*)to);
            return;
        }

        var (low, high) = Vector256.Widen(sum);
        (Vector256.Load((long*)to) + low).Store((long*)to);
        (Vector256.Load((long*)to + 4) + high).Store((long*)to + 4);
    }
}
