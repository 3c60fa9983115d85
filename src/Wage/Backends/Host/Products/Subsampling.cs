using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>
/// A 1x1 product whose filters each take one channel of their own number, or none: with a stride, the shortcut that subsamples. It copies bytes.
/// </summary>
internal sealed unsafe class Subsampling(HostEngine engine)
{
    /// <summary>The forward product, stored as it is, where it is such a copy.</summary>
    public bool Forward(Tensor x, Tensor w, in ConvGeometry g, in StageTensors t)
    {
        if (!t.IsPlain || x is not HostTensor<sbyte> codes || t.Output is not HostTensor<sbyte> copy) return false;
        if (!Is(w, g) || !Takes(t.Start, g)) return false;
        Forward(codes, g, t.Start, copy);
        return true;
    }

    /// <summary>The error product, stored as it is, where it is such a copy.</summary>
    public bool Error(Tensor e, Tensor w, in ConvGeometry g, in StageTensors t)
    {
        if (!t.IsPlain || e is not HostTensor<sbyte> errors || t.Output is not HostTensor<sbyte> copy) return false;
        if (t.Start is not null || !Is(w, g)) return false;
        Error(errors, g, copy);
        return true;
    }

    private static bool Is(Tensor w, in ConvGeometry g)
    {
        if (g is not { KernelHeight: 1, KernelWidth: 1, Groups: 1, IsDense: false } || g.Padding != Padding.None) return false;
        if (w is not HostTensor<sbyte> weights) return false;
        for (var f = 0; f < g.Filters; f++)
        {
            var filter = weights.Span.Slice(f * g.Channels, g.Channels);
            if (f < g.Channels && filter[f] != 1) return false;
            for (var c = 0; c < g.Channels; c++) if (c != f && filter[c] != 0) return false;
        }

        return true;
    }

    /// <summary>Whether a start adds nothing to the channels that are copied, and fits bytes elsewhere.</summary>
    private static bool Takes(Tensor? start, in ConvGeometry g) => start is null
        || (start is HostTensor<int> values && !values.Span[..Math.Min(g.Channels, g.Filters)].ContainsAnyExcept(0)
            && !values.Span.ContainsAnyExceptInRange(sbyte.MinValue, sbyte.MaxValue));

    /// <summary>y[n, i, j, f] = x[n, i stride, j stride, f], or, where there is no such channel, the start.</summary>
    private void Forward(HostTensor<sbyte> x, in ConvGeometry g, Tensor? start, HostTensor<sbyte> y) =>
        engine.Pool.Run(g.Batch, (x, g, start: (HostTensor<int>?)start, y), static (in s, image, _) =>
        {
            var (g, copied) = (s.g, Math.Min(s.g.Channels, s.g.Filters));
            var rest = stackalloc sbyte[g.Filters - copied];
            for (var f = copied; f < g.Filters; f++) rest[f - copied] = (sbyte)(s.start is null ? 0 : s.start.Pointer[f]);
            var to = s.y.Pointer + ((long)image * g.OutputHeight * g.OutputWidth * g.Filters);
            for (var row = 0; row < g.OutputHeight; row++)
            {
                for (var column = 0; column < g.OutputWidth; column++, to += g.Filters)
                {
                    new Span<sbyte>(Place(s.x, g, image, row, column), copied).CopyTo(new Span<sbyte>(to, copied));
                    new Span<sbyte>(rest, g.Filters - copied).CopyTo(new Span<sbyte>(to + copied, g.Filters - copied));
                }
            }
        });

    /// <summary>The errors of x: those of y where y has read x, else 0.</summary>
    private void Error(HostTensor<sbyte> e, in ConvGeometry g, HostTensor<sbyte> delta) =>
        engine.Pool.Run(g.Batch, (e, g, delta), static (in s, image, _) =>
        {
            var (g, copied, length) = (s.g, Math.Min(s.g.Channels, s.g.Filters), s.g.Height * s.g.Width * s.g.Channels);
            var from = s.e.Pointer + ((long)image * g.OutputHeight * g.OutputWidth * g.Filters);
            new Span<sbyte>(s.delta.Pointer + ((long)image * length), length).Clear();
            for (var row = 0; row < g.OutputHeight; row++)
                for (var column = 0; column < g.OutputWidth; column++, from += g.Filters)
                    new Span<sbyte>(from, copied).CopyTo(new Span<sbyte>(Place(s.delta, g, image, row, column), copied));
        });

    private static sbyte* Place(HostTensor<sbyte> x, in ConvGeometry g, int image, int row, int column) =>
        x.Pointer + ((((((long)image * g.Height) + (row * g.Stride)) * g.Width) + (column * g.Stride)) * g.Channels);
}
