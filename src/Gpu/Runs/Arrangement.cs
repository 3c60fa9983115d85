using ILGPU;
using Wage.Gpu.Kernels;

namespace Wage.Gpu.Runs;

/// <summary>
/// A tensor copied so that a product's terms follow each other: target [Outer, Lines, Pixels, Padded]. Its pixel (r, q) is the source's
/// ((r - Top) / StepY, (q - Left) / StepX), zeros where there is no such pixel; the innermost elements from Inner on are zeros too.
/// </summary>
internal struct Arrangement
{
    /// <summary>Innermost elements of a piece.</summary>
    public const int Side = 1 << SideBits;

    private const int SideBits = 4;

    public int Outer, Lines, Pixels, Inner, Padded;

    /// <summary>The source's extents, and where they lie in the target.</summary>
    public int Height, Width, Top, Left, StepY, StepX;

    /// <summary>Addresses in the source: Base + outer OuterPitch + y LinePitch + x PixelPitch + inner InnerPitch.</summary>
    public int Base, OuterPitch, LinePitch, PixelPitch, InnerPitch;

    /// <summary>Whether the target would be the source.</summary>
    public readonly bool IsSource =>
        Padded == Inner && Height == Lines && Width == Pixels && Top == 0 && Left == 0 && StepY == 1 && StepX == 1 && Base == 0
        && InnerPitch == 1 && PixelPitch == Inner && LinePitch == Inner * Pixels && OuterPitch == Inner * Pixels * Lines;

    /// <summary>Elements of the target.</summary>
    public readonly long Length => (long)Outer * Lines * Pixels * Padded;

    /// <summary>Pieces that a thread copies.</summary>
    public readonly int Items => Strips * Lines * Pixels * Outers;

    /// <summary>Pieces side by side in the innermost elements.</summary>
    public readonly int Strips => (Padded + Side - 1) >> SideBits;

    /// <summary>And in the outer ones.</summary>
    public readonly int Outers => InnerPitch == 1 ? Outer : (Outer + Side - 1) >> SideBits;

    /// <summary>Outer elements of a piece: more than one where the source's order is the other.</summary>
    public readonly int Depth => InnerPitch == 1 ? 1 : Side;
}

/// <summary>Copies into arrangements.</summary>
internal static class ArrangementKernels
{
    /// <summary>
    /// The target of the arrangement. Where the source's innermost elements are the target's outer ones, a thread reads
    /// whole pieces of the source and writes whole pieces of the target; pixels then follow each other slowest.
    /// </summary>
    public static void Arrange<TSource, TTarget>(ArrayView<byte> source, ArrayView<byte> target, Arrangement s, int items)
        where TSource : struct, IElement
        where TTarget : struct, IElement
    {
        int strips = s.Strips, pixels = s.Lines * s.Pixels, depth = s.Depth, outers = s.Outers;
        for (var at = Threads.First; at < items; at += Threads.Step)
        {
            int item = (int)at, rest = item / strips, firstInner = (item - (rest * strips)) * Arrangement.Side;
            int pixel = depth == 1 ? rest % pixels : rest / outers, firstOuter = (depth == 1 ? rest / pixels : rest % outers) * depth;
            int line = pixel / s.Pixels, y = line - s.Top, x = pixel - (line * s.Pixels) - s.Left;
            bool inside = y >= 0 && x >= 0 && y % s.StepY == 0 && x % s.StepX == 0 && y / s.StepY < s.Height && x / s.StepX < s.Width;
            int from = inside ? s.Base + (y / s.StepY * s.LinePitch) + (x / s.StepX * s.PixelPitch) : 0;
            int lastInner = Math.Min(firstInner + Arrangement.Side, s.Padded), lastOuter = Math.Min(firstOuter + depth, s.Outer);
            for (var inner = firstInner; inner < lastInner; inner++)
            {
                var filled = inside && inner < s.Inner;
                for (var outer = firstOuter; outer < lastOuter; outer++)
                {
                    var value = filled ? TSource.Get(source, from + (outer * s.OuterPitch) + (inner * s.InnerPitch)) : 0;
                    TTarget.Set(target, (((outer * pixels) + pixel) * s.Padded) + inner, value);
                }
            }
        }
    }

    /// <summary>Each window as a row of its own: target [n, y, x, ky kx c], filled up with zeros to <paramref name="padded"/> terms.</summary>
    public static void Gather<TSource, TTarget>(ArrayView<byte> source, ArrayView<byte> target, ProductShape s, int padded, int windows)
        where TSource : struct, IElement
        where TTarget : struct, IElement
    {
        for (var at = Threads.First; at < windows; at += Threads.Step)
        {
            int window = (int)at, line = window / s.OutputWidth, image = line / s.OutputHeight, to = window * padded;
            int top = ((line - (image * s.OutputHeight)) * s.Stride) - s.Top, left = ((window - (line * s.OutputWidth)) * s.Stride) - s.Left;
            for (var y = top; y < top + s.KernelHeight; y++)
            {
                for (var x = left; x < left + s.KernelWidth; x++)
                {
                    var inside = y >= 0 && x >= 0 && y < s.Height && x < s.Width;
                    var from = inside ? ((((image * s.Height) + y) * s.Width) + x) * s.Channels : 0;
                    for (var c = 0; c < s.Channels; c++)
                    {
                        TTarget.Set(target, to, inside ? TSource.Get(source, from + c) : 0);
                        to++;
                    }
                }
            }

            for (var end = (window + 1) * padded; to < end; to++) TTarget.Set(target, to, 0);
        }
    }
}
