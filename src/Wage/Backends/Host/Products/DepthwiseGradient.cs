using System.Numerics;
using System.Runtime.Intrinsics;

namespace Wage.Backends.Host;

/// <summary>
/// The gradients of depthwise weights: sums[ky, kx, f] += sum over a row's pixels of e[x, f] * line[x Step + kx, f]. Two neighbouring errors are
/// a pair, and so are the two pixels that they meet.
/// </summary>
/// <param name="Filters">Columns of errors that are taken, and channels of the lines.</param>
/// <param name="AllFilters">Columns of errors that there are.</param>
/// <param name="KernelHeight">Lines that meet a row of errors.</param>
/// <param name="KernelWidth">Pixels of a line that meet an error.</param>
/// <param name="Columns">Errors of a row.</param>
/// <param name="Step">Pixels of a line from one error to the next.</param>
/// <param name="Wide">Whether vectors have 512 bits.</param>
internal readonly unsafe record struct DepthwiseGradient(
    int Filters, int AllFilters, int KernelHeight, int KernelWidth, int Columns, int Step, bool Wide)
{
    /// <summary>Pairs of products of 16 and 8 bits that can be added in 32 bits.</summary>
    private const int SafePairs = 255;

    /// <summary>Pairs of errors in a row.</summary>
    public int Pairs => (Columns + 1) / 2;

    /// <summary>Columns of pairs that the lines must have.</summary>
    public int LineColumns => ((Pairs - 1) * 2 * Step) + KernelWidth;

    /// <summary>Elements of the sums.</summary>
    public long SumLength => (long)KernelHeight * KernelWidth * SumPitch;

    private int SumPitch => DepthwiseLanes.Whole(AllFilters);

    /// <summary>Adds a row of errors times the lines that it meets.</summary>
    /// <param name="lines">KernelHeight lines of pairs of pixels that are <see cref="Step"/> apart.</param>
    /// <param name="e">Pairs of neighbouring errors.</param>
    /// <param name="sums">[KernelHeight, KernelWidth, AllFilters], whole vectors, from the first filter on.</param>
    public void Add<T>(int** lines, int* e, T* sums)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (Wide) Add<DepthwiseLanes512, Vector512<int>, T>(lines, e, sums);
        else Add<DepthwiseLanes256, Vector256<int>, T>(lines, e, sums);
    }

    private void Add<TLanes, TVector, T>(int** lines, int* e, T* sums)
        where TLanes : struct, IDepthwiseLanes<TVector>
        where TVector : struct
        where T : unmanaged, IBinaryInteger<T>
    {
        nint pitch = DepthwiseLanes.Pitch(Filters), whole = DepthwiseLanes.Whole(Filters);
        for (var first = 0; first < Pairs; first += SafePairs)
        {
            var count = Math.Min(SafePairs, Pairs - first);
            for (var f = 0; f < whole; f += TLanes.Count)
            {
                var errors = e + (first * pitch) + f;
                nint at = (2 * first * Step * pitch) + f, tap = f;
                for (var ky = 0; ky < KernelHeight; ky++)
                {
                    var kx = 0;
                    for (; kx + 3 <= KernelWidth; kx += 3, tap += 3 * (nint)SumPitch)
                        Three<TLanes, TVector, T>(lines[ky] + at + (kx * pitch), errors, count, pitch, sums + tap);
                    for (; kx < KernelWidth; kx++, tap += SumPitch)
                        One<TLanes, TVector, T>(lines[ky] + at + (kx * pitch), errors, count, pitch, sums + tap);
                }
            }
        }
    }

    /// <summary>Three neighbouring taps, which share the errors.</summary>
    private void Three<TLanes, TVector, T>(int* line, int* e, int pairs, nint pitch, T* to)
        where TLanes : struct, IDepthwiseLanes<TVector>
        where TVector : struct
        where T : unmanaged, IBinaryInteger<T>
    {
        TVector s0 = default, s1 = default, s2 = default;
        for (var step = 2 * Step * pitch; pairs > 0; pairs--, line += step, e += pitch)
        {
            var errors = TLanes.Load(e);
            s0 = TLanes.Add(s0, line, errors);
            s1 = TLanes.Add(s1, line + pitch, errors);
            s2 = TLanes.Add(s2, line + (2 * pitch), errors);
        }

        TLanes.AddTo(s0, to);
        TLanes.AddTo(s1, to + SumPitch);
        TLanes.AddTo(s2, to + (2 * SumPitch));
    }

    private void One<TLanes, TVector, T>(int* line, int* e, int pairs, nint pitch, T* to)
        where TLanes : struct, IDepthwiseLanes<TVector>
        where TVector : struct
        where T : unmanaged, IBinaryInteger<T>
    {
        TVector sum = default;
        for (var step = 2 * Step * pitch; pairs > 0; pairs--, line += step, e += pitch) sum = TLanes.Add(sum, line, TLanes.Load(e));
        TLanes.AddTo(sum, to);
    }
}
