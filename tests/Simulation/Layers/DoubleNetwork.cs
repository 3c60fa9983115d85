using Wage.Layers;
using Wage.Models;
using Wage.Simulation;

namespace Wage.Tests.Simulation.Layers;

/// <summary>
/// The forward pass of a float32 network in doubles, one value after the other, from its description and its parameters: what gradients are compared
/// with. Batch norm takes the batch's moments.
/// </summary>
internal sealed class DoubleNetwork(SpecList<LayerSpec> layers, IReadOnlyList<FloatParameter> parameters)
{
    private int next;

    /// <summary>The parameters in doubles, by position.</summary>
    public double[][] Values { get; } = [.. parameters.Select(p => p.Value.Span.ToArray().Select(x => (double)x).ToArray())];

    /// <summary>The mean over the batch of -ln softmax[label].</summary>
    public double Loss(double[] images, int[] shape, int[] labels)
    {
        next = 0;
        var (scores, _) = Run(layers, images, shape);
        var classes = scores.Length / labels.Length;
        return labels.Select((label, n) =>
        {
            var row = scores.AsSpan(n * classes, classes).ToArray();
            return Math.Log(row.Sum(Math.Exp)) - row[label];
        }).Sum() / labels.Length;
    }

    private (double[] Values, int[] Shape) Run(IReadOnlyList<LayerSpec> specs, double[] x, int[] shape)
    {
        for (var i = 0; i < specs.Count; i++)
            (x, shape) = One(specs[i], i + 1 < specs.Count && specs[i + 1] is BatchNormSpec, x, shape);
        return (x, shape);
    }

    private (double[] Values, int[] Shape) One(LayerSpec spec, bool isNormalized, double[] x, int[] shape) => spec switch
    {
        DenseSpec dense => Convolve(
            x, [shape[0], 1, 1, x.Length / shape[0]], dense.Outputs, 1, 1, 1, 1, 0, 0, 1, 1, dense.Bias || !isNormalized, isDense: true),
        ConvSpec c => Conv(x, shape, c.Filters, c.Kernel, c.Padding, c.Stride, c.Groups, c.Bias || !isNormalized),
        DepthwiseSpec d => Conv(x, shape, d.Multiplier * shape[3], d.Kernel, d.Padding, d.Stride, shape[3], d.Bias || !isNormalized),
        BatchNormSpec { IsFixup: true } => (Affine(x, shape[^1]), shape),
        BatchNormSpec norm => (Normalize(x, shape[^1], (double)norm.Epsilon.Numerator / norm.Epsilon.Denominator), shape),
        ReluSpec => ([.. x.Select(v => Math.Max(v, 0))], shape),
        Relu6Spec => ([.. x.Select(v => Math.Clamp(v, 0, 6))], shape),
        MaxPoolSpec p => Pool(x, shape, p.Window, p.Window, p.Stride, window => window.Max()),
        AveragePoolSpec p => Pool(x, shape, p.Window, p.Window, p.Stride, window => window.Average()),
        GlobalAveragePoolSpec => Pool(x, shape, shape[1], shape[2], 1, window => window.Average()),
        SubsampleSpec s => Subsample(x, shape, s.Channels, s.Stride),
        FlattenSpec => (x, [shape[0], x.Length / shape[0]]),
        QuantizeSpec => (x, shape),
        ResidualSpec residual => Sum(Run(residual.Branch, x, shape), Run(residual.Shortcut, x, shape)),
        ConcatSpec concat => Concatenate([.. concat.Branches.Select(branch => Run(branch, x, shape))]),
        _ => throw new NotSupportedException(spec.ToString()),
    };

    private (double[] Values, int[] Shape) Conv(
        double[] x, int[] shape, int filters, (int Height, int Width) kernel, ConvPadding padding, int stride, int groups, bool hasBias)
    {
        var zeros = padding.For(shape[1], shape[2], kernel.Height, kernel.Width, stride);
        var (height, width) = (((shape[1] + zeros.Top + zeros.Bottom - kernel.Height) / stride) + 1,
            ((shape[2] + zeros.Left + zeros.Right - kernel.Width) / stride) + 1);
        return Convolve(x, shape, filters, kernel.Height, kernel.Width, stride, groups, zeros.Top, zeros.Left, height, width, hasBias, false);
    }

    private (double[] Values, int[] Shape) Convolve(
        double[] x, int[] shape, int filters, int kh, int kw, int stride, int groups, int top, int left, int height, int width, bool hasBias,
        bool isDense)
    {
        var w = Values[next++];
        var bias = hasBias ? Values[next++] : null;
        var (ofGroup, channels) = (filters / groups, shape[3] / groups);
        var y = new double[shape[0] * height * width * filters];
        for (var i = 0; i < y.Length; i++)
        {
            var (f, ox, oy, n) = (i % filters, i / filters % width, i / filters / width % height, i / filters / width / height);
            y[i] = bias?[f] ?? 0;
            for (var t = 0; t < kh * kw * channels; t++)
            {
                var (c, kx, ky) = (t % channels, t / channels % kw, t / channels / kw);
                var (iy, ix) = ((oy * stride) + ky - top, (ox * stride) + kx - left);
                if (iy >= 0 && iy < shape[1] && ix >= 0 && ix < shape[2])
                {
                    var at = (((((n * shape[1]) + iy) * shape[2]) + ix) * shape[3]) + (f / ofGroup * channels) + c;
                    y[i] += w[(f * kh * kw * channels) + t] * x[at];
                }
            }
        }

        return (y, isDense ? [shape[0], filters] : [shape[0], height, width, filters]);
    }

    private double[] Affine(double[] x, int channels)
    {
        var (gamma, beta) = (Values[next++], Values[next++]);
        return [.. x.Select((v, i) => (gamma[i % channels] * v) + beta[i % channels])];
    }

    private double[] Normalize(double[] x, int channels, double epsilon)
    {
        var (gamma, beta, rows, y) = (Values[next++], Values[next++], x.Length / channels, new double[x.Length]);
        for (var c = 0; c < channels; c++)
        {
            var column = Enumerable.Range(0, rows).Select(row => x[(row * channels) + c]).ToArray();
            var mean = column.Average();
            var deviation = Math.Sqrt(column.Sum(v => (v - mean) * (v - mean) / rows) + epsilon);
            for (var row = 0; row < rows; row++) y[(row * channels) + c] = (gamma[c] * (column[row] - mean) / deviation) + beta[c];
        }

        return y;
    }

    private static (double[] Values, int[] Shape) Subsample(double[] x, int[] shape, int channels, int stride)
    {
        var (height, width) = ((shape[1] + stride - 1) / stride, (shape[2] + stride - 1) / stride);
        var y = new double[shape[0] * height * width * channels];
        for (var i = 0; i < y.Length; i++)
        {
            var (c, ox, oy, n) = (i % channels, i / channels % width, i / channels / width % height, i / channels / width / height);
            if (c < shape[3]) y[i] = x[((((n * shape[1]) + (oy * stride)) * shape[2]) + (ox * stride)) * shape[3] + c];
        }

        return (y, [shape[0], height, width, channels]);
    }

    private static (double[] Values, int[] Shape) Pool(double[] x, int[] shape, int wh, int ww, int stride, Func<IEnumerable<double>, double> of)
    {
        var (height, width, channels) = (((shape[1] - wh) / stride) + 1, ((shape[2] - ww) / stride) + 1, shape[3]);
        var y = new double[shape[0] * height * width * channels];
        for (var i = 0; i < y.Length; i++)
        {
            var (c, ox, oy, n) = (i % channels, i / channels % width, i / channels / width % height, i / channels / width / height);
            y[i] = of(from ky in Enumerable.Range(oy * stride, wh)
                      from kx in Enumerable.Range(ox * stride, ww)
                      select x[((((n * shape[1]) + ky) * shape[2]) + kx) * channels + c]);
        }

        return (y, [shape[0], height, width, channels]);
    }

    private static (double[] Values, int[] Shape) Sum((double[] Values, int[] Shape) a, (double[] Values, int[] Shape) b) =>
        ([.. a.Values.Zip(b.Values, (x, y) => x + y)], a.Shape);

    private static (double[] Values, int[] Shape) Concatenate((double[] Values, int[] Shape)[] parts)
    {
        var positions = parts[0].Values.Length / parts[0].Shape[^1];
        double[] y = [.. Enumerable.Range(0, positions).SelectMany(
            p => parts.SelectMany(part => part.Values.Skip(p * part.Shape[^1]).Take(part.Shape[^1])))];
        return (y, [.. parts[0].Shape[..^1], parts.Sum(part => part.Shape[^1])]);
    }
}
