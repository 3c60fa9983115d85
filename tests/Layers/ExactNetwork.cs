namespace Wage.Tests.Layers;

/// <summary>
/// Layers on exact decimals, written apart from the library, forward only. A ReLU or a maximum closer than one half to its kink is noted: there a
/// difference quotient is not the derivative.
/// </summary>
internal sealed class ExactNetwork
{
    public bool MetAKink { get; private set; }

    /// <summary>[N,H,W,C], row-major.</summary>
    public sealed record Image(int N, int H, int W, int C, decimal[] V)
    {
        public decimal this[int n, int y, int x, int c] => y < 0 || y >= H || x < 0 || x >= W ? 0 : V[(((((n * H) + y) * W) + x) * C) + c];
    }

    public static Image Conv(Image x, decimal[] w, int filters, int kernel, int stride, (int Top, int Left, int Bottom, int Right) pad,
        int groups = 1)
    {
        var (channels, groupFilters) = (x.C / groups, filters / groups);
        var (height, width) = (((x.H + pad.Top + pad.Bottom - kernel) / stride) + 1, ((x.W + pad.Left + pad.Right - kernel) / stride) + 1);
        return Make(x.N, height, width, filters, (n, y, column, f) =>
        {
            var sum = 0m;
            for (var ky = 0; ky < kernel; ky++)
                for (var kx = 0; kx < kernel; kx++)
                    for (var c = 0; c < channels; c++)
                        sum += x[n, (y * stride) + ky - pad.Top, (column * stride) + kx - pad.Left, (f / groupFilters * channels) + c]
                            * w[(((((f * kernel) + ky) * kernel) + kx) * channels) + c];
            return sum;
        });
    }

    public static Image Dense(Image x, decimal[] w, int outputs)
    {
        var inputs = x.H * x.W * x.C;
        return Make(x.N, 1, 1, outputs, (n, _, _, f) =>
        {
            var sum = 0m;
            for (var i = 0; i < inputs; i++) sum += x.V[(n * inputs) + i] * w[(f * inputs) + i];
            return sum;
        });
    }

    public static Image Biased(Image x, decimal[] bias) => x with { V = [.. x.V.Select((v, i) => v + bias[i % x.C])] };

    public static Image Average(Image x, int height, int width, int stride) => Make(
        x.N, ((x.H - height) / stride) + 1, ((x.W - width) / stride) + 1, x.C,
        (n, y, column, c) => Window(x, n, y * stride, column * stride, c, height, width).Sum() / (height * width));

    public static Image Add(Image x, Image y) => x with { V = [.. x.V.Zip(y.V, (left, right) => left + right)] };

    public Image Max(Image x, int window, int stride) => Make(
        x.N, ((x.H - window) / stride) + 1, ((x.W - window) / stride) + 1, x.C, (n, y, column, c) =>
        {
            var sorted = Window(x, n, y * stride, column * stride, c, window, window).OrderDescending().ToArray();
            if (sorted[0] - sorted[1] < 0.5m) MetAKink = true;
            return sorted[0];
        });

    public Image Relu(Image x)
    {
        if (x.V.Any(v => Math.Abs(v) < 0.5m)) MetAKink = true;
        return x with { V = [.. x.V.Select(v => Math.Max(v, 0))] };
    }

    private static IEnumerable<decimal> Window(Image x, int n, int top, int left, int c, int height, int width) =>
        from ky in Enumerable.Range(0, height) from kx in Enumerable.Range(0, width) select x[n, top + ky, left + kx, c];

    private static Image Make(int n, int h, int w, int c, Func<int, int, int, int, decimal> value)
    {
        var values = new decimal[n * h * w * c];
        for (var i = 0; i < values.Length; i++) values[i] = value(i / (h * w * c), i / (w * c) % h, i / c % w, i % c);
        return new Image(n, h, w, c, values);
    }
}
