using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Wage.Backends;

namespace Wage.Simulation.Products;

/// <summary>
/// What the outputs of a convolution read, as a matrix: a row for each output position, in it the values of a group's channels in the order ky, kx,
/// c, 0 outside the image. A convolution is its product with the weights. A padding may be negative: an image whose first rows nobody reads.
/// </summary>
internal static unsafe class FloatWindows
{
    /// <summary>Writes some columns of some rows.</summary>
    /// <param name="x">The image [N,H,W,C].</param>
    /// <param name="g">What reads it.</param>
    /// <param name="group">The group of channels.</param>
    /// <param name="first">The first row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="term">The first column.</param>
    /// <param name="terms">Columns.</param>
    /// <param name="to">Where they go, row by row.</param>
    /// <param name="stride">From a row to the next there.</param>
    public static void Write(float* x, in ConvGeometry g, int group, int first, int count, int term, int terms, float* to, int stride)
    {
        var channels = g.GroupChannels;
        while (terms > 0)
        {
            var (tap, c) = Math.DivRem(term, channels);
            var (ky, kx) = Math.DivRem(tap, g.KernelWidth);
            var length = Math.Min(terms, (g.Groups == 1 ? (g.KernelWidth - kx) * channels : channels) - c);
            Write(x, g, ky, ((kx - g.Padding.Left) * (nint)g.Channels) + (group * channels) + c, first, count, length, to, stride);
            (term, terms) = (term + length, terms - length);
            to += length;
        }
    }

    /// <summary>The values that follow one another in a row of the image: those of a row of the kernel, or of one tap in a group.</summary>
    private static void Write(float* x, in ConvGeometry g, int ky, nint offset, int first, int count, int length, float* to, int stride)
    {
        var (lines, columns) = (g.OutputHeight, g.OutputWidth);
        nint step = (nint)g.Stride * g.Channels, row = (nint)g.Width * g.Channels;
        var (line, column) = Math.DivRem(first, columns);
        var (n, oy) = Math.DivRem(line, lines);
        while (count > 0)
        {
            var run = Math.Min(columns - column, count);
            var iy = (oy * g.Stride) + ky - g.Padding.Top;
            if ((uint)iy >= (uint)g.Height) Clear(to, stride, run, length);
            else Line(x + ((((nint)n * g.Height) + iy) * row), row, offset + (column * step), step, run, length, to, stride);
            (count, column) = (count - run, 0);
            to += (nint)run * stride;
            if (++oy == lines) (n, oy) = (n + 1, 0);
        }
    }

    /// <summary>From a row of the image, at offset + i step for each i below count; what is outside of [0, row) is 0.</summary>
    private static void Line(float* x, nint row, nint offset, nint step, int count, int length, float* to, int stride)
    {
        var i = 0;
        for (; i < count && offset < 0; i++, offset += step, to += stride) Edge(x, row, offset, length, to);
        var inside = offset + length > row ? 0 : (int)Math.Min(count - i, ((row - length - offset) / step) + 1);
        Copy(x + offset, step, inside, length, to, stride);
        (i, offset) = (i + inside, offset + (inside * step));
        to += (nint)inside * stride;
        for (; i < count; i++, offset += step, to += stride) Edge(x, row, offset, length, to);
    }

    private static void Edge(float* x, nint row, nint offset, int length, float* to)
    {
        var window = new Span<float>(to, length);
        window.Clear();
        var (low, high) = ((int)Math.Clamp(-offset, 0, length), (int)Math.Clamp(row - offset, 0, length));
        if (low < high) new ReadOnlySpan<float>(x + offset + low, high - low).CopyTo(window[low..]);
    }

    private static void Clear(float* to, int stride, int count, int length)
    {
        for (var i = 0; i < count; i++, to += stride) new Span<float>(to, length).Clear();
    }

    private static void Copy(float* from, nint step, int count, int length, float* to, int stride)
    {
        if (length >= 16) Copy<Vector512<float>>(from, step, count, length, to, stride);
        else if (length >= 8) Copy<Vector256<float>>(from, step, count, length, to, stride);
        else if (length >= 4) Copy<Vector128<float>>(from, step, count, length, to, stride);
        else Copy<float>(from, step, count, length, to, stride);
    }

    /// <summary>Whole vectors, the last of them so that it ends where the values end.</summary>
    private static void Copy<T>(float* from, nint step, int count, int length, float* to, int stride)
        where T : unmanaged
    {
        var last = length - (sizeof(T) / sizeof(float));
        for (var i = 0; i < count; i++, from += step, to += stride)
        {
            for (var j = 0; j < last; j += sizeof(T) / sizeof(float)) Unsafe.WriteUnaligned(to + j, Unsafe.ReadUnaligned<T>(from + j));
            Unsafe.WriteUnaligned(to + last, Unsafe.ReadUnaligned<T>(from + last));
        }
    }
}
